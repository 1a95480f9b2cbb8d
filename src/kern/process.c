/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and naming processes.
 */
#include "kern/process.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"

pid_t kern_clone(uint64_t flags, int into_cgroup, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags,
		.exit_signal = SIGCHLD,
	};

	/* The exit signal of a sibling made with CLONE_PARENT is the caller's own. */
	if (flags & CLONE_PARENT)
		args.exit_signal = 0;
	if (ret_pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	}
	if (into_cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)into_cgroup;
	}
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid > 0 && ret_pidfd)
		*ret_pidfd = pidfd;
	return (pid_t)pid;
}

int kern_pidfd_open(pid_t pid)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : (int)fd;
}

int kern_pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int kern_process_state(pid_t pid, uint64_t *ret_ticks, char *ret_state)
{
	char path[32], text[1024];
	unsigned long long ticks;
	char state;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ESRCH ? -ENOENT : -errno;
	ssize_t len = read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return len < 0 && errno != ESRCH ? -errno : -ENOENT;
	text[len] = '\0';
	/* The command name may hold spaces and brackets; the last bracket ends it. */
	const char *rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state,
		   &ticks) != 2)
		return -EBADMSG;
	*ret_ticks = ticks;
	if (ret_state)
		*ret_state = state;
	return 0;
}

int kern_start_time(pid_t pid, uint64_t *ret_ticks)
{
	return kern_process_state(pid, ret_ticks, NULL);
}

static int write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return path_write_kernel(AT_FDCWD, path, map);
}

int kern_userns_new(const char *uid_map, const char *gid_map)
{
	int pidfd = -1;
	pid_t pid = kern_clone(CLONE_NEWUSER, -1, &pidfd);

	if (pid < 0)
		return pid;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	char path[64];
	int r = write_map(pid, "uid_map", uid_map);
	if (r == 0)
		r = write_map(pid, "gid_map", gid_map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (r == 0) {
		r = open(path, O_RDONLY | O_CLOEXEC);
		if (r < 0)
			r = -errno;
	}
	ignore(kern_pidfd_signal(pidfd, SIGKILL)); /* our own child; it is still there, for nobody has waited yet */
	waitpid(pid, NULL, 0);
	close(pidfd);
	return r;
}

bool kern_is_host_root(void)
{
	SCOPED(buf) struct buf map = BUF_INIT(4096);
	unsigned inside = 1, outside = 1, length = 0;

	if (geteuid() != 0)
		return false;
	if (path_read_file(AT_FDCWD, "/proc/self/uid_map", &map) < 0)
		return true; /* a kernel without user namespaces, or no proc: the calls themselves will tell */
	return sscanf(buf_str(&map), "%u %u %u", &inside, &outside, &length) == 3 && inside == 0 && outside == 0 &&
	       length == 4294967295u;
}

int kern_loopback_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	scoped_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		return -errno;
	return 0;
}

int kern_wait_exit_code(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int kern_signal_from(const char *text, int *ret_signal)
{
	uint64_t number;

	if (str_to_u64(text, (uint64_t)SIGRTMAX, &number) == 0) {
		if (number == 0)
			return -EINVAL;
		*ret_signal = (int)number;
		return 0;
	}
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *name = sigabbrev_np(i);
		if (name && strcasecmp(name, text) == 0) {
			*ret_signal = i;
			return 0;
		}
	}
	int base = strncasecmp(text, "RTMIN", 5) == 0 ? SIGRTMIN : strncasecmp(text, "RTMAX", 5) == 0 ? SIGRTMAX : 0;
	if (!base)
		return -EINVAL;
	number = 0;
	if (text[5] && ((text[5] != '+' && text[5] != '-') || str_to_u64(text + 6, 64, &number) < 0))
		return -EINVAL;
	int signal = text[5] == '-' ? base - (int)number : base + (int)number;
	if (signal < SIGRTMIN || signal > SIGRTMAX)
		return -EINVAL;
	*ret_signal = signal;
	return 0;
}

bool kern_has_mdwe(void)
{
	enum { GET_MDWE = 66 }; /* newer than Debian 12's headers */

	return prctl(GET_MDWE, 0, 0, 0, 0) >= 0;
}
