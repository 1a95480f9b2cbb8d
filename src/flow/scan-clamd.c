/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PING before an hour of reading, so that a wrong path is said at once.
 */
#include "scan-clamd.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

int scan_clamd_connect(const char *path, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval wait = {.tv_sec = SCAN_CLAMD_TIMEOUT_S};

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, -ENAMETOOLONG, "clamd: %s: a socket's path has at most %zu bytes", path,
			       sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	scoped_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(e, -errno, "clamd: %s", path);
	return take_fd(&fd);
}

int scan_clamd_check(const char *path, struct err *e)
{
	static const char ping[] = "zPING", pong[] = "PONG";
	char answer[sizeof(pong)] = "";
	size_t got = 0;
	ssize_t n = 1;
	scoped_fd int fd = scan_clamd_connect(path, e);

	if (fd < 0)
		return fd;
	if (send(fd, ping, sizeof(ping), MSG_NOSIGNAL) != (ssize_t)sizeof(ping))
		return err_sys(e, -errno, "clamd: %s", path);
	while (got < sizeof(answer) && n > 0) {
		n = recv(fd, answer + got, sizeof(answer) - got, 0);
		got += n > 0 ? (size_t)n : 0;
	}
	if (got != sizeof(pong) || memcmp(answer, pong, sizeof(pong)) != 0)
		return err_set(e, -EPROTO, "clamd: %s: what listens there does not answer as clamd does", path);
	return 0;
}
