/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message channel: sendmsg and recvmsg with one control message of descriptors, every length checked on arrival.
 */
#include "priv/channel.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD_VERSION 1

struct head {
	uint32_t version, type, len, fd_count;
};
_Static_assert(sizeof(struct head) == 16, "the head has no padding");

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * PRIV_FDS_MAX)];
};

void priv_message_done(struct priv_message *m)
{
	for (size_t i = 0; i < m->fd_count; i++)
		close_keep_errno(m->fds[i]);
	m->fd_count = 0;
}

int priv_channel_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int priv_send(int channel, uint32_t type, const void *body, size_t len, const int *fds, size_t fd_count)
{
	struct head head = {HEAD_VERSION, type, (uint32_t)len, (uint32_t)fd_count};
	struct iovec parts[2] = {{&head, sizeof(head)}, {(void *)body, len}};
	union control control;
	struct msghdr m = {.msg_iov = parts, .msg_iovlen = len ? 2 : 1};

	if (len > PRIV_BODY_MAX || fd_count > PRIV_FDS_MAX)
		return -EMSGSIZE;
	if (fd_count) {
		memset(&control, 0, sizeof(control));
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	while (sendmsg(channel, &m, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static void take_fds(struct msghdr *m, struct priv_message *to)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int *from = (int *)(void *)CMSG_DATA(c);
		for (size_t i = 0; i < count; i++) {
			if (to->fd_count < PRIV_FDS_MAX)
				to->fds[to->fd_count++] = from[i];
			else
				close(from[i]);
		}
	}
}

int priv_recv(int channel, struct priv_message *ret)
{
	struct head head;
	struct iovec parts[2] = {{&head, sizeof(head)}, {ret->body, sizeof(ret->body)}};
	union control control;
	struct msghdr m = {
		.msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t got;

	ret->fd_count = 0;
	do {
		got = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? 0 : -errno;
	take_fds(&m, ret);
	if (got == 0)
		return 0;
	bool fits = (size_t)got >= sizeof(head) && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
		    head.version == HEAD_VERSION && head.len == (size_t)got - sizeof(head) &&
		    head.fd_count == ret->fd_count;
	if (!fits) {
		priv_message_done(ret);
		return -EPROTO;
	}
	ret->type = head.type;
	ret->len = head.len;
	return 1;
}
