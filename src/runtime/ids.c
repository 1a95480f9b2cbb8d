/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing id mappings, by ourselves or by the setuid helpers of the shadow suite.
 */
#include "ids.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/process.h"

#define MAP_TEXT_MAX 65536

int ids_format(const struct oci_id_mappings *m, struct buf *b)
{
	for (size_t i = 0; i < m->count; i++)
		buf_printf(b, "%u %u %u\n", m->at[i].container_id, m->at[i].host_id, m->at[i].size);
	return buf_error(b);
}

static int write_file(pid_t pid, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return path_write_kernel(AT_FDCWD, path, text);
}

/* newuidmap PID inside outside count [inside outside count ...] */
static int run_helper(const char *program, pid_t pid, const struct oci_id_mappings *m, struct err *e)
{
	SCOPED(strv) struct strv argv = {0};
	char *no_env[] = {NULL};
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	int r = strv_add(&argv, program);
	if (r == 0)
		r = strv_add(&argv, text);
	for (size_t i = 0; r == 0 && i < m->count; i++) {
		const uint32_t numbers[] = {m->at[i].container_id, m->at[i].host_id, m->at[i].size};
		for (size_t j = 0; r == 0 && j < 3; j++) {
			snprintf(text, sizeof(text), "%u", numbers[j]);
			r = strv_add(&argv, text);
		}
	}
	pid_t child = r < 0 ? r : kern_clone(0, -1, NULL);
	if (child == 0) {
		execve(argv.items[0], argv.items, no_env);
		_exit(127);
	}
	int code = child < 0 ? child : kern_wait_exit_code(child);
	if (code == 127)
		return err_set(e, -ENOENT, "%s is needed to map more than one's own id; install the package uidmap",
			       program);
	return code == 0 ? 0
			 : err_set(e, -EPERM, "%s refused the mappings; are the ids in /etc/subuid and /etc/subgid?",
				   program);
}

int ids_write_maps(const struct oci_spec *spec, pid_t pid, bool rootless, struct err *e)
{
	const struct oci_id_mappings *uids = &spec->linux_.uid_mappings, *gids = &spec->linux_.gid_mappings;
	SCOPED(buf) struct buf uid_text = BUF_INIT(MAP_TEXT_MAX);
	SCOPED(buf) struct buf gid_text = BUF_INIT(MAP_TEXT_MAX);
	int r = ids_format(uids, &uid_text);

	if (r == 0)
		r = ids_format(gids, &gid_text);
	if (r < 0)
		return err_sys(e, r, "linux.uidMappings are too many");
	if (!uids->count || !gids->count)
		return err_set(e, -EINVAL, "a new user namespace needs linux.uidMappings and linux.gidMappings");
	r = write_file(pid, "uid_map", buf_str(&uid_text));
	if (r < 0 && rootless)
		return run_helper("/usr/bin/newuidmap", pid, uids, e) < 0
			       ? e->code
			       : run_helper("/usr/bin/newgidmap", pid, gids, e);
	if (r == 0) {
		r = write_file(pid, "gid_map", buf_str(&gid_text));
		/* Without privilege only a process that gave up setgroups(2) may have its own group mapped. */
		if (r == -EPERM && rootless) {
			r = write_file(pid, "setgroups", "deny");
			if (r == 0)
				r = write_file(pid, "gid_map", buf_str(&gid_text));
		}
	}
	return r < 0 ? err_sys(e, r, "cannot write the id mappings of the user namespace") : 0;
}

int ids_userns(const struct oci_id_mappings *uids, const struct oci_id_mappings *gids, struct err *e)
{
	SCOPED(buf) struct buf uid_text = BUF_INIT(MAP_TEXT_MAX);
	SCOPED(buf) struct buf gid_text = BUF_INIT(MAP_TEXT_MAX);
	int r = ids_format(uids, &uid_text);

	if (r == 0)
		r = ids_format(gids, &gid_text);
	if (r == 0)
		r = kern_userns_new(buf_str(&uid_text), buf_str(&gid_text));
	return r < 0 ? err_sys(e, r, "cannot make a user namespace for an id-mapped mount") : r;
}
