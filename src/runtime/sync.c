/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between the runtime process and the container's: a type, a code, and words, one packet each.
 */
#include <string.h>
#include <sys/socket.h>

#include "launch.h"

struct packet {
	int32_t type, code;
	char text[ERR_TEXT_MAX];
};

int sync_send(int fd, enum sync_type type, const struct err *e)
{
	struct packet p = {.type = type};

	if (e) {
		p.code = e->code;
		memcpy(p.text, e->text, sizeof(p.text));
		p.text[sizeof(p.text) - 1] = '\0';
	}
	size_t len = offsetof(struct packet, text) + strlen(p.text) + 1;
	return send(fd, &p, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int sync_receive(int fd, enum sync_type *ret_type, struct err *e)
{
	struct packet p;
	ssize_t len;

	do {
		len = recv(fd, &p, sizeof(p), 0);
	} while (len < 0 && errno == EINTR);
	*ret_type = 0;
	if (len < 0 && errno != ECONNRESET)
		return err_sys(e, -errno, "cannot receive from the other side of the container start");
	if (len <= 0)
		return 0;
	if ((size_t)len <= offsetof(struct packet, text) || p.type < SYNC_GO || p.type > SYNC_ERROR)
		return err_set(e, -EBADMSG, "unexpected message during the container start");
	((char *)&p)[len - 1] = '\0';
	*ret_type = (enum sync_type)p.type;
	if (p.type != SYNC_ERROR)
		return 0;
	return err_set(e, p.code < 0 ? p.code : -EIO, "%s", p.text);
}

int sync_expect(int fd, enum sync_type type, struct err *e)
{
	enum sync_type got = 0;
	int r = sync_receive(fd, &got, e);

	if (r == 0 && got == 0)
		return err_set(e, -ECONNRESET, "the other side of the container start ended");
	if (r == 0 && got != type)
		return err_set(e, -EBADMSG, "unexpected message during the container start");
	return r;
}
