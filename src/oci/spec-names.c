/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the runtime specification that stand for numbers of the kernel: namespaces, hooks, capabilities,
 * resource limits.
 */
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/str.h"
#include "oci/spec.h"

const char *oci_namespace_name(enum oci_namespace_type type)
{
	static const char *const names[OCI_NS_COUNT] = {
		[OCI_NS_PID] = "pid", [OCI_NS_NETWORK] = "network", [OCI_NS_MOUNT] = "mount",	[OCI_NS_IPC] = "ipc",
		[OCI_NS_UTS] = "uts", [OCI_NS_USER] = "user",	    [OCI_NS_CGROUP] = "cgroup", [OCI_NS_TIME] = "time",
	};
	return names[type];
}

const char *oci_hook_name(enum oci_hook_kind kind)
{
	static const char *const names[OCI_HOOK_COUNT] = {
		[OCI_HOOK_PRESTART] = "prestart",
		[OCI_HOOK_CREATE_RUNTIME] = "createRuntime",
		[OCI_HOOK_CREATE_CONTAINER] = "createContainer",
		[OCI_HOOK_START_CONTAINER] = "startContainer",
		[OCI_HOOK_POSTSTART] = "poststart",
		[OCI_HOOK_POSTSTOP] = "poststop",
	};
	return names[kind];
}

/* By number, linux/capability.h. */
static const char *const capability_names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

int oci_capability_from(const char *name, int *ret_number)
{
	bool prefixed = strncasecmp(name, "CAP_", 4) == 0;

	for (size_t i = 0; i < ARRAY_LEN(capability_names); i++) {
		if (strcasecmp(capability_names[i] + (prefixed ? 0 : 4), name) == 0) {
			*ret_number = (int)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *oci_capability_name(int number)
{
	return number >= 0 && (size_t)number < ARRAY_LEN(capability_names) ? capability_names[number] : NULL;
}

static const struct {
	const char *name;
	int resource;
} rlimits[] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

int oci_rlimit_from(const char *name, int *ret_resource)
{
	for (size_t i = 0; i < ARRAY_LEN(rlimits); i++) {
		if (str_eq(rlimits[i].name, name)) {
			*ret_resource = rlimits[i].resource;
			return 0;
		}
	}
	return -EINVAL;
}
