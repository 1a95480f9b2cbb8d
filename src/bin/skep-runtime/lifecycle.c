/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create, start, run, state, kill, delete, pause, resume.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "base/str.h"
#include "command.h"
#include "kern/process.h"

#define OUTPUT_MAX (16u << 20)

struct create_words {
	struct container_create o;
	const char *preserve;
	bool detach, no_subreaper;
};

static int read_create(const struct settings *s, const char *name, char **argv, struct create_words *w, struct err *e)
{
	struct container_create *o = &w->o;
	const struct option table[] = {
		{"bundle", 'b', OPTION_TEXT, &o->bundle, "folder with config.json and the root (default: here)"},
		{"console-socket", 0, OPTION_TEXT, &o->console_socket, "socket that takes the terminal's master"},
		{"pidfd-socket", 0, OPTION_TEXT, &o->pidfd_socket, "socket that takes a pidfd of the first process"},
		{"pid-file", 0, OPTION_TEXT, &o->pid_file, "file for the first process's pid"},
		{"no-pivot", 0, OPTION_FLAG, &o->no_pivot, "chroot instead of pivot_root, for a root on a ramdisk"},
		{"no-new-keyring", 0, OPTION_FLAG, &o->no_new_keyring, "stay with the caller's session keyring"},
		{"preserve-fds", 0, OPTION_TEXT, &w->preserve, "number of descriptors above 2 to pass on"},
		{"detach", 'd', OPTION_FLAG, &w->detach, "do not wait for the container (run)"},
		{"keep", 0, OPTION_FLAG, &o->keep, "do not delete the container when it has ended (run)"},
		{"no-subreaper", 0, OPTION_FLAG, &w->no_subreaper, "do not adopt orphans of the container (run)"},
		{NULL},
	};
	int r = command_one_id(name, table, argv, &o->id, e);

	if (r == 0)
		r = command_number("preserve-fds", w->preserve, 4096, &o->preserve_fds, e);
	const char *listen_fds = getenv("LISTEN_FDS");
	uint64_t listening = 0;
	if (r == 0 && listen_fds && str_to_u64(listen_fds, 4096, &listening) == 0) {
		o->listen_fds = (unsigned)listening;
		o->preserve_fds += o->listen_fds;
	}
	o->console_fd = -1;
	o->systemd_cgroup = s->systemd_cgroup || str_eq(s->cgroup_manager, "systemd");
	o->no_cgroup = str_eq(s->cgroup_manager, "disabled");
	if (r == 0 && s->cgroup_manager && !o->systemd_cgroup && !o->no_cgroup &&
	    !str_eq(s->cgroup_manager, "cgroupfs"))
		return err_set(e, -EINVAL, "--cgroup-manager: cgroupfs, systemd or disabled, not \"%.32s\"",
			       s->cgroup_manager);
	o->argv = s->argv;
	o->report = s->report;
	return r;
}

int command_create(const struct settings *s, char **argv, struct err *e)
{
	struct create_words w = {0};
	int r = read_create(s, "create", argv, &w, e);
	return r ? r : container_create(s->root, &w.o, e);
}

int command_start(const struct settings *s, char **argv, struct err *e)
{
	const char *id = NULL;
	int r = command_one_id("start", NULL, argv, &id, e);
	return r ? r : container_start(s->root, id, s->argv, &s->report, e);
}

int command_run(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct create_words w = {0};
	scoped_fd int ours = -1, theirs = -1;
	int r = read_create(s, "run", argv, &w, e);

	if (r)
		return r;
	if (!w.detach && !w.no_subreaper)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!w.detach && !w.o.console_socket) {
		r = foreground_console(&ours, &theirs, e);
		if (r < 0)
			return r;
		w.o.console_fd = theirs;
	}
	r = container_run(s->root, &w.o, &c, e);
	if (r < 0 || w.detach)
		return r;
	close(take_fd(&theirs));
	int code = foreground_wait(c.pid, ours, e);
	r = w.o.keep ? 0 : container_delete(&c, true, e);
	return r < 0 ? r : code;
}

int command_state(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_MAX);
	const char *id = NULL;
	int r = command_one_id("state", NULL, argv, &id, e);

	if (r == 0)
		r = command_load(s, id, &c, e);
	if (r == 0)
		r = container_load_spec(&c, e);
	if (r)
		return r;
	enum container_status status = container_status(&c);
	r = container_state_json(&c, container_status_name(status), status == CONTAINER_STOPPED ? 0 : c.pid, true, &b);
	return r < 0 ? err_sys(e, r, "cannot print the state") : command_print(&b, e);
}

int command_kill(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	bool all = false;
	const struct option table[] = {
		{"all", 'a', OPTION_FLAG, &all, "signal every process of the container"},
		{NULL},
	};
	int at = 0, signal = SIGTERM;
	int r = command_words("kill", table, argv, &at, e);

	if (r)
		return r;
	if (!argv[at])
		return err_set(e, -EINVAL, "kill: needs a container ID");
	if (argv[at + 1] && kern_signal_from(argv[at + 1], &signal) < 0)
		return err_set(e, -EINVAL, "kill: unknown signal \"%.32s\"", argv[at + 1]);
	r = command_load(s, argv[at], &c, e);
	return r < 0 ? r : container_kill(&c, signal, all, e);
}

int command_delete(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	bool force = false;
	const struct option table[] = {
		{"force", 'f', OPTION_FLAG, &force, "kill the container first; no error when there is none"},
		{NULL},
	};
	const char *id = NULL;
	int r = command_one_id("delete", table, argv, &id, e);

	if (r)
		return r;
	r = command_load(s, id, &c, e);
	if (r == -ENOENT && force)
		return 0;
	if ((r == -ENODATA || r == -EBADMSG) && force)
		return container_delete_broken(s->root, id, e);
	return r < 0 ? r : container_delete(&c, force, e);
}

typedef int change_fn(struct container *c, struct err *e);

static int change(const struct settings *s, const char *name, char **argv, change_fn *fn, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	const char *id = NULL;
	int r = command_one_id(name, NULL, argv, &id, e);

	if (r == 0)
		r = command_load(s, id, &c, e);
	return r ? r : fn(&c, e);
}

int command_pause(const struct settings *s, char **argv, struct err *e)
{
	return change(s, "pause", argv, container_pause, e);
}

int command_resume(const struct settings *s, char **argv, struct err *e)
{
	return change(s, "resume", argv, container_resume, e);
}

int command_checkpoint(const struct settings *s, char **argv, struct err *e)
{
	return err_set(e, -EOPNOTSUPP, "checkpoint and restore are not supported by this version of skep-runtime");
}
