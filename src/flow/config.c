/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specification of a container (runtime-spec, config.md and config-linux.md), top down: process, root, namespaces,
 * what is masked. Mounts are in config-mounts.c; limits and system calls in config-limits.c.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "priv/sandbox.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void put_list(struct json_out *o, const char *key, const char *const *items)
{
	json_out_array(o, key);
	for (; *items; items++)
		json_out_str(o, NULL, *items);
	json_out_array_end(o);
}

/* Whether a later entry of the same name replaces this one. */
static bool has_name(const struct strv *v, const char *entry)
{
	size_t len = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < v->count; i++)
		if (strncmp(v->items[i], entry, len) == 0)
			return true;
	return false;
}

static bool image_has(const struct oci_image_config *image, const char *entry)
{
	size_t len = strcspn(entry, "=") + 1;

	for (size_t i = 0; image && i < image->env.count; i++)
		if (strncmp(image->env.items[i], entry, len) == 0)
			return true;
	return false;
}

static void put_default(const struct flow_config *c, struct json_out *o, const char *entry)
{
	if (!has_name(&c->options->env, entry) && !image_has(c->image, entry))
		json_out_str(o, NULL, entry);
}

static int put_env(const struct flow_config *c, struct json_out *o, struct err *e)
{
	char home[sizeof(c->user->home) + 8], host[FLOW_NAME_MAX + 16];

	snprintf(home, sizeof(home), "HOME=%s", c->user->home);
	snprintf(host, sizeof(host), "HOSTNAME=%.12s", c->record->id);
	json_out_array(o, "env");
	put_default(c, o, DEFAULT_PATH);
	put_default(c, o, host);
	put_default(c, o, home);
	if (c->options->tty)
		put_default(c, o, "TERM=xterm");
	for (size_t i = 0; c->image && i < c->image->env.count; i++)
		if (!has_name(&c->options->env, c->image->env.items[i]))
			json_out_str(o, NULL, c->image->env.items[i]);
	for (size_t i = 0; i < c->options->env.count; i++) {
		const char *entry = c->options->env.items[i];
		/* The caller's environment never leaks in: a bare name is refused, not looked up. */
		if (!strchr(entry, '=') || entry[0] == '=')
			return err_set(e, -EINVAL, "-e %.80s: expected NAME=VALUE", entry);
		json_out_str(o, NULL, entry);
	}
	json_out_array_end(o);
	return 0;
}

static void put_capabilities(const struct flow_config *c, struct json_out *o)
{
	static const char *const none[] = {NULL};
	/* Another user than root starts without any; a setuid program cannot bring them back either. */
	const char *const *all = c->hold && c->hold->capabilities ? (const char *const *)c->hold->capabilities
								  : c->profile->capabilities;
	const char *const *held = c->user->uid == 0 ? all : none;

	json_out_object(o, "capabilities");
	put_list(o, "bounding", all);
	put_list(o, "effective", held);
	put_list(o, "permitted", held);
	put_list(o, "inheritable", none);
	put_list(o, "ambient", none);
	json_out_object_end(o);
}

static void put_rlimit(struct json_out *o, const char *type, unsigned soft, unsigned hard)
{
	json_out_object(o, NULL);
	json_out_str(o, "type", type);
	json_out_u64(o, "soft", soft);
	json_out_u64(o, "hard", hard);
	json_out_object_end(o);
}

static int put_process(const struct flow_config *c, struct json_out *o, struct err *e)
{
	const char *cwd = c->options->workdir ? c->options->workdir : c->image ? c->image->working_dir : NULL;

	if (cwd && cwd[0] != '/')
		return err_set(e, -EINVAL, "-w %.80s: the working folder must be absolute", cwd);
	json_out_object(o, "process");
	json_out_bool(o, "terminal", c->options->tty);
	json_out_object(o, "user");
	json_out_u64(o, "uid", c->user->uid);
	json_out_u64(o, "gid", c->user->gid);
	json_out_array(o, "additionalGids");
	for (size_t i = 0; i < c->user->group_count; i++)
		json_out_u64(o, NULL, c->user->groups[i]);
	json_out_array_end(o);
	json_out_object_end(o);
	json_out_array(o, "args");
	for (size_t i = 0; i < c->record->command.count; i++)
		json_out_str(o, NULL, c->record->command.items[i]);
	json_out_array_end(o);
	int r = put_env(c, o, e);
	if (r < 0)
		return r;
	json_out_str(o, "cwd", cwd ? cwd : "/");
	put_capabilities(c, o);
	json_out_array(o, "rlimits");
	unsigned files = c->hold && c->hold->profile->limits.files ? (unsigned)c->hold->profile->limits.files
								   : c->profile->files;
	put_rlimit(o, "RLIMIT_NOFILE", MIN_OF(files, FLOW_FILES_AT_FIRST), files);
	if (!c->profile->core_dumps)
		put_rlimit(o, "RLIMIT_CORE", 0, 0);
	json_out_array_end(o);
	json_out_bool(o, "noNewPrivileges", true);
	json_out_object_end(o);
	return 0;
}

static void put_namespaces(const struct flow_config *c, struct json_out *o)
{
	static const char *const always[] = {"pid", "ipc", "uts", "mount", "cgroup", NULL};

	json_out_array(o, "namespaces");
	for (size_t i = 0; always[i]; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "type", always[i]);
		json_out_object_end(o);
	}
	if (!c->record->host_network) {
		json_out_object(o, NULL);
		json_out_str(o, "type", "network");
		json_out_object_end(o);
	}
	json_out_object(o, NULL);
	json_out_str(o, "type", "user");
	json_out_object_end(o);
	json_out_array_end(o);
}

void flow_config_map(const struct flow_config *c, struct json_out *o, const char *key)
{
	json_out_array(o, key);
	json_out_object(o, NULL);
	json_out_u64(o, "containerID", 0);
	json_out_u64(o, "hostID", c->record->range);
	json_out_u64(o, "size", FLOW_RANGE_SIZE);
	json_out_object_end(o);
	json_out_array_end(o);
}

static int put_linux(const struct flow_config *c, struct json_out *o, struct err *e)
{
	static const char *const masked[] = {
		"/proc/acpi",
		"/proc/asound",
		"/proc/cmdline",
		"/proc/interrupts",
		"/proc/kcore",
		"/proc/keys",
		"/proc/latency_stats",
		"/proc/timer_list",
		"/proc/timer_stats",
		"/proc/sched_debug",
		"/proc/scsi",
		"/sys/firmware",
		"/sys/devices/virtual/powercap",
		NULL,
	};
	static const char *const read_only[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
	};

	json_out_object(o, "linux");
	put_namespaces(c, o);
	flow_config_map(c, o, "uidMappings");
	flow_config_map(c, o, "gidMappings");
	scoped_free char *cgroup = str_printf("/skep/%s", c->record->id);
	json_out_str(o, "cgroupsPath", cgroup ? cgroup : c->record->id);
	int r = flow_config_resources(c, o, e);
	if (r < 0)
		return r;
	flow_config_seccomp(c, o);
	put_list(o, "maskedPaths", masked);
	put_list(o, "readonlyPaths", read_only);
	json_out_object_end(o);
	return 0;
}

enum { LANDLOCK_ABI_OF_SCOPES = 6 };

static void put_annotations(const struct flow_config *c, struct json_out *o)
{
	const char *landlock = c->hold ? c->hold->landlock : NULL;

	if (!landlock && c->profile->no_connect && priv_landlock_abi() >= HOLD_ABI_OF_PORTS)
		landlock = "{\"handled_access_net\": 2, \"scoped\": 3, \"best_effort\": true}";
	else if (!landlock && c->profile->scoped && priv_landlock_abi() >= LANDLOCK_ABI_OF_SCOPES)
		landlock = "{\"scoped\": 3}";
	json_out_object(o, "annotations");
	if (landlock)
		json_out_str(o, "org.skep.landlock", landlock);
	if (c->hold && c->hold->write_xor_execute)
		json_out_str(o, "org.skep.memory", "write-xor-execute");
	json_out_object_end(o);
}

int flow_config_write(const struct flow_config *c, struct buf *b, struct err *e)
{
	struct json_out o = JSON_OUT(b);
	char host[16];

	snprintf(host, sizeof(host), "%.12s", c->record->id);
	json_out_object(&o, NULL);
	json_out_str(&o, "ociVersion", "1.2.0");
	if (!c->record->host_network)
		json_out_str(&o, "hostname", c->options->hostname ? c->options->hostname : host);
	json_out_object(&o, "root");
	json_out_str(&o, "path", "rootfs");
	json_out_bool(&o, "readonly", c->read_only);
	json_out_object_end(&o);
	put_annotations(c, &o);
	int r = put_process(c, &o, e);
	if (r == 0)
		r = flow_config_mounts(c, &o, e);
	if (r == 0)
		r = put_linux(c, &o, e);
	json_out_object_end(&o);
	return r < 0		  ? r
	       : buf_error(b) < 0 ? err_set(e, buf_error(b), "the container's configuration is too large")
				  : 0;
}
