/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach WAY ADDRESS PORT: goes to an address by one of the ways there are, and prints "done", or the name of the error. Nobody has to listen
 * there: what was let through is refused by nobody but the other end, and counts as done.
 *
 * reach offer PATH: sends a fresh TCP socket to whoever connects to the unix socket PATH, once.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
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

enum { MPTCP = 262, SCTP = 132, ROUNDS = 20000 };

static union {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
} to, other;
static socklen_t length;

static int end(long r)
{
	if (r >= 0 || errno == ECONNREFUSED || errno == EINPROGRESS || errno == EPIPE)
		printf("done\n");
	else
		printf("%s\n", strerrorname_np(errno));
	return 0;
}

static void set_address(const char *text, int port)
{
	if (strchr(text, ':')) {
		to.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
		inet_pton(AF_INET6, text, &to.v6.sin6_addr);
		length = sizeof(to.v6);
	} else {
		to.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
		inet_pton(AF_INET, text, &to.v4.sin_addr);
		length = sizeof(to.v4);
	}
}

static int open_socket(int type, int protocol)
{
	return socket(to.any.sa_family, type | SOCK_CLOEXEC, protocol);
}

static int plain(int type, int protocol)
{
	int fd = open_socket(type, protocol);
	return end(fd < 0 ? fd : connect(fd, &to.any, length));
}

static int tcp(void)
{
	return plain(SOCK_STREAM, 0);
}

static int udp(void)
{
	return plain(SOCK_DGRAM, 0);
}

static int mptcp(void)
{
	return plain(SOCK_STREAM, MPTCP);
}

static int sctp(void)
{
	return plain(SOCK_STREAM, SCTP);
}

static int raw(void)
{
	return plain(SOCK_RAW, IPPROTO_UDP);
}

static int datagram(void)
{
	int fd = open_socket(SOCK_DGRAM, 0);
	return end(fd < 0 ? fd : sendto(fd, "x", 1, 0, &to.any, length));
}

static int many(void)
{
	struct iovec part = {"x", 1};
	struct mmsghdr m = {.msg_hdr = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1}};
	int fd = open_socket(SOCK_DGRAM, 0);
	return end(fd < 0 ? fd : sendmmsg(fd, &m, 1, 0));
}

static int fast_open(void)
{
	int fd = open_socket(SOCK_STREAM, 0);
	return end(fd < 0 ? fd : sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, &to.any, length));
}

static int ring(void)
{
	struct io_uring_params p = {0};
	int fd = open_socket(SOCK_STREAM, 0), uring = (int)syscall(SYS_io_uring_setup, 4, &p);
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

/* The address changes between two that differ in the port while the call reads it: the one that is checked must be the one that is used. */
static void *change(void *unused)
{
	for (;;) {
		__atomic_store_n(&to.v4.sin_port, htons(8080), __ATOMIC_RELAXED);
		__atomic_store_n(&to.v4.sin_port, other.v4.sin_port, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int race(void)
{
	pthread_t thread;
	other = to;
	pthread_create(&thread, NULL, change, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		struct sockaddr_in peer;
		socklen_t size = sizeof(peer);
		int fd = open_socket(SOCK_DGRAM, 0);
		if (connect(fd, &to.any, length) == 0 && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 &&
		    peer.sin_port == other.v4.sin_port)
			return printf("done\n") < 0;
		close(fd);
	}
	printf("EPERM\n");
	return 0;
}

static int listens(void)
{
	int fd = open_socket(SOCK_STREAM, 0);
	return end(fd < 0 ? fd : bind(fd, &to.any, length));
}

static int receives(void)
{
	int fd = open_socket(SOCK_DGRAM, 0);
	return end(fd < 0 ? fd : bind(fd, &to.any, length));
}

/* ---- a socket of somebody else's ---- */

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static struct sockaddr_un unix_name(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	return name;
}

static int offer(const char *path)
{
	struct sockaddr_un name = unix_name(path);
	char byte = 'x';
	struct iovec part = {&byte, 1};
	union control control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&name, sizeof(name)) < 0 || chmod(path, 0777) < 0 ||
	    listen(listener, 1) < 0)
		return end(-1);
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(accept(listener, NULL, NULL), &m, 0) < 0;
}

static int taken(void)
{
	struct sockaddr_un name = unix_name(getenv("OFFER"));
	char byte;
	struct iovec part = {&byte, 1};
	union control control;
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int from = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	if (connect(from, (struct sockaddr *)&name, sizeof(name)) < 0 || recvmsg(from, &m, 0) <= 0)
		return end(-1);
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return end(connect(fd, &to.any, length));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*go)(void);
	} ways[] = {{"tcp", tcp},	  {"udp", udp},	      {"mptcp", mptcp},	   {"sctp", sctp},
		    {"raw", raw},	  {"send", datagram}, {"send-many", many}, {"fast-open", fast_open},
		    {"io_uring", ring},	  {"race", race},     {"taken", taken},	   {"listen", listens},
		    {"receive", receives}};
	if (argc == 3 && strcmp(argv[1], "offer") == 0)
		return offer(argv[2]);
	for (size_t i = 0; argc == 4 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0) {
			set_address(argv[2], (int)strtol(argv[3], NULL, 10));
			return ways[i].go();
		}
	fprintf(stderr, "usage: reach WAY ADDRESS PORT, or reach offer PATH\n");
	return 2;
}
