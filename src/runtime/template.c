/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A config.json to start from: few capabilities, no new privileges, a read-only root, every namespace, and the parts
 * of /proc and /sys that tell about the host masked.
 */
#include "base/str.h"
#include "runtime/container.h"

static void write_strs(struct json_out *o, const char *key, const char *const *items)
{
	json_out_array(o, key);
	for (; *items; items++)
		json_out_str(o, NULL, *items);
	json_out_array_end(o);
}

static void write_process(struct json_out *o)
{
	static const char *const caps[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE", NULL};
	static const char *const sets[] = {"bounding", "effective", "permitted"};
	static const char *const args[] = {"sh", NULL};
	static const char *const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
					  "TERM=xterm", NULL};

	json_out_object(o, "process");
	json_out_bool(o, "terminal", true);
	json_out_object(o, "user");
	json_out_i64(o, "uid", 0);
	json_out_i64(o, "gid", 0);
	json_out_object_end(o);
	write_strs(o, "args", args);
	write_strs(o, "env", env);
	json_out_str(o, "cwd", "/");
	json_out_object(o, "capabilities");
	for (size_t i = 0; i < ARRAY_LEN(sets); i++)
		write_strs(o, sets[i], caps);
	json_out_object_end(o);
	json_out_array(o, "rlimits");
	json_out_object(o, NULL);
	json_out_str(o, "type", "RLIMIT_NOFILE");
	json_out_i64(o, "hard", 1024);
	json_out_i64(o, "soft", 1024);
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_bool(o, "noNewPrivileges", true);
	json_out_object_end(o);
}

static void write_mounts(struct json_out *o, bool rootless)
{
	static const struct {
		const char *destination, *type, *source, *options[8];
	} mounts[] = {
		{"/proc", "proc", "proc", {NULL}},
		{"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{"/dev/pts",
		 "devpts",
		 "devpts",
		 {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
		{"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
		{"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
		{"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
		{"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
	};
	json_out_array(o, "mounts");
	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		json_out_object(o, NULL);
		json_out_str(o, "destination", mounts[i].destination);
		json_out_str(o, "type", mounts[i].type);
		json_out_str(o, "source", mounts[i].source);
		if (mounts[i].options[0]) {
			json_out_array(o, "options");
			for (size_t j = 0; mounts[i].options[j]; j++)
				/* The group of terminals is not mapped for a caller with one id. */
				if (!rootless || !str_eq(mounts[i].options[j], "gid=5"))
					json_out_str(o, NULL, mounts[i].options[j]);
			json_out_array_end(o);
		}
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void write_mapping(struct json_out *o, const char *key, uint32_t host)
{
	json_out_array(o, key);
	json_out_object(o, NULL);
	json_out_i64(o, "containerID", 0);
	json_out_i64(o, "hostID", host);
	json_out_i64(o, "size", 1);
	json_out_object_end(o);
	json_out_array_end(o);
}

static void write_linux(struct json_out *o, bool rootless)
{
	static const char *const masked[] = {"/proc/acpi",
					     "/proc/asound",
					     "/proc/kcore",
					     "/proc/keys",
					     "/proc/latency_stats",
					     "/proc/timer_list",
					     "/proc/timer_stats",
					     "/proc/sched_debug",
					     "/proc/scsi",
					     "/proc/interrupts",
					     "/sys/firmware",
					     "/sys/devices/virtual/powercap",
					     NULL};
	static const char *const readonly[] = {"/proc/bus",	      "/proc/fs", "/proc/irq", "/proc/sys",
					       "/proc/sysrq-trigger", NULL};
	static const char *const namespaces[] = {"pid", "network", "ipc", "uts", "mount", "cgroup"};

	json_out_object(o, "linux");
	json_out_object(o, "resources");
	json_out_array(o, "devices");
	json_out_object(o, NULL);
	json_out_bool(o, "allow", false);
	json_out_str(o, "access", "rwm");
	json_out_object_end(o);
	json_out_array_end(o);
	json_out_object_end(o);
	json_out_array(o, "namespaces");
	for (size_t i = 0; i < ARRAY_LEN(namespaces) + rootless; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "type", i < ARRAY_LEN(namespaces) ? namespaces[i] : "user");
		json_out_object_end(o);
	}
	json_out_array_end(o);
	if (rootless) {
		write_mapping(o, "uidMappings", geteuid());
		write_mapping(o, "gidMappings", getegid());
	}
	write_strs(o, "maskedPaths", masked);
	write_strs(o, "readonlyPaths", readonly);
	json_out_object_end(o);
}

int container_spec_json(bool rootless, struct buf *b)
{
	struct json_out o = JSON_OUT_PRETTY(b);

	json_out_object(&o, NULL);
	json_out_str(&o, "ociVersion", OCI_SPEC_VERSION);
	write_process(&o);
	json_out_object(&o, "root");
	json_out_str(&o, "path", "rootfs");
	json_out_bool(&o, "readonly", true);
	json_out_object_end(&o);
	json_out_str(&o, "hostname", "skep");
	write_mounts(&o, rootless);
	write_linux(&o, rootless);
	json_out_object_end(&o);
	return buf_error(b);
}
