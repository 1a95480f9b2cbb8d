/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session stays open from file to file; clamd ends it when nothing comes for a while, or when a content is larger than
 * it takes. A worker may not be killed by writing to what is gone, so everything is sent by sendmsg(2).
 */
#include "clamd.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define CHUNK (256u << 10)

/* ---- its answers ---- */

static bool ends(const char *text, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && memcmp(text + len - n, tail, n) == 0;
}

static void take_name(struct clamd_answer *a, const char *text, size_t len)
{
	snprintf(a->name, sizeof(a->name), "%.*s", (int)MIN_OF(len, sizeof(a->name) - 1), text);
	str_plain(a->name, strlen(a->name));
}

int clamd_answer_read(const char *text, size_t len, unsigned id, struct clamd_answer *ret)
{
	static const char stream[] = "stream: ", found[] = " FOUND";
	struct clamd_answer a = {.verdict = CLAMD_ERROR};
	char number[16];
	size_t n = (size_t)snprintf(number, sizeof(number), "%u: ", id);

	if (!len || len > CLAMD_ANSWER_MAX || memchr(text, '\0', len))
		return -EPROTO;
	if (isdigit((unsigned char)*text)) {
		if (len < n || memcmp(text, number, n) != 0)
			return -EPROTO; /* to another question */
		text += n;
		len -= n;
	}
	n = strlen(stream);
	if (len > n && memcmp(text, stream, n) == 0) {
		text += n;
		len -= n;
		if (len == 2 && memcmp(text, "OK", 2) == 0) {
			a.verdict = CLAMD_CLEAN;
		} else if (len > strlen(found) && ends(text, len, found)) {
			take_name(&a, text, len - strlen(found));
			a.verdict = str_starts_with(a.name, "Heuristics.Limits.Exceeded") ? CLAMD_LIMIT : CLAMD_FOUND;
		}
	}
	if (a.verdict == CLAMD_ERROR) {
		take_name(&a, text, len);
		if (strstr(a.name, "size limit exceeded"))
			a.verdict = CLAMD_TOO_LARGE;
	}
	*ret = a;
	return 0;
}

/* ---- asking ---- */

void clamd_done(struct clamd *c)
{
	close_keep_errno(c->fd);
	c->fd = -1;
}

static int send_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len) {
		struct iovec part = {(void *)at, len};
		struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
		ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN ? -ETIMEDOUT : n < 0 ? -errno : -EPIPE;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_content(int fd, const uint8_t *data, size_t len)
{
	static const char command[] = "zINSTREAM";
	int r = send_all(fd, command, sizeof(command));

	for (size_t at = 0; r == 0 && at <= len;) {
		/* The last one is empty. */
		uint32_t n = (uint32_t)MIN_OF(len - at, (size_t)CHUNK);
		const uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
		r = send_all(fd, head, sizeof(head));
		if (r == 0 && n)
			r = send_all(fd, data + at, n);
		at += n ? n : len + 1;
	}
	return r;
}

/* Up to the NUL that ends an answer; there is one answer at a time. */
static int receive(int fd, char *text, size_t room, size_t *ret_len)
{
	size_t len = 0;

	while (len < room) {
		ssize_t n = read(fd, text + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? -EPIPE : errno == EAGAIN ? -ETIMEDOUT : -errno;
		len += (size_t)n;
		if (memchr(text, '\0', len)) {
			*ret_len = strlen(text);
			return *ret_len + 1 == len ? 0 : -EPROTO;
		}
	}
	return -EPROTO;
}

static int ask_once(struct clamd *c, const uint8_t *data, size_t len, struct clamd_answer *ret)
{
	static const char session[] = "zIDSESSION";
	char text[CLAMD_ANSWER_MAX + 1];
	size_t text_len = 0;
	int r = c->id ? 0 : send_all(c->fd, session, sizeof(session));

	c->id++;
	if (r == 0)
		r = send_content(c->fd, data, len);
	/* Before it hangs up it says why. */
	int got = r == -ETIMEDOUT ? r : receive(c->fd, text, sizeof(text), &text_len);
	if (got < 0)
		return r < 0 ? r : got;
	return clamd_answer_read(text, text_len, c->id, ret);
}

/* A connection, unless there is one. */
static int ready(struct clamd *c, struct err *e)
{
	if (c->fd >= 0)
		return 0;
	int fd = c->connect(c->data, e);
	if (fd < 0)
		return fd;
	c->fd = fd;
	c->id = 0;
	return 0;
}

static bool hung_up(int r)
{
	return r == -EPIPE || r == -ECONNRESET;
}

int clamd_ask(struct clamd *c, const uint8_t *data, size_t len, struct clamd_answer *ret, struct err *e)
{
	bool old = c->fd >= 0;
	int r = ready(c, e);

	if (r == 0)
		r = ask_once(c, data, len, ret);
	if (old && hung_up(r)) {
		clamd_done(c);
		r = ready(c, e);
		if (r == 0)
			r = ask_once(c, data, len, ret);
	}
	if (r < 0) {
		if (!e || !e->code)
			err_sys(e, r, "clamd");
		clamd_done(c);
		c->gone = true;
		return r;
	}
	/* It ends the connection after what it calls an error. */
	if (ret->verdict == CLAMD_TOO_LARGE || ret->verdict == CLAMD_ERROR)
		clamd_done(c);
	if (ret->verdict == CLAMD_TOO_LARGE)
		c->refused_size = c->refused_size ? MIN_OF(c->refused_size, (uint64_t)len) : len;
	return 0;
}
