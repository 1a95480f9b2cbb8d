/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name WAY NAME: goes to the unix socket NAME ("@x": in no folder) by one of the ways there are, and prints "done", or the name of the error.
 *
 * name listen PATH: takes whoever comes. name offer PATH: sends a fresh socket to whoever comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROUNDS = 20000 };

static struct sockaddr_un to;
static socklen_t length;

static int end(long r)
{
	printf("%s\n", r >= 0 ? "done" : strerrorname_np(errno));
	return 0;
}

static void set_name(const char *name)
{
	to = (struct sockaddr_un){.sun_family = AF_UNIX};
	size_t len = strnlen(name, sizeof(to.sun_path));
	memcpy(to.sun_path, name, len);
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
}

static int plain(int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	return end(fd < 0 ? fd : connect(fd, (struct sockaddr *)&to, length));
}

static int stream(const char *name)
{
	return plain(SOCK_STREAM);
}

static int datagram(const char *name)
{
	return plain(SOCK_DGRAM);
}

static int sends(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	return end(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, length));
}

static int sends_many(const char *name)
{
	struct iovec part = {"x", 1};
	struct mmsghdr m = {.msg_hdr = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1}};
	return end(sendmmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &m, 1, 0));
}

static int ring(const char *name)
{
	struct io_uring_params p = {0};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), uring = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (fd < 0 || uring < 0)
		return end(-1);
	char *queue = mmap(NULL, p.sq_off.array + 16, PROT_READ | PROT_WRITE, MAP_SHARED, uring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *request =
		mmap(NULL, sizeof(*request), PROT_READ | PROT_WRITE, MAP_SHARED, uring, IORING_OFF_SQES);
	char *answers = mmap(NULL, p.cq_off.cqes + 8 * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			     uring, IORING_OFF_CQ_RING);
	*request = (struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&to, .off = length};
	__atomic_store_n((unsigned *)(queue + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, uring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return end(-1);
	int r = ((struct io_uring_cqe *)(answers + p.cq_off.cqes))->res;
	errno = -r;
	return end(r < 0 ? -1 : 0);
}

/* The name changes between the one that is allowed and this one while the call reads it. */
static struct sockaddr_un other;

static void *change(void *unused)
{
	for (;;) {
		memcpy(to.sun_path, "/srv/allowed", 13);
		__asm__ volatile("" ::: "memory");
		memcpy(to.sun_path, other.sun_path, 13);
		__asm__ volatile("" ::: "memory");
	}
	return NULL;
}

static int race(const char *name)
{
	pthread_t thread;
	other = to;
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 13);
	pthread_create(&thread, NULL, change, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		struct sockaddr_un peer = {0};
		socklen_t size = sizeof(peer);
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&to, length) == 0 &&
		    getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && strstr(peer.sun_path, "other"))
			return printf("done\n") < 0;
		close(fd);
	}
	printf("EPERM\n");
	return 0;
}

static int in_folder(const char *name)
{
	const char *slash = strrchr(name, '/');
	char folder[108];
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - name), name);
	if (chdir(folder) < 0)
		return end(-1);
	set_name(slash + 1);
	return plain(SOCK_STREAM);
}

static int by_link(const char *name)
{
	unlink("/tmp/link");
	if (symlink(name, "/tmp/link") < 0)
		return end(-1);
	set_name("/tmp/link");
	return plain(SOCK_STREAM);
}

static int by_descriptor(const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", open(name, O_PATH));
	set_name(path);
	return plain(SOCK_STREAM);
}

static int jail(const char *name)
{
	if (chroot("/srv/jail") < 0)
		return printf("chroot: %s\n", strerrorname_np(errno)) < 0;
	return plain(SOCK_STREAM);
}

/* ---- sockets of somebody else's ---- */

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int opened(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0 || chmod(name, 0777) < 0 || listen(fd, 100) < 0 ? -1
														: fd;
}

static int listens(const char *name)
{
	for (int fd = opened(name), with; fd >= 0 && (with = accept(fd, NULL, NULL)) >= 0;)
		close(with);
	return 1;
}

static int offers(const char *name)
{
	char byte = 'x';
	struct iovec part = {&byte, 1};
	union control control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(accept(opened(name), NULL, NULL), &m, 0) < 0;
}

static int taken(const char *name)
{
	char byte;
	struct iovec part = {&byte, 1};
	union control control;
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int from = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	set_name("/srv/many/gift.sock");
	if (connect(from, (struct sockaddr *)&to, length) < 0 || recvmsg(from, &m, 0) <= 0)
		return printf("gift: %s\n", strerrorname_np(errno)) < 0;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	set_name(name);
	return end(connect(fd, (struct sockaddr *)&to, length));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*go)(const char *name);
	} ways[] = {{"stream", stream},
		    {"datagram", datagram},
		    {"send", sends},
		    {"send-many", sends_many},
		    {"io_uring", ring},
		    {"race", race},
		    {"in-folder", in_folder},
		    {"by-link", by_link},
		    {"by-descriptor", by_descriptor},
		    {"jail", jail},
		    {"listen", listens},
		    {"offer", offers},
		    {"taken", taken}};
	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0) {
			set_name(argv[2]);
			return ways[i].go(argv[2]);
		}
	fprintf(stderr, "usage: name WAY NAME\n");
	return 2;
}
