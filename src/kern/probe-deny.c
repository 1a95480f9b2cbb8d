/* SPDX-License-Identifier: Apache-2.0 */
/* Each does the act, sets the rung, and does it again. */
#include "probe-deny.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kern/socket.h"

/* Of interfaces newer than Debian 12's headers. */
enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1, READ_FILE = 1 << 2, BIND_TCP = 1, NOEXEC_SEAL = 8 };
struct ruleset {
	uint64_t fs, net, scoped;
};

static int enter_domain(const struct ruleset *attr)
{
	scoped_fd int fd = (int)syscall(SYS_landlock_create_ruleset, attr, sizeof(*attr), 0);
	if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return -errno;
	return 0;
}

/* 0 when the act, tried now, is refused with WANTED. */
static int refused(int result, int wanted)
{
	return result >= 0 ? -ENOTSUP : errno == wanted ? 0 : -errno;
}

int deny_file(void)
{
	const struct ruleset attr = {.fs = READ_FILE};
	scoped_fd int before = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	int r = before < 0 ? -errno : enter_domain(&attr);
	if (r < 0)
		return r;
	scoped_fd int after = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	return refused(after, EACCES);
}

int deny_port(void)
{
	const struct ruleset attr = {.net = BIND_TCP};
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -errno : enter_domain(&attr);
	return r < 0 ? r : refused(bind(fd, (const struct sockaddr *)&any, sizeof(any)), EACCES);
}

/* getpriority(PRIO_USER) is refused, getpriority(PRIO_PROCESS) is not. */
int deny_call(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(program) / sizeof(*program), .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_getpriority, 0, 0) < 0)
		return -errno;
	return refused((int)syscall(SYS_getpriority, 2, 0), EDOM);
}

/* Answers one question that comes by the listener it is sent. */
static int answer_once(int line)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct seccomp_notif asked = {0};
	int listener;

	if (recvmsg(line, &m, MSG_CMSG_CLOEXEC) != 1 || m.msg_controllen < CMSG_LEN(sizeof(listener)))
		return 1;
	memcpy(&listener, CMSG_DATA(&control.head), sizeof(listener));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return 1;
	struct seccomp_notif_resp answer = {.id = asked.id, .error = -EXFULL};
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0;
}

/* getpriority(2) waits for what another process says of it. */
static int ask(int line)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(program) / sizeof(*program), .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
	if (listener < 0)
		return -errno;
	int r = kern_socket_send_fds(line, "x", 1, &listener, 1);
	/* Without the other one the call is not there, and does not wait for ever. */
	close(listener);
	return r < 0 ? r : refused((int)syscall(SYS_getpriority, 0, 0), EXFULL);
}

int deny_asked(void)
{
	int line[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid == 0) {
		close(line[1]);
		_exit(answer_once(line[0]));
	}
	int r = pid < 0 ? -errno : 0;
	close(line[0]);
	r = r < 0 ? r : ask(line[1]);
	close(line[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int deny_write_execute(void)
{
	const size_t size = 4096;
	void *before = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (before == MAP_FAILED || prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		return -errno;
	void *after = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return refused(after == MAP_FAILED ? -1 : 0, EACCES);
}

int deny_memfd_execute(void)
{
	static const char script[] = "#!/bin/true\n";
	char *const none[] = {NULL};
	scoped_fd int fd = memfd_create("skep", NOEXEC_SEAL);
	if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0)
		return -errno;
	return refused((int)syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH), EACCES);
}

int deny_new_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return refused(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
}
