/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted in a container: the kernel's file systems, memory for /tmp and /run when the root is read-only, the
 * user's volumes, and the few files of /etc that belong to the container rather than to its image.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "config.h"

#define OPTIONS_MAX 16

struct mount {
	const char *target, *type, *source;
	const char *options[OPTIONS_MAX]; /* ends with NULL */
};

static const struct mount always[] = {
	{"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
	{"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
	{"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
	{"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
	{"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
	{"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
};
/* A sysfs shows the network namespace it is mounted from, which must be the container's own. */
static const struct mount own_sys = {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}};
static const struct mount host_sys = {"/sys", "bind", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}};

/*
 * Whether programs may be run from what is mounted there: what a container writes is no program, unless its behaviour profile says that
 * something is run from there. The loader maps nothing from a file system without them either.
 */
static bool may_run(const struct flow_config *c, const char *target, bool written)
{
	if (c->record->drift != FLOW_DRIFT_ENFORCE)
		return true;
	return c->hold ? hold_runs_below(c->hold->profile, target) : !written;
}

static void put_mount(struct json_out *o, const struct mount *m, bool data)
{
	json_out_object(o, NULL);
	json_out_str(o, "destination", m->target);
	json_out_str(o, "type", m->type);
	json_out_str(o, "source", m->source);
	json_out_array(o, "options");
	for (size_t i = 0; m->options[i]; i++)
		json_out_str(o, NULL, m->options[i]);
	if (data)
		json_out_str(o, NULL, "noexec");
	json_out_array_end(o);
	json_out_object_end(o);
}

/* A place the user mounts something else at keeps what the user asked for. */
static bool user_mounts(const struct flow_run_options *o, const char *target)
{
	size_t len = strlen(target);

	for (size_t i = 0; i < o->tmpfs.count; i++)
		if (strncmp(o->tmpfs.items[i], target, len) == 0 && strchr(":", o->tmpfs.items[i][len]))
			return true;
	for (size_t i = 0; i < o->volumes.count; i++) {
		const char *colon = strchr(o->volumes.items[i], ':');
		if (colon && strncmp(colon + 1, target, len) == 0 && strchr(":", colon[1 + len]))
			return true;
	}
	return false;
}

struct volume {
	char source[PATH_MAX];
	char target[PATH_MAX];
	bool read_only, idmap, exec;
};

static int parse_volume_options(const char *text, struct volume *v, const char *whole, struct err *e)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		if (len == 2 && strncmp(text, "ro", 2) == 0)
			v->read_only = true;
		else if (len == 5 && strncmp(text, "idmap", 5) == 0)
			v->idmap = true;
		else if (len == 4 && strncmp(text, "exec", 4) == 0)
			v->exec = true;
		else if (!(len == 2 && strncmp(text, "rw", 2) == 0))
			return err_set(e, -EINVAL, "-v %.200s: option \"%.*s\" is unknown; known: ro rw idmap exec",
				       whole, (int)MIN_OF(len, (size_t)40), text);
		text += len + (text[len] == ',');
	}
	return 0;
}

/* SRC:DST[:OPTIONS]; the source must exist and is fixed here, by its real path. */
static int parse_volume(const char *text, struct volume *v, struct err *e)
{
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;
	size_t target_len = first ? (second ? (size_t)(second - first - 1) : strlen(first + 1)) : 0;
	char source[PATH_MAX];

	if (!first || first == text || !target_len || first[1] != '/' || (size_t)(first - text) >= sizeof(source) ||
	    target_len >= sizeof(v->target))
		return err_set(e, -EINVAL, "-v %.200s: expected SOURCE:/TARGET[:ro,idmap,exec]", text);
	memcpy(source, text, (size_t)(first - text));
	source[first - text] = '\0';
	memcpy(v->target, first + 1, target_len);
	v->target[target_len] = '\0';
	if (source[0] != '/' && source[0] != '.')
		return err_set(e, -EINVAL, "-v %.200s: the source must be a path, beginning with / or .", text);
	/* The name is fixed here; the runtime opens it once more, follows no link, and mounts what it opened. */
	int r = path_real(source, v->source, sizeof(v->source));
	if (r < 0)
		return err_sys(e, r, "-v %.200s: the source", text);
	return second ? parse_volume_options(second + 1, v, text, e) : 0;
}

static int put_volume(const struct flow_config *c, struct json_out *o, const char *text, struct err *e)
{
	struct volume v = {.read_only = false};
	int r = parse_volume(text, &v, e);

	if (r < 0)
		return r;
	json_out_object(o, NULL);
	json_out_str(o, "destination", v.target);
	json_out_str(o, "type", "bind");
	json_out_str(o, "source", v.source);
	json_out_array(o, "options");
	json_out_str(o, NULL, "rbind");
	json_out_str(o, NULL, "nosuid");
	json_out_str(o, NULL, "nodev");
	json_out_str(o, NULL, "rprivate");
	if (v.read_only)
		json_out_str(o, NULL, "rro");
	if (v.idmap)
		json_out_str(o, NULL, "idmap");
	if (!v.exec && !may_run(c, v.target, !v.read_only))
		json_out_str(o, NULL, "noexec");
	json_out_array_end(o);
	if (v.idmap) {
		flow_config_map(c, o, "uidMappings");
		flow_config_map(c, o, "gidMappings");
	}
	json_out_object_end(o);
	return 0;
}

/* PATH[:OPTIONS] */
static int put_tmpfs(const struct flow_config *c, struct json_out *o, const char *text, struct err *e)
{
	char target[PATH_MAX];
	size_t len = strcspn(text, ":");

	if (text[0] != '/' || len >= sizeof(target))
		return err_set(e, -EINVAL, "--tmpfs %.200s: expected /PATH[:OPTIONS]", text);
	memcpy(target, text, len);
	target[len] = '\0';
	json_out_object(o, NULL);
	json_out_str(o, "destination", target);
	json_out_str(o, "type", "tmpfs");
	json_out_str(o, "source", "tmpfs");
	json_out_array(o, "options");
	json_out_str(o, NULL, "nosuid");
	json_out_str(o, NULL, "nodev");
	if (!may_run(c, target, true))
		json_out_str(o, NULL, "noexec"); /* an option "exec" comes later, and counts */
	for (const char *at = text[len] ? text + len + 1 : ""; *at;) {
		char option[128];
		size_t n = strcspn(at, ",");
		if (n >= sizeof(option))
			return err_set(e, -EINVAL, "--tmpfs %.200s: option too long", text);
		memcpy(option, at, n);
		option[n] = '\0';
		json_out_str(o, NULL, option);
		at += n + (at[n] == ',');
	}
	json_out_array_end(o);
	json_out_object_end(o);
	return 0;
}

/* A file of the container's folder, or of the host, over one of the image. */
static void put_own_file(const struct flow_config *c, struct json_out *o, const char *name, const char *target)
{
	char source[PATH_MAX];
	struct mount m = {target, "bind", source, {"bind", "ro", "nosuid", "noexec", "nodev"}};

	/* The host's own files may be links, and need not be there. */
	if (user_mounts(c->options, target) || (name[0] == '/' && path_real(name, source, sizeof(source)) < 0))
		return;
	if (name[0] != '/')
		snprintf(source, sizeof(source), "%.4000s/%s", c->dir, name);
	put_mount(o, &m, false);
}

/* Memory that processes share, of the profile's size. */
static void put_shared(const struct flow_config *c, struct json_out *o, const struct mount *usual)
{
	struct mount m = *usual;
	char size[32];

	snprintf(size, sizeof(size), "size=%s", c->profile->shared);
	for (size_t i = 0; c->profile->shared && m.options[i]; i++)
		if (str_starts_with(m.options[i], "size="))
			m.options[i] = size;
	put_mount(o, &m, false);
}

/* Where programs expect to write; every user in /tmp. */
static void put_memory(const struct flow_config *c, struct json_out *o, const char *target)
{
	struct mount m = {target, "tmpfs", "tmpfs", {"nosuid", "nodev", "size=65536k"}};

	/* What the image has in other folders than these is there, too. */
	m.options[3] = str_eq(target, "/run") ? "mode=755" : str_eq(target, "/tmp") ? "mode=1777" : "tmpcopyup";
	put_mount(o, &m, !may_run(c, target, true));
}

int flow_config_mounts(const struct flow_config *c, struct json_out *o, struct err *e)
{
	const char *const *memory = c->profile->memory;
	int r = 0;

	json_out_array(o, "mounts");
	for (size_t i = 0; i < ARRAY_LEN(always); i++) {
		if (i + 1 == ARRAY_LEN(always))
			put_mount(o, c->record->host_network ? &host_sys : &own_sys, false);
		if (str_eq(always[i].target, "/dev/shm"))
			put_shared(c, o, &always[i]);
		else
			put_mount(o, &always[i], str_eq(always[i].target, "/dev") && !may_run(c, "/dev", true));
	}
	put_own_file(c, o, "hosts", "/etc/hosts");
	put_own_file(c, o, "hostname", "/etc/hostname");
	if (c->record->host_network)
		put_own_file(c, o, "/etc/resolv.conf", "/etc/resolv.conf");
	for (size_t i = 0; c->read_only && memory[i]; i++)
		if (!user_mounts(c->options, memory[i]))
			put_memory(c, o, memory[i]);
	for (size_t i = 0; r == 0 && i < c->options->tmpfs.count; i++)
		r = put_tmpfs(c, o, c->options->tmpfs.items[i], e);
	for (size_t i = 0; r == 0 && i < c->options->volumes.count; i++)
		r = put_volume(c, o, c->options->volumes.items[i], e);
	json_out_array_end(o);
	return r;
}
