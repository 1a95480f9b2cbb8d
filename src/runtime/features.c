/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this build knows (features.md, features-linux.md). The structure is about the program, not about the host.
 */
#include <seccomp.h>
#include <stdio.h>

#include "mount-options.h"
#include "oci/spec.h"
#include "runtime/container.h"

static void write_list(struct json_out *o, const char *key, const char *const *names)
{
	json_out_array(o, key);
	for (; *names; names++)
		json_out_str(o, NULL, *names);
	json_out_array_end(o);
}

static void write_enabled(struct json_out *o, const char *key, bool enabled)
{
	json_out_object(o, key);
	json_out_bool(o, "enabled", enabled);
	json_out_object_end(o);
}

static void write_seccomp(struct json_out *o)
{
	static const char *const operators[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
						"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ", NULL};
	static const char *const archs[] = {"SCMP_ARCH_X86", "SCMP_ARCH_X86_64",  "SCMP_ARCH_X32",
					    "SCMP_ARCH_ARM", "SCMP_ARCH_AARCH64", NULL};
	static const char *const flags[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
					    "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
					    NULL};

	json_out_object(o, "seccomp");
	json_out_bool(o, "enabled", true);
	json_out_array(o, "actions");
	json_out_str(o, NULL, "SCMP_ACT_KILL");
	for (int a = OCI_SECCOMP_KILL_THREAD; a <= OCI_SECCOMP_NOTIFY; a++)
		json_out_str(o, NULL, oci_seccomp_action_name((enum oci_seccomp_action)a));
	json_out_array_end(o);
	write_list(o, "operators", operators);
	write_list(o, "archs", archs);
	write_list(o, "knownFlags", flags);
	write_list(o, "supportedFlags", flags);
	json_out_object_end(o);
}

static void write_cgroup(struct json_out *o)
{
	json_out_object(o, "cgroup");
	json_out_bool(o, "v1", true);
	json_out_bool(o, "v2", true);
	json_out_bool(o, "systemd", true);
	json_out_bool(o, "systemdUser", true);
	json_out_bool(o, "rdma", true);
	json_out_object_end(o);
}

static void write_linux(struct json_out *o)
{
	json_out_object(o, "linux");
	json_out_array(o, "namespaces");
	for (int type = 0; type < OCI_NS_COUNT; type++)
		json_out_str(o, NULL, oci_namespace_name((enum oci_namespace_type)type));
	json_out_array_end(o);
	json_out_array(o, "capabilities");
	for (int number = 0; oci_capability_name(number); number++)
		json_out_str(o, NULL, oci_capability_name(number));
	json_out_array_end(o);
	write_cgroup(o);
	write_seccomp(o);
	write_enabled(o, "apparmor", true);
	write_enabled(o, "selinux", true);
	write_enabled(o, "intelRdt", false);
	json_out_object(o, "mountExtensions");
	write_enabled(o, "idmap", true);
	json_out_object_end(o);
	write_enabled(o, "netDevices", true);
	json_out_object_end(o);
}

int container_features_json(struct buf *b, struct err *e)
{
	const struct scmp_version *v = seccomp_version();
	struct json_out o = JSON_OUT_PRETTY(b);
	char version[32];

	snprintf(version, sizeof(version), "%u.%u.%u", v->major, v->minor, v->micro);
	json_out_object(&o, NULL);
	json_out_str(&o, "ociVersionMin", "1.0.0");
	json_out_str(&o, "ociVersionMax", OCI_SPEC_VERSION);
	json_out_array(&o, "hooks");
	for (int kind = 0; kind < OCI_HOOK_COUNT; kind++)
		json_out_str(&o, NULL, oci_hook_name((enum oci_hook_kind)kind));
	json_out_array_end(&o);
	write_list(&o, "mountOptions", mount_options_known());
	write_linux(&o);
	json_out_object(&o, "annotations");
	json_out_str(&o, "io.github.seccomp.libseccomp.version", version);
	json_out_str(&o, "org.skep.version", SKEP_VERSION);
	json_out_object_end(&o);
	json_out_object_end(&o);
	return buf_error(b) ? err_sys(e, buf_error(b), "cannot write the features") : 0;
}
