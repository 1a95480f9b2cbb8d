/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of `./dev bench runtime`: the least that starting a container can cost on this kernel. One clone3 with
 * every namespace, a bind mount of the root, pivot_root, execve, wait; no configuration, no state, no cgroup, no
 * hardening. With --user also a user namespace mapped to 100000:65536. Runtimes are measured as multiples of this.
 *
 * usage: floor [--user] ROOTFS PROGRAM
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	return 125;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t len = (ssize_t)strlen(text);
	int r = write(fd, text, (size_t)len) == len ? 0 : -1;
	close(fd);
	return r;
}

static int child(const char *rootfs, char *const *argv, int go)
{
	char byte;

	if (go >= 0 && read(go, &byte, 1) != 1)
		return fail("wait for the mapping");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return fail("make mounts private");
	if (mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL) < 0)
		return fail("bind the root");
	if (chdir(rootfs) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return fail("pivot_root");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return fail("leave the old root");
	execv(argv[0], argv);
	return fail(argv[0]);
}

static int map_ids(pid_t pid, int go)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	if (write_file(path, "0 100000 65536\n") < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	if (write_file(path, "0 100000 65536\n") < 0)
		return -1;
	return write(go, "", 1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	int user = argc > 1 && strcmp(argv[1], "--user") == 0;
	int go[2] = {-1, -1};
	int status;

	if (argc - user < 3)
		return 2;
	if (user && pipe2(go, O_CLOEXEC) < 0)
		return fail("pipe");
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP |
			 (user ? CLONE_NEWUSER : 0),
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return fail("clone3");
	if (pid == 0)
		_exit(child(argv[1 + user], argv + 2 + user, go[0]));
	if (user && map_ids(pid, go[1]) < 0)
		return fail("map ids");
	if (waitpid(pid, &status, 0) != pid)
		return fail("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
