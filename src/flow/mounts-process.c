/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the listeners that the runtime hands over, one of each process that it starts, and answers what comes. */
#include <asm/unistd_64.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "behaviour-file.h"
#include "beside.h"
#include "mounts.h"

enum { LISTENERS_MAX = 64, STATUS_MAX = 8192, HELLO_MAX = 65536 };

struct broker {
	struct profile profile;
	struct mounts_made made;
	struct pollfd fds[2 + LISTENERS_MAX]; /* the line, the socket, listeners */
	size_t count;
	int proc;
};

/* ---- who asks, and what ---- */

/* A text of the caller's memory, up to its zero byte. NULL is an empty one. */
static int read_text(int memory, uint64_t from, char *to, size_t size)
{
	size_t got = 0;

	to[0] = '\0';
	while (from && got < size) {
		/* Not over the end of a page: the next one may not be there. */
		size_t part = MIN_OF(size - got, 4096 - (from + got) % 4096);
		ssize_t n = pread(memory, to + got, part, (off_t)(from + got));
		if (n <= 0)
			return -EFAULT;
		if (memchr(to + got, 0, (size_t)n))
			return 0;
		got += (size_t)n;
	}
	return from ? -ENAMETOOLONG : 0;
}

static int read_request(const struct seccomp_notif *n, int memory, struct mount_request *ret)
{
	const __u64 *a = n->data.args;
	int r;

	*ret = (struct mount_request){.unmount = n->data.nr == __NR_umount2};
	if (n->data.arch != AUDIT_ARCH_X86_64 || (n->data.nr != __NR_mount && !ret->unmount))
		return -EPERM;
	ret->flags = ret->unmount ? (uint32_t)a[1] : a[3];
	if (ret->unmount)
		return read_text(memory, a[0], ret->target, sizeof(ret->target));
	r = read_text(memory, a[0], ret->source, sizeof(ret->source));
	if (r == 0)
		r = read_text(memory, a[1], ret->target, sizeof(ret->target));
	if (r == 0)
		r = read_text(memory, a[2], ret->kind, sizeof(ret->kind));
	return r < 0 ? r : read_text(memory, a[4], ret->data, sizeof(ret->data));
}

/* A number of /proc/PID/status: "Uid:" has four, of which the last is for files. */
static int read_status(int process, struct mounts_caller *c, uint64_t *capabilities)
{
	SCOPED(buf) struct buf text = BUF_INIT(STATUS_MAX);
	unsigned uids[4], gids[4];
	unsigned long long effective;
	int r = path_read_file(process, "status", &text);
	const char *uid = r < 0 ? NULL : strstr(buf_str(&text), "\nUid:"), *gid = uid ? strstr(uid, "\nGid:") : NULL,
		   *caps = gid ? strstr(gid, "\nCapEff:") : NULL;

	if (!caps || sscanf(uid, "\nUid: %u %u %u %u", uids, uids + 1, uids + 2, uids + 3) != 4 ||
	    sscanf(gid, "\nGid: %u %u %u %u", gids, gids + 1, gids + 2, gids + 3) != 4 ||
	    sscanf(caps, "\nCapEff: %llx", &effective) != 1)
		return -ESRCH;
	c->uid = uids[3];
	c->gid = gids[3];
	*capabilities = effective;
	return 0;
}

/* As the kernel would have it: the capability, in the user namespace that the mounts belong to. */
static int check_power(const struct mounts_caller *c, uint64_t capabilities)
{
	struct stat own, needed;
	scoped_fd int owner = ioctl(c->mount_ns, NS_GET_USERNS);

	if (owner < 0 || fstat(c->user_ns, &own) < 0 || fstat(owner, &needed) < 0)
		return -EPERM;
	return own.st_ino == needed.st_ino && own.st_dev == needed.st_dev && capabilities >> CAP_SYS_ADMIN & 1 ? 0
													       : -EPERM;
}

static void leave(struct mounts_caller *c)
{
	int *const fds[] = {&c->user_ns, &c->mount_ns, &c->root, &c->folder};
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close_keep_errno(*fds[i]);
}

static int open_caller(int process, struct mounts_caller *c)
{
	uint64_t capabilities;

	c->user_ns = openat(process, "ns/user", O_RDONLY | O_CLOEXEC);
	c->mount_ns = openat(process, "ns/mnt", O_RDONLY | O_CLOEXEC);
	c->root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	c->folder = openat(process, "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->user_ns < 0 || c->mount_ns < 0 || c->root < 0 || c->folder < 0)
		return -errno;
	int r = read_status(process, c, &capabilities);
	return r < 0 ? r : check_power(c, capabilities);
}

/* What was opened is the caller's if the call still waits afterwards: its number cannot be another's so long. */
static bool still_waits(int listener, uint64_t id)
{
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

static int decide(struct broker *b, int listener, const struct seccomp_notif *n)
{
	struct mounts_caller caller = {-1, -1, -1, -1, 0, 0};
	scoped_free struct mount_request *q = malloc(sizeof(*q));
	char name[16];

	snprintf(name, sizeof(name), "%u", n->pid);
	scoped_fd int process = openat(b->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int memory = process < 0 ? -1 : openat(process, "mem", O_RDONLY | O_CLOEXEC);
	int r = !q ? -ENOMEM : memory < 0 ? -EPERM : read_request(n, memory, q);
	if (r == 0)
		r = open_caller(process, &caller);
	if (r == 0 && !still_waits(listener, n->id))
		r = -EINTR;
	if (r == 0)
		r = mounts_act(&caller, q, &b->profile, &b->made);
	leave(&caller);
	return r;
}

static void answer(struct broker *b, int listener)
{
	struct seccomp_notif n = {0};
	struct seccomp_notif_resp to = {0};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
		return;
	to.id = n.id;
	to.error = decide(b, listener, &n);
	ignore(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &to)); /* who asked may be gone */
}

/* ---- the process ---- */

/* One of each process that the runtime starts: the descriptor comes with words, which say nothing that is needed. */
static void take_listener(struct broker *b)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	static char words[HELLO_MAX];
	struct iovec part = {words, sizeof(words)};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct timeval limit = {.tv_sec = 5};
	int listener = -1;
	scoped_fd int from = accept4(b->fds[1].fd, NULL, NULL, SOCK_CLOEXEC);

	ignore(setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	if (from < 0 || recvmsg(from, &m, MSG_CMSG_CLOEXEC) <= 0 || m.msg_controllen < CMSG_LEN(sizeof(int)) ||
	    control.head.cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&listener, CMSG_DATA(&control.head), sizeof(listener));
	if (b->count == ARRAY_LEN(b->fds))
		close(listener); /* its calls are not there */
	else
		b->fds[b->count++] = (struct pollfd){.fd = listener, .events = POLLIN};
}

static void drop_listener(struct broker *b, size_t i)
{
	close(b->fds[i].fd);
	b->fds[i] = b->fds[--b->count];
}

static int serve(struct broker *b)
{
	prctl(PR_SET_NAME, "skep-mounts", 0, 0, 0);
	while (poll(b->fds, b->count, -1) > 0 || errno == EINTR) {
		if (b->fds[0].revents)
			return EXIT_SUCCESS;
		for (size_t i = b->count - 1; i > 1; i--) {
			if (b->fds[i].revents & POLLIN)
				answer(b, b->fds[i].fd);
			else if (b->fds[i].revents)
				drop_listener(b, i);
		}
		if (b->fds[1].revents)
			take_listener(b);
	}
	return EXIT_FAILURE;
}

static int listen_at(int dir)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" MOUNTS_SOCKET, fd_path_of(dir).text);
	ignore(unlinkat(dir, MOUNTS_SOCKET, 0)); /* of an earlier start */
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, LISTENERS_MAX) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Keeps its socket where the folder of the container was: it needs no folder. */
static int begin(struct broker *b, int listener, int line)
{
	if (beside_keep(&listener, &line) < 0)
		return EXIT_FAILURE;
	b->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	b->fds[0] = (struct pollfd){.fd = line, .events = POLLIN};
	b->fds[1] = (struct pollfd){.fd = listener, .events = POLLIN};
	b->count = 2;
	return b->proc < 0 ? EXIT_FAILURE : serve(b);
}

static int start(struct broker *b, int dir, struct mounts_process *ret)
{
	int line[2];
	scoped_fd int listener = listen_at(dir);

	if (listener < 0)
		return listener;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return -errno;
	ret->pid = fork();
	if (ret->pid == 0)
		_exit(begin(b, listener, line[1]));
	int bad = ret->pid < 0 ? -errno : 0;
	close(line[1]);
	ret->line = line[0];
	return bad;
}

int mounts_begin(const struct flow_record *r, int dir, struct mounts_process *ret, struct err *e)
{
	*ret = MOUNTS_PROCESS_INIT;
	if (!r->behaves)
		return 0;
	scoped_free struct broker *b = calloc(1, sizeof(*b));
	int bad = b ? behaviour_load(dir, &b->profile, e) : err_set(e, -ENOMEM, "out of memory");
	if (bad == 0 && mounts_are_told(&b->profile)) {
		bad = start(b, dir, ret);
		bad = bad < 0 ? err_sys(e, bad, "starting what makes the profile's mounts") : 0;
	}
	if (b)
		profile_done(&b->profile);
	return bad;
}

void mounts_end(struct mounts_process *p)
{
	close_keep_errno(p->line);
	while (p->pid > 0 && waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*p = MOUNTS_PROCESS_INIT;
}
