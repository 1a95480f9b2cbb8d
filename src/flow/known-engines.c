/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers of other engines, out of what those keep on disk: Docker's configuration of the container, Podman's list of containers
 * and the monitor's command line, containerd's shim. Reading a file takes microseconds; an engine that would have to be
 * asked over its socket (containerd, for the image) is asked by known-ask.c, and nobody waits for it.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "detect/detect.h"
#include "known-engines.h"

enum { FILE_BYTES_MAX = 16 << 20, LINE_BYTES_MAX = 64 << 10, CONTAINER_ID_MAX = 80 };

static int read_json(const char *path, struct json **ret)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_BYTES_MAX);
	struct json_limits limits = {.bytes_max = FILE_BYTES_MAX, .depth_max = 64};
	int r = path_read_file(AT_FDCWD, path, &text);
	return r < 0 ? r : json_parse(buf_str(&text), text.len, limits, ret, NULL);
}

static const char *text_at(const struct json *v, const char *key)
{
	const char *text = NULL;
	return json_get_str(v, key, &text, NULL) == 0 && text ? text : "";
}

/* ---- processes, by their command line ---- */

/* The value after OPTION ("-n", "--data-root") on a line; "--data-root=x" as well. NULL: not there. */
static const char *option(const struct strv *line, const char *name)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < line->count; i++) {
		if (strcmp(line->items[i], name) == 0 && i + 1 < line->count)
			return line->items[i + 1];
		if (strncmp(line->items[i], name, length) == 0 && line->items[i][length] == '=')
			return line->items[i] + length + 1;
	}
	return NULL;
}

static int read_line(const char *pid, struct strv *line)
{
	char path[64];
	SCOPED(buf) struct buf text = BUF_INIT(LINE_BYTES_MAX);
	snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
	int r = path_read_file(AT_FDCWD, path, &text);
	for (size_t at = 0; r == 0 && at < text.len; at += strlen(text.data + at) + 1)
		r = strv_add(line, text.data + at);
	return r;
}

/* The container that a process is in, "" on the host. */
static void container_of(const char *pid, char id[CONTAINER_ID_MAX])
{
	char path[64];
	const char *type;
	SCOPED(buf) struct buf text = BUF_INIT(LINE_BYTES_MAX);
	snprintf(path, sizeof(path), "/proc/%.16s/cgroup", pid);
	id[0] = '\0';
	if (path_read_file(AT_FDCWD, path, &text) < 0)
		return;
	for (char *rest = text.data, *line; !id[0] && (line = strsep(&rest, "\n"));) { /* "4:memory:/path" */
		const char *group = strchr(line, '/');
		if (group && detect_container_id(group, id, CONTAINER_ID_MAX, &type) < 0)
			id[0] = '\0';
	}
}

/* Engines run where we do. A process in a container that looks like one would speak for other containers. */
static bool beside_us(const char *pid)
{
	char its[CONTAINER_ID_MAX], ours[CONTAINER_ID_MAX];
	container_of(pid, its);
	container_of("self", ours);
	return strcmp(its, ours) == 0;
}

/* The first process whose name is NAME and whose line has OPTION with VALUE (any value when NULL): its line, and its pid. */
static bool find_process(const char *name, const char *wanted, const char *value, struct strv *line, char pid[16])
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;
	while (proc && !found && (entry = readdir(proc))) {
		char path[64], comm[32] = "";
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/comm", entry->d_name);
		FILE *f = fopen(path, "re");
		bool named = f && fgets(comm, sizeof(comm), f) && str_starts_with(comm, name);
		if (f)
			fclose(f);
		if (!named || read_line(entry->d_name, line) < 0) {
			strv_done(line);
			continue;
		}
		const char *has = wanted ? option(line, wanted) : "";
		found = has && (!value || strcmp(has, value) == 0) && beside_us(entry->d_name);
		if (found)
			snprintf(pid, 16, "%.15s", entry->d_name);
		else
			strv_done(line);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* ---- Docker ---- */

static int put_docker_mount(const char *key, const struct json *m, void *data, struct err *e)
{
	struct json_out *o = data;
	bool writable = false;
	ignore(json_get_bool(m, "RW", &writable, NULL)); /* read-only when it does not say */
	json_out_object(o, NULL);
	json_out_str(o, "source", text_at(m, "Source"));
	json_out_str(o, "destination", text_at(m, "Destination"));
	json_out_str(o, "mode", text_at(m, "Mode"));
	json_out_bool(o, "rw", writable);
	json_out_str(o, "propagation", text_at(m, "Propagation"));
	json_out_object_end(o);
	return 0;
}

static int docker(const char *id, struct json_out *o)
{
	SCOPED(strv) struct strv line = {0};
	SCOPED_PTR(json) struct json *config = NULL, *host = NULL;
	char path[512], pid[16];
	const char *root = NULL;
	bool privileged = false;

	if (find_process("dockerd", "--data-root", NULL, &line, pid))
		root = option(&line, "--data-root");
	snprintf(path, sizeof(path), "%s/containers/%s/config.v2.json", root ? root : "/var/lib/docker", id);
	int r = read_json(path, &config);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/containers/%s/hostconfig.json", root ? root : "/var/lib/docker", id);
	if (read_json(path, &host) == 0)
		ignore(json_get_bool(host, "Privileged", &privileged, NULL)); /* unprivileged when it does not say */
	const char *name = text_at(config, "Name");
	json_out_str(o, "name", name[0] == '/' ? name + 1 : name);
	json_out_str(o, "image", text_at(json_get(config, "Config"), "Image"));
	json_out_str(o, "imageId", text_at(config, "Image"));
	json_out_bool(o, "privileged", privileged);
	json_out_bool(o, "hostNetwork", str_eq(text_at(host, "NetworkMode"), "host"));
	json_out_bool(o, "hostPid", str_eq(text_at(host, "PidMode"), "host"));
	json_out_bool(o, "hostIpc", str_eq(text_at(host, "IpcMode"), "host"));
	json_out_array(o, "mounts");
	if (json_get(config, "MountPoints"))
		r = json_each(json_get(config, "MountPoints"), put_docker_mount, o, NULL);
	json_out_array_end(o);
	return r;
}

/* ---- Podman ---- */

static void put_bundle_mounts(const struct json *config, struct json_out *o)
{
	const struct json *mounts = json_get(config, "mounts");
	json_out_array(o, "mounts");
	for (size_t i = 0; i < json_count(mounts); i++) {
		const struct json *m = json_at(mounts, i), *options = json_get(m, "options");
		bool bind = str_eq(text_at(m, "type"), "bind"), writable = true;
		for (size_t k = 0; k < json_count(options); k++) {
			const char *text = "";
			ignore(json_str(json_at(options, k), &text, NULL)); /* no text, no option */
			bind |= str_eq(text, "bind") || str_eq(text, "rbind");
			writable &= !str_eq(text, "ro");
		}
		if (!bind)
			continue;
		json_out_object(o, NULL);
		json_out_str(o, "source", text_at(m, "source"));
		json_out_str(o, "destination", text_at(m, "destination"));
		json_out_str(o, "mode", writable ? "rw" : "ro");
		json_out_bool(o, "rw", writable);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_podman_image(const char *bundle, const char *id, struct json_out *o)
{
	SCOPED_PTR(json) struct json *all = NULL, *metadata = NULL;
	char path[512];
	const char *end = strstr(bundle, id);
	snprintf(path, sizeof(path), "%.*scontainers.json", end ? (int)(end - bundle) : 0, bundle);
	if (read_json(path, &all) < 0)
		return;
	for (size_t i = 0; i < json_count(all); i++) {
		const struct json *c = json_at(all, i);
		if (!str_eq(text_at(c, "id"), id))
			continue;
		const char *text = text_at(c, "metadata");
		json_out_str(o, "imageId", text_at(c, "image"));
		if (json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &metadata, NULL) == 0)
			json_out_str(o, "image", text_at(metadata, "image-name"));
		return;
	}
}

static int podman(const char *id, struct json_out *o)
{
	SCOPED(strv) struct strv line = {0};
	SCOPED_PTR(json) struct json *config = NULL;
	char path[512], pid[16];
	if (!find_process("conmon", "-c", id, &line, pid))
		return -ENOENT;
	const char *name = option(&line, "-n"), *bundle = option(&line, "-b");
	json_out_str(o, "name", name ? name : "");
	if (!bundle)
		return 0;
	put_podman_image(bundle, id, o);
	snprintf(path, sizeof(path), "%s/config.json", bundle);
	if (read_json(path, &config) == 0) {
		json_out_bool(
			o, "privileged",
			str_eq(text_at(json_get(config, "annotations"), "io.podman.annotations.privileged"), "TRUE"));
		put_bundle_mounts(config, o);
	}
	return 0;
}

/* ---- containerd ---- */

/* Its shim lives in the bundle's folder, and names the container on its line. */
static int containerd(const char *id, struct json_out *o, struct known_question *question)
{
	SCOPED(strv) struct strv line = {0};
	SCOPED_PTR(json) struct json *config = NULL;
	char path[64], pid[16];
	if (!find_process("containerd-shim", "-id", id, &line, pid))
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%s/cwd/config.json", pid);
	const char *image = "", *name = "", *socket = option(&line, "-address"), *space = option(&line, "-namespace");
	if (read_json(path, &config) == 0) {
		const struct json *notes = json_get(config, "annotations");
		image = text_at(notes, "io.kubernetes.cri.image-name");
		name = text_at(notes, "io.kubernetes.cri.container-name");
		put_bundle_mounts(config, o);
	}
	json_out_str(o, "name", name[0] ? name : id);
	if (image[0])
		json_out_str(o, "image", image);
	else if (socket && space)
		known_question_set(question, id, socket, space);
	return 0;
}

int known_engine(const char *id, const char *type, struct json_out *o, struct known_question *question)
{
	if (str_eq(type, "docker"))
		return docker(id, o);
	if (str_eq(type, "podman"))
		return podman(id, o);
	if (str_eq(type, "containerd"))
		return containerd(id, o, question);
	return -ENOENT;
}

bool known_shim(const char *id)
{
	SCOPED(strv) struct strv line = {0};
	char pid[16];
	return find_process("containerd-shim", "-id", id, &line, pid);
}
