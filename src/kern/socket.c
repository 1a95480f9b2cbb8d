/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local sockets.
 */
#include "kern/socket.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/path.h"

#define SEND_FDS_MAX 8

static int address_at(int dirfd, const char *name, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	int len = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", fd_path_of(dirfd).text, name);
	return (size_t)len >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

int kern_socket_listen_at(int dirfd, const char *name)
{
	struct sockaddr_un address;
	int r = address_at(dirfd, name, &address);
	if (r < 0)
		return r;
	scoped_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0)
		return -errno;
	return take_fd(&fd);
}

int kern_socket_connect_at(int dirfd, const char *name)
{
	struct sockaddr_un address;
	int r = address_at(dirfd, name, &address);
	if (r < 0)
		return r;
	/* A listener that is frozen or busy must not hold us: its full queue is -EAGAIN. */
	scoped_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (fcntl(fd, F_SETFL, 0) < 0)
		return -errno;
	return take_fd(&fd);
}

int kern_socket_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	scoped_fd int at = open(path, O_PATH | O_CLOEXEC);
	if (at < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fd_path_of(at).text);
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

int kern_socket_send_fds(int socket, const void *data, size_t len, const int *fds, size_t count)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * SEND_FDS_MAX)];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > SEND_FDS_MAX)
		return -E2BIG;
	if (count) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
	}
	ssize_t sent = sendmsg(socket, &msg, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == len ? 0 : -EMSGSIZE;
}
