/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls and sockets get past what a container is held by. Each is tried in a child of its own with arguments
 * that can do nothing.
 *
 * usage: calls NAME...   prints "NAME yes" or "NAME no" (EPERM, EACCES, ENOSYS or death by SIGSYS) for each
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIGH (1L << 32) /* in a half of a register that the kernel does not read */
#define CALL(name)                                                                                                     \
	{                                                                                                              \
#name, SYS_##name                                                                                      \
	}

static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(acct),
	CALL(add_key),
	CALL(adjtimex),
	CALL(bpf),
	CALL(chroot),
	CALL(clock_adjtime),
	CALL(clock_settime),
	CALL(clone3),
	CALL(delete_module),
	CALL(fanotify_init),
	CALL(fanotify_mark),
	CALL(finit_module),
	CALL(fsconfig),
	CALL(fsmount),
	CALL(fsopen),
	CALL(fspick),
	CALL(init_module),
	CALL(io_uring_enter),
	CALL(io_uring_register),
	CALL(io_uring_setup),
	CALL(ioperm),
	CALL(iopl),
	CALL(kcmp),
	CALL(kexec_file_load),
	CALL(kexec_load),
	CALL(keyctl),
	CALL(lookup_dcookie),
	CALL(mbind),
	CALL(migrate_pages),
	CALL(mknodat),
	CALL(mount),
	CALL(mount_setattr),
	CALL(move_mount),
	CALL(move_pages),
	CALL(name_to_handle_at),
	CALL(nfsservctl),
	CALL(open_by_handle_at),
	CALL(open_tree),
	CALL(perf_event_open),
	CALL(pidfd_getfd),
	CALL(pidfd_open),
	CALL(pidfd_send_signal),
	CALL(pivot_root),
	CALL(process_madvise),
	CALL(process_mrelease),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(ptrace),
	CALL(quotactl),
	CALL(quotactl_fd),
	CALL(reboot),
	CALL(request_key),
	CALL(set_mempolicy),
	CALL(setdomainname),
	CALL(sethostname),
	CALL(setns),
	CALL(settimeofday),
	CALL(swapoff),
	CALL(swapon),
	CALL(syslog),
	CALL(umount2),
	CALL(unshare),
	CALL(userfaultfd),
	CALL(uselib),
	CALL(ustat),
	CALL(vhangup),
	CALL(vmsplice),
	CALL(memfd_create),
	CALL(memfd_secret),
	CALL(landlock_create_ruleset),
	CALL(seccomp),
	CALL(prctl),
	CALL(personality),
	CALL(modify_ldt),
	CALL(sysfs),
	CALL(_sysctl),
	CALL(pkey_alloc),
	CALL(get_mempolicy),
	CALL(set_mempolicy_home_node),
	CALL(sched_setattr),
	CALL(sched_setscheduler),
	CALL(setpriority),
	CALL(ioprio_set),
	CALL(setrlimit),
	CALL(prlimit64),
	CALL(splice),
	CALL(tee),
	CALL(signalfd4),
	CALL(inotify_init1),
	CALL(epoll_create1),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(mq_open),
	CALL(semget),
	CALL(shmget),
	CALL(msgget),
	CALL(open),
	CALL(openat2),
	CALL(execveat),
	CALL(linkat),
	CALL(symlinkat),
	CALL(fchownat),
	CALL(setxattr),
	CALL(mprotect),
	CALL(bind),
	CALL(listen),
	CALL(accept4),
	CALL(connect),
	CALL(socketpair),
	CALL(getsockopt),
	CALL(futex),
	CALL(rseq),
	CALL(membarrier),
	CALL(restart_syscall),
};

static const struct {
	const char *name;
	long family, type, protocol;
} sockets[] = {
	{"unix-stream", AF_UNIX, SOCK_STREAM, 0},
	{"unix-datagram", AF_UNIX, SOCK_DGRAM, 0},
	{"tcp", AF_INET, SOCK_STREAM, 0},
	{"tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP},
	{"udp", AF_INET, SOCK_DGRAM, 0},
	{"udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
	{"mptcp", AF_INET, SOCK_STREAM, 262},
	{"mptcp6", AF_INET6, SOCK_STREAM, 262},
	{"mptcp-64", AF_INET, SOCK_STREAM, 262 | HIGH},
	{"alg-64", 38 | HIGH, SOCK_SEQPACKET, 0},
	{"vsock-64", 40 | HIGH, SOCK_STREAM, 0},
	{"netlink-route", AF_NETLINK, SOCK_RAW, 0},
	{"netlink-sock-diag", AF_NETLINK, SOCK_RAW, 4},
	{"netlink-xfrm", AF_NETLINK, SOCK_RAW, 6},
	{"netlink-selinux", AF_NETLINK, SOCK_RAW, 7},
	{"netlink-iscsi", AF_NETLINK, SOCK_RAW, 8},
	{"netlink-audit", AF_NETLINK, SOCK_RAW, 9},
	{"netlink-connector", AF_NETLINK, SOCK_RAW, 11},
	{"netlink-netfilter", AF_NETLINK, SOCK_RAW, 12},
	{"netlink-uevent", AF_NETLINK, SOCK_RAW, 15},
	{"netlink-generic", AF_NETLINK, SOCK_RAW, 16},
	{"netlink-crypto", AF_NETLINK, SOCK_RAW, 21},
	{"packet", AF_PACKET, SOCK_RAW, 0},
	{"key", 15, SOCK_RAW, 2},
	{"ax25", 3, SOCK_DGRAM, 0},
	{"x25", 9, SOCK_SEQPACKET, 0},
	{"rds", 21, SOCK_SEQPACKET, 0},
	{"llc", 26, SOCK_STREAM, 0},
	{"can", 29, SOCK_RAW, 1},
	{"tipc", 30, SOCK_STREAM, 0},
	{"bluetooth", 31, SOCK_RAW, 1},
	{"alg", 38, SOCK_SEQPACKET, 0},
	{"vsock", 40, SOCK_STREAM, 0},
	{"smc", 43, SOCK_STREAM, 0},
	{"xdp", 44, SOCK_RAW, 0},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Does not return. */
static void attempt(const char *name)
{
	long r = -2;

	alarm(2);
	for (size_t i = 0; i < COUNT(calls); i++)
		if (strcmp(name, calls[i].name) == 0)
			r = syscall(calls[i].number, -1L, -1L, -1L, -1L, -1L, -1L);
	for (size_t i = 0; i < COUNT(sockets); i++)
		if (strcmp(name, sockets[i].name) == 0)
			r = syscall(SYS_socket, sockets[i].family, sockets[i].type, sockets[i].protocol);
	if (r == -2)
		_exit(2);
	_exit(r == -1 && (errno == EPERM || errno == EACCES || errno == ENOSYS));
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int status = 0;
		pid_t pid = fork();
		if (pid == 0)
			attempt(argv[i]);
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			return 1;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
			fprintf(stderr, "calls: no call and no socket is named %s here\n", argv[i]);
			return 2;
		}
		int refused = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGSYS;
		printf("%s %s\n", argv[i], refused ? "no" : "yes");
	}
	return 0;
}
