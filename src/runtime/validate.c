/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusing what cannot be honoured, before anything is made. A setting without its namespace would change the host, or
 * nothing; both are worse than an error.
 */
#include "validate.h"

#include <sys/stat.h>

#include "base/str.h"
#include "landlock.h"
#include "promise.h"

static bool isolated(const struct oci_spec *spec, enum oci_namespace_type type)
{
	return oci_spec_namespace(spec, type) != NULL;
}

static int check_sysctl(const struct oci_spec *spec, const char *key, struct err *e)
{
	static const struct {
		const char *prefix;
		enum oci_namespace_type needs;
	} owners[] = {
		{"kernel.msgmax", OCI_NS_IPC},	    {"kernel.msgmnb", OCI_NS_IPC},
		{"kernel.msgmni", OCI_NS_IPC},	    {"kernel.sem", OCI_NS_IPC},
		{"kernel.shmall", OCI_NS_IPC},	    {"kernel.shmmax", OCI_NS_IPC},
		{"kernel.shmmni", OCI_NS_IPC},	    {"kernel.shm_rmid_forced", OCI_NS_IPC},
		{"kernel.msg_next_id", OCI_NS_IPC}, {"kernel.sem_next_id", OCI_NS_IPC},
		{"kernel.shm_next_id", OCI_NS_IPC}, {"fs.mqueue.", OCI_NS_IPC},
		{"net.", OCI_NS_NETWORK},	    {"kernel.hostname", OCI_NS_UTS},
		{"kernel.domainname", OCI_NS_UTS},  {"user.", OCI_NS_USER},
	};
	char dotted[256];
	size_t len = strlen(key);

	if (len >= sizeof(dotted) || strstr(key, ".."))
		return err_set(e, -EINVAL, "linux.sysctl: \"%.64s\" is not a kernel setting", key);
	for (size_t i = 0; i <= len; i++)
		dotted[i] = key[i] == '/' ? '.' : key[i];
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		bool family = str_ends_with(owners[i].prefix, ".");
		if (family ? !str_starts_with(dotted, owners[i].prefix) : !str_eq(dotted, owners[i].prefix))
			continue;
		if (isolated(spec, owners[i].needs))
			return 0;
		return err_set(e, -EINVAL, "linux.sysctl: %s needs a %s namespace, or it would change the host", key,
			       oci_namespace_name(owners[i].needs));
	}
	return err_set(e, -EINVAL, "linux.sysctl: %s is not in a separate kernel namespace", key);
}

static int check_names(const struct oci_spec *spec, struct err *e)
{
	bool uts = isolated(spec, OCI_NS_UTS);

	for (size_t i = 0; spec->domainname && *spec->domainname && i < spec->linux_.sysctl.count; i++)
		if (str_eq(spec->linux_.sysctl.at[i].key, "kernel.domainname") ||
		    str_eq(spec->linux_.sysctl.at[i].key, "kernel/domainname"))
			return err_set(
				e, -EINVAL,
				"domainname and the sysctl kernel.domainname are both set: leave one of them out");

	if (spec->hostname && *spec->hostname && !uts)
		return err_set(e, -EINVAL, "unable to set hostname without a private UTS namespace");
	if (spec->domainname && *spec->domainname && !uts)
		return err_set(e, -EINVAL, "unable to set domainname without a private UTS namespace");
	return 0;
}

/* What would be done to the mounts of the host, or of whoever else is in a joined mount namespace. */
static int check_mounts(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespace *ns = oci_spec_namespace(spec, OCI_NS_MOUNT);

	if (ns && !ns->path)
		return 0;
	if (spec->linux_.masked_paths.count || spec->linux_.readonly_paths.count)
		return err_set(e, -EINVAL,
			       "unable to restrict sys entries without a private MNT namespace: linux.maskedPaths and "
			       "linux.readonlyPaths need a new mount namespace");
	if (spec->root_readonly)
		return err_set(e, -EINVAL, "root.readonly needs a new mount namespace");
	if (spec->process.terminal)
		return err_set(e, -EINVAL,
			       "process.terminal needs a new mount namespace, for the terminal's file system");
	return 0;
}

static int check_user_namespace(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespace *user = oci_spec_namespace(spec, OCI_NS_USER);
	bool maps = spec->linux_.uid_mappings.count || spec->linux_.gid_mappings.count;

	if (user && !user->path && !(spec->linux_.uid_mappings.count && spec->linux_.gid_mappings.count))
		return err_set(e, -EINVAL, "a new user namespace needs linux.uidMappings and linux.gidMappings");
	if (!user && maps)
		return err_set(e, -EINVAL, "linux.uidMappings and gidMappings need a user namespace");
	return 0;
}

static int check_time(const struct oci_spec *spec, struct err *e)
{
	const struct oci_namespace *time = oci_spec_namespace(spec, OCI_NS_TIME);
	bool offsets = spec->linux_.boottime.set || spec->linux_.monotonic.set;

	if (offsets && (!time || time->path))
		return err_set(e, -EINVAL, "linux.timeOffsets needs a new time namespace");
	return 0;
}

static int check_host_features(const struct oci_spec *spec, struct err *e)
{
	const char *mount_label = spec->linux_.mount_label;
	struct stat st;

	if (mount_label && *mount_label && stat("/sys/fs/selinux/enforce", &st) < 0)
		return err_set(e, -EOPNOTSUPP, "linux.mountLabel: SELinux is not enabled on this host");
	if (spec->has_process && spec->process.selinux_label && *spec->process.selinux_label &&
	    stat("/sys/fs/selinux/enforce", &st) < 0)
		return err_set(e, -EOPNOTSUPP, "process.selinuxLabel: SELinux is not enabled on this host");
	if (spec->linux_.intel_rdt)
		return err_set(e, -EOPNOTSUPP, "linux.intelRdt is not supported: %s",
			       stat("/sys/fs/resctrl/schemata", &st) < 0
				       ? "resctrl is not mounted on this host"
				       : "this version of skep does not manage resctrl");
	return 0;
}

static int check_propagation(const struct oci_spec *spec, struct err *e)
{
	static const char *const known[] = {"",	      "private", "rprivate",   "slave",	     "rslave",
					    "shared", "rshared", "unbindable", "runbindable"};
	const char *p = spec->linux_.rootfs_propagation;

	for (size_t i = 0; p && i < ARRAY_LEN(known); i++)
		if (str_eq(p, known[i]))
			return 0;
	return p ? err_set(e, -EINVAL, "linux.rootfsPropagation: unknown value \"%.32s\"", p) : 0;
}

int validate_spec(const struct oci_spec *spec, struct err *e)
{
	if (!spec->root_path || !*spec->root_path)
		return err_set(e, -EINVAL, "config.json: root.path is required");
	if (!spec->has_process)
		return err_set(e, -EINVAL, "config.json: process is required");
	if (spec->process.args.count == 0)
		return err_set(e, -EINVAL, "config.json: process.args must not be empty");
	if (spec->linux_.net_devices.count && !isolated(spec, OCI_NS_NETWORK))
		return err_set(e, -EINVAL, "linux.netDevices need a network namespace");
	int r = check_names(spec, e);
	if (r == 0)
		r = check_mounts(spec, e);
	if (r == 0)
		r = check_user_namespace(spec, e);
	if (r == 0)
		r = check_time(spec, e);
	if (r == 0)
		r = check_propagation(spec, e);
	if (r == 0)
		r = check_host_features(spec, e);
	if (r == 0)
		r = landlock_check(spec, e);
	if (r == 0)
		r = promise_check(spec, e);
	for (size_t i = 0; r == 0 && i < spec->linux_.sysctl.count; i++)
		r = check_sysctl(spec, spec->linux_.sysctl.at[i].key, e);
	return r;
}
