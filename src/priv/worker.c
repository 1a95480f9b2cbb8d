/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting workers. Between clone3(2) and execve(2) the child only puts its descriptors in order; it waits for its
 * user map, because a program executed by an unmapped user has no capabilities in its namespace.
 */
#include "priv/worker.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "kern/process.h"

#define NAMESPACES (CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define MAP_BYTES_MAX 8192

void priv_worker_dispatch(int argc, char **argv, const struct priv_role *roles)
{
	if (argc != 3 || !str_eq(argv[1], PRIV_WORKER_ARGUMENT))
		return;
	for (; roles->name; roles++)
		if (str_eq(argv[2], roles->name))
			_exit(roles->run(PRIV_WORKER_CHANNEL));
	_exit(2);
}

static void child(int program, int channel, const char *role)
{
	static char *const no_environment[] = {NULL};
	char *const arguments[] = {(char *)"skep", (char *)PRIV_WORKER_ARGUMENT, (char *)role, NULL};
	char go;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || read(channel, &go, 1) != 1)
		_exit(127);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high = fcntl(channel, F_DUPFD, 10), exe = fcntl(program, F_DUPFD, 10);
	if (null < 0 || high < 0 || exe < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(high, PRIV_WORKER_CHANNEL) < 0)
		_exit(127);
	/* Not fatal: an unprivileged caller without a map cannot drop them, and has few. */
	ignore(setgroups(0, NULL));
	if (syscall(SYS_close_range, PRIV_WORKER_CHANNEL + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		syscall(SYS_execveat, exe, "", arguments, no_environment, AT_EMPTY_PATH);
	_exit(127);
}

/* The new namespace sees every id the caller sees, unchanged: files keep their owners. */
static int write_map(pid_t pid, const char *name)
{
	SCOPED(buf) struct buf own = BUF_INIT(MAP_BYTES_MAX), map = BUF_INIT(MAP_BYTES_MAX);
	char path[64];
	char *line, *rest = NULL;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	int r = path_read_file(AT_FDCWD, path, &own);
	for (line = r == 0 ? strtok_r(own.data, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned inside, outside, count;
		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3)
			buf_printf(&map, "%u %u %u\n", inside, inside, count);
	}
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if (r == 0)
		r = buf_error(&map);
	return r < 0 ? r : path_write_kernel(AT_FDCWD, path, buf_str(&map));
}

/* Who may not map others maps itself (user_namespaces(7)), and says first that groups will not be changed. */
static int map_users(pid_t pid)
{
	char path[64], own[64];
	int r = write_map(pid, "uid_map");

	if (r == 0)
		return write_map(pid, "gid_map");
	if (r != -EPERM)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
	r = path_write_kernel(AT_FDCWD, path, "deny");
	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	snprintf(own, sizeof(own), "0 %u 1\n", geteuid()); /* root inside, or executing would end its capabilities */
	if (r == 0)
		r = path_write_kernel(AT_FDCWD, path, own);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	snprintf(own, sizeof(own), "0 %u 1\n", getegid());
	return r == 0 ? path_write_kernel(AT_FDCWD, path, own) : r;
}

static int start(struct priv_worker *w, int program, int theirs, const char *role, struct err *e)
{
	bool own_users = true;
	pid_t pid = kern_clone(NAMESPACES | CLONE_NEWUSER, -1, NULL);

	if (pid == -EPERM || pid == -ENOSPC || pid == -EINVAL) {
		own_users = false;
		pid = kern_clone(NAMESPACES, -1, NULL);
	}
	if (pid == 0)
		child(program, theirs, role);
	if (pid < 0)
		return err_sys(e, (int)pid, "starting a worker");
	w->pid = pid;
	int r = own_users ? map_users(pid) : 0;
	if (r < 0)
		return err_sys(e, r, "mapping the users of a worker");
	return send(w->channel, "", 1, MSG_NOSIGNAL) == 1 ? 0 : err_sys(e, -errno, "starting a worker");
}

/* PROGRAM (NULL: this one) by descriptor. */
static int open_beside(const char *program, struct err *e)
{
	char path[PATH_MAX];
	int r;

	if (!program) {
		int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_sys(e, -errno, "opening our own program") : fd;
	}
	r = path_real("/proc/self/exe", path, sizeof(path));
	if (r < 0)
		return err_sys(e, r, "finding our own program");
	char *base = strrchr(path, '/') + 1;
	if ((size_t)snprintf(base, sizeof(path) - (size_t)(base - path), "%s", program) >=
	    sizeof(path) - (size_t)(base - path))
		return err_set(e, -ENAMETOOLONG, "%s: the path is too long", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, -errno, "%s, which belongs beside skep", path) : fd;
}

int priv_worker_start(const char *role, struct priv_worker *ret, struct err *e)
{
	return priv_worker_start_program(NULL, role, ret, e);
}

int priv_worker_start_program(const char *name, const char *role, struct priv_worker *ret, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	int pair[2];
	int r = priv_channel_pair(pair);

	if (r < 0)
		return err_sys(e, r, "making a channel");
	w.channel = pair[0];
	scoped_fd int theirs = pair[1];
	scoped_fd int program = open_beside(name, e);
	if (program < 0)
		return program;
	r = start(&w, program, theirs, role, e);
	if (r == 0) {
		*ret = w;
		w = PRIV_WORKER_INIT;
	}
	return r;
}

/* Our program on a read-only mount, or as it is where we may not mount. */
static int open_program(void)
{
	int mount = kern_mount_clone(AT_FDCWD, "/proc/self/exe", false);

	if (mount >= 0 && kern_mount_set(mount, false, MOUNT_ATTR_RDONLY, 0, 0) == 0)
		return mount;
	close_keep_errno(mount);
	return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static void detached_child(int program, int channel, const char *role)
{
	static char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char *const arguments[] = {(char *)"skep", (char *)PRIV_WORKER_ARGUMENT, (char *)role, NULL};

	/* The middle one ends at once: whoever called us will not have to reap the other. */
	if (setsid() < 0 || fork() != 0)
		_exit(0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high = fcntl(channel, F_DUPFD, 10), exe = fcntl(program, F_DUPFD, 10);
	if (null < 0 || high < 0 || exe < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    dup2(high, PRIV_WORKER_CHANNEL) < 0 || chdir("/") < 0)
		_exit(127);
	if (syscall(SYS_close_range, PRIV_WORKER_CHANNEL + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		syscall(SYS_execveat, exe, "", arguments, environment, AT_EMPTY_PATH);
	_exit(127);
}

int priv_detached_start(const char *role, int *ret_channel, struct err *e)
{
	int pair[2], status;
	int r = priv_channel_pair(pair);

	if (r < 0)
		return err_sys(e, r, "making a channel");
	scoped_fd int ours = pair[0], theirs = pair[1];
	scoped_fd int program = open_program();
	if (program < 0)
		return err_sys(e, -errno, "opening our own program");
	pid_t pid = fork();
	if (pid == 0)
		detached_child(program, theirs, role);
	if (pid < 0)
		return err_sys(e, -errno, "starting a process");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "starting a process");
	*ret_channel = take_fd(&ours);
	return 0;
}

void priv_worker_done(struct priv_worker *w)
{
	close_keep_errno(w->channel);
	w->channel = -1;
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	w->pid = -1;
}

int priv_worker_wait(struct priv_worker *w, struct err *e)
{
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "waiting for a worker");
	w->pid = -1;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(e, -ECHILD,
			       "the sandboxed worker made a forbidden system call and was killed; "
			       "the image may be an attack");
	if (WIFSIGNALED(status))
		return err_set(e, -ECHILD, "the sandboxed worker was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(e, -ECHILD, "the sandboxed worker ended with code %d", WEXITSTATUS(status));
	return 0;
}
