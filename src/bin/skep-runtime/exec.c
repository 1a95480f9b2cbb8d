/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: another process in a running container.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "command.h"
#include "kern/process.h"

#define PROCESS_FILE_MAX (4u << 20)

struct exec_words {
	struct container_exec o;
	struct option_list env, caps, gids, cgroups;
	const char *preserve;
};

static int read_exec(char **argv, struct exec_words *w, const char **ret_id, struct err *e)
{
	struct container_exec *o = &w->o;
	const struct option table[] = {
		{"process", 'p', OPTION_TEXT, &o->process_file, "process.json to start"},
		{"cwd", 0, OPTION_TEXT, &o->cwd, "working directory in the container"},
		{"env", 'e', OPTION_LIST, &w->env, "KEY=VALUE, more than once"},
		{"tty", 't', OPTION_FLAG, &o->tty, "with a terminal"},
		{"user", 'u', OPTION_TEXT, &o->user, "UID[:GID]"},
		{"additional-gids", 'g', OPTION_LIST, &w->gids, "GID, more than once"},
		{"cap", 'c', OPTION_LIST, &w->caps, "a capability to add, more than once"},
		{"no-new-privs", 0, OPTION_FLAG, &o->no_new_privileges, "set no_new_privs"},
		{"apparmor", 0, OPTION_TEXT, &o->apparmor, "AppArmor profile"},
		{"process-label", 0, OPTION_TEXT, &o->process_label, "SELinux label"},
		{"cgroup", 0, OPTION_LIST, &w->cgroups, "[CONTROLLER,...:]PATH of a group below the container's own"},
		{"detach", 'd', OPTION_FLAG, &o->detach, "do not wait for the process"},
		{"pid-file", 0, OPTION_TEXT, &o->pid_file, "file for the process's pid"},
		{"console-socket", 0, OPTION_TEXT, &o->console_socket, "socket that takes the terminal's master"},
		{"pidfd-socket", 0, OPTION_TEXT, &o->pidfd_socket, "socket that takes a pidfd of the process"},
		{"ignore-paused", 0, OPTION_FLAG, &o->ignore_paused, "also in a paused container"},
		{"preserve-fds", 0, OPTION_TEXT, &w->preserve, "number of descriptors above 2 to pass on"},
		{"no-subreaper", 0, OPTION_FLAG, &(bool){false}, NULL},
		{NULL},
	};
	int at = 0;
	int r = command_words("exec", table, argv, &at, e);

	if (r)
		return r;
	if (!argv[at])
		return err_set(e, -EINVAL, "exec: needs a container ID");
	*ret_id = argv[at++];
	o->args = (const char *const *)argv + at;
	while (argv[at + (int)o->args_count])
		o->args_count++;
	o->env = w->env.at;
	o->env_count = w->env.count;
	o->caps = w->caps.at;
	o->caps_count = w->caps.count;
	o->gids = w->gids.at;
	o->gids_count = w->gids.count;
	o->cgroups = w->cgroups.at;
	o->cgroups_count = w->cgroups.count;
	o->console_fd = -1;
	return command_number("preserve-fds", w->preserve, 4096, &o->preserve_fds, e);
}

/*
 * A pipe can be read once, but this program may start itself over: what comes out of it is kept in memory, under a name
 * that ARGV has from then on.
 */
static int keep_process_file(const char **path, char **argv, struct err *e)
{
	static char name[32];
	SCOPED(buf) struct buf text = BUF_INIT(PROCESS_FILE_MAX);
	struct stat st;

	if (!*path || stat(*path, &st) < 0 || S_ISREG(st.st_mode))
		return 0; /* what is wrong with it is said where it is read */
	int fd = memfd_create("process", 0);
	int r = fd < 0 ? -errno : path_read_given(*path, &text);
	if (r == 0)
		r = fd_write_all(fd, buf_str(&text), text.len);
	if (r < 0)
		return err_sys(e, r, "cannot read %s", *path);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	for (; *argv; argv++)
		if (*argv == *path)
			*argv = name;
		else if (str_starts_with(*argv, "--process=") && str_eq(*argv + strlen("--process="), *path))
			*argv = str_printf("--process=%s", name);
	*path = name;
	return 0;
}

int command_exec(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	scoped_fd int ours = -1, theirs = -1;
	struct exec_words w = {0};
	const char *id = NULL;
	pid_t pid = 0;
	int r = read_exec(argv, &w, &id, e);

	if (r == 0)
		r = keep_process_file(&w.o.process_file, s->argv, e);
	w.o.argv = s->argv;
	w.o.report = s->report;
	if (r == 0)
		r = command_load(s, id, &c, e);
	if (r == 0 && !w.o.detach && !w.o.console_socket) {
		r = foreground_console(&ours, &theirs, e);
		w.o.console_fd = theirs;
	}
	if (r == 0)
		r = container_exec(&c, &w.o, &pid, e);
	if (r || w.o.detach)
		return r;
	close(take_fd(&theirs));
	return foreground_wait(pid, ours, e);
}
