/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of D-Bus. Whoever is at the other end of the socket is trusted no further than the format goes: each
 * length is checked against what is there before anything is read.
 */
#include "bus.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/path.h"
#include "kern/socket.h"

#define HEADER_FIXED 16
#define FIELDS_MAX 65536u
#define LINE_MAX 256

enum field {
	FIELD_PATH = 1,
	FIELD_INTERFACE,
	FIELD_MEMBER,
	FIELD_ERROR,
	FIELD_REPLY,
	FIELD_DESTINATION,
	FIELD_SENDER,
	FIELD_SIGNATURE
};

static uint32_t load_u32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t up_to(size_t n, size_t align)
{
	return (n + align - 1) / align * align;
}

/* LEN bytes at the next multiple of ALIGN, or NULL. */
static const uint8_t *take(struct bus_reader *r, size_t align, size_t len)
{
	size_t at = up_to(r->at, align);

	if (r->bad || at > r->len || len > r->len - at) {
		r->bad = true;
		return NULL;
	}
	r->at = at + len;
	return r->data + at;
}

uint32_t bus_get_u32(struct bus_reader *r)
{
	const uint8_t *at = take(r, 4, 4);
	return at ? load_u32(at) : 0;
}

/* LEN bytes and the NUL that must follow them; none inside. */
static const char *take_text(struct bus_reader *r, size_t len)
{
	const uint8_t *at = take(r, 1, len + 1);

	if (!at || at[len] != '\0' || memchr(at, '\0', len)) {
		r->bad = true;
		return "";
	}
	return (const char *)at;
}

const char *bus_get_str(struct bus_reader *r)
{
	uint32_t len = bus_get_u32(r);
	return len > BUS_MESSAGE_MAX ? (r->bad = true, "") : take_text(r, len);
}

const char *bus_get_signature(struct bus_reader *r)
{
	const uint8_t *len = take(r, 1, 1);
	return len ? take_text(r, *len) : "";
}

int64_t bus_length(const void *data)
{
	const uint8_t *at = data;
	uint32_t body = load_u32(at + 4), fields = load_u32(at + 12);

	if (at[0] != 'l' || at[3] != 1)
		return -EBADMSG;
	if (fields > FIELDS_MAX || body > BUS_MESSAGE_MAX)
		return -EMSGSIZE;
	size_t length = up_to(HEADER_FIXED + fields, 8) + body;
	return length > BUS_MESSAGE_MAX ? -EMSGSIZE : (int64_t)length;
}

static void read_field(struct bus_reader *r, struct bus_message *m)
{
	const uint8_t *code = take(r, 8, 1);
	const char *type = bus_get_signature(r), *text = "";
	uint32_t number = 0;

	if (strcmp(type, "s") == 0 || strcmp(type, "o") == 0)
		text = bus_get_str(r);
	else if (strcmp(type, "g") == 0)
		text = bus_get_signature(r);
	else if (strcmp(type, "u") == 0)
		number = bus_get_u32(r);
	else
		r->bad = true; /* no field of this protocol has another type */
	switch (code ? *code : 0) {
	case FIELD_INTERFACE:
		m->interface = text;
		break;
	case FIELD_MEMBER:
		m->member = text;
		break;
	case FIELD_ERROR:
		m->error = text;
		break;
	case FIELD_REPLY:
		m->reply_to = number;
		break;
	case FIELD_SIGNATURE:
		m->signature = text;
		break;
	default:
		break;
	}
}

int bus_decode(const void *data, size_t len, struct bus_message *ret)
{
	const uint8_t *at = data;
	int64_t length = len < HEADER_FIXED ? -EBADMSG : bus_length(data);

	if (length < 0 || (size_t)length != len)
		return length < 0 ? (int)length : -EBADMSG;
	struct bus_message m = {
		.type = at[1], .serial = load_u32(at + 8), .interface = "", .member = "", .error = "", .signature = ""};
	struct bus_reader r = {.data = at, .len = HEADER_FIXED + load_u32(at + 12), .at = HEADER_FIXED};
	if (m.type < BUS_CALL || m.type > BUS_SIGNAL)
		return -EBADMSG;
	while (!r.bad && r.at < r.len)
		read_field(&r, &m);
	if (r.bad)
		return -EBADMSG;
	m.body = at + up_to(r.len, 8);
	m.body_len = load_u32(at + 4);
	*ret = m;
	return 0;
}

void bus_align(struct buf *b, size_t to)
{
	static const char zeros[8];
	buf_add(b, zeros, up_to(b->len, to) - b->len);
}

void bus_put_u32(struct buf *b, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};

	bus_align(b, 4);
	buf_add(b, bytes, sizeof(bytes));
}

void bus_put_u64(struct buf *b, uint64_t value)
{
	bus_align(b, 8);
	bus_put_u32(b, (uint32_t)value);
	bus_put_u32(b, (uint32_t)(value >> 32));
}

void bus_put_bool(struct buf *b, bool value)
{
	bus_put_u32(b, value);
}

void bus_put_str(struct buf *b, const char *value)
{
	bus_put_u32(b, (uint32_t)strlen(value));
	buf_add(b, value, strlen(value) + 1);
}

void bus_put_bytes(struct buf *b, const void *data, size_t len)
{
	bus_put_u32(b, (uint32_t)len);
	buf_add(b, data, len);
}

void bus_put_signature(struct buf *b, const char *value)
{
	buf_add_char(b, (char)strlen(value));
	buf_add(b, value, strlen(value) + 1);
}

size_t bus_array_open(struct buf *b, size_t align)
{
	bus_put_u32(b, 0);
	size_t mark = b->len;
	bus_align(b, align);
	return mark;
}

/* The length counts from the first item, behind the padding that its alignment asks for. */
void bus_array_close(struct buf *b, size_t mark, size_t align)
{
	if (buf_error(b))
		return;
	uint32_t len = (uint32_t)(b->len - up_to(mark, align));
	for (size_t i = 0; i < 4; i++)
		b->data[mark - 4 + i] = (char)(len >> 8 * i);
}

void bus_done(struct bus *b)
{
	close_keep_errno(b->fd);
	buf_done(&b->in);
	b->fd = -1;
}

/* As fd_write_all(), but an end of the other side is an error and no signal. */
static int send_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		at += sent;
		len -= (size_t)sent;
	}
	return 0;
}

/* One line of the handshake, without its end. */
static int hear(int fd, char line[LINE_MAX])
{
	size_t len = 0;

	while (len < 2 || line[len - 2] != '\r' || line[len - 1] != '\n') {
		if (len == LINE_MAX - 1)
			return -EMSGSIZE;
		int r = fd_read_all(fd, line + len, 1);
		if (r < 0)
			return r;
		len++;
	}
	line[len - 2] = '\0';
	return 0;
}

/*
 * EXTERNAL with no name of our own: the socket tells who we are, also out of a user namespace. All lines go at once and
 * the last answer is waited for: systemd leaves a message lying that arrives in one piece with BEGIN.
 */
static int authenticate(int fd)
{
	static const char lines[] = "\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";
	static const char *const answers[] = {"DATA", "OK ", "AGREE_UNIX_FD"};
	char line[LINE_MAX];
	int r = send_all(fd, lines, sizeof(lines) - 1);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(answers); i++) {
		r = hear(fd, line);
		if (r == 0 && strncmp(line, answers[i], strlen(answers[i])) != 0)
			r = -EACCES;
	}
	return r;
}

static void put_field(struct buf *b, enum field code, const char *type, const char *value)
{
	if (!value)
		return;
	bus_align(b, 8);
	buf_add_char(b, (char)code);
	bus_put_signature(b, type);
	if (*type == 'g')
		bus_put_signature(b, value);
	else
		bus_put_str(b, value);
}

static int send_call(struct bus *bus, const struct bus_call *c)
{
	SCOPED(buf) struct buf b = BUF_INIT(BUS_MESSAGE_MAX);
	static const char start[] = {'l', BUS_CALL, 0, 1};

	buf_add(&b, start, sizeof(start));
	bus_put_u32(&b, c->body ? (uint32_t)c->body->len : 0);
	bus_put_u32(&b, ++bus->serial);
	size_t fields = bus_array_open(&b, 8);
	put_field(&b, FIELD_PATH, "o", c->path);
	put_field(&b, FIELD_INTERFACE, "s", c->interface);
	put_field(&b, FIELD_MEMBER, "s", c->member);
	put_field(&b, FIELD_DESTINATION, "s", bus->brokered ? c->destination : NULL);
	put_field(&b, FIELD_SIGNATURE, "g", c->signature);
	bus_array_close(&b, fields, 8);
	bus_align(&b, 8);
	if (c->body) {
		if (buf_error(c->body))
			return buf_error(c->body);
		buf_add(&b, c->body->data, c->body->len);
	}
	return buf_error(&b) ? buf_error(&b) : send_all(bus->fd, b.data, b.len);
}

int bus_next(struct bus *b, struct bus_message *ret, struct err *e)
{
	uint8_t header[HEADER_FIXED];
	int r = fd_read_all(b->fd, header, sizeof(header));
	int64_t length = r < 0 ? r : bus_length(header);

	if (length >= 0) {
		buf_reset(&b->in);
		buf_add(&b->in, header, sizeof(header));
		size_t rest = (size_t)length - MIN_OF((size_t)length, sizeof(header));
		char *at = buf_reserve(&b->in, rest);
		r = at ? fd_read_all(b->fd, at, rest) : -ENOMEM;
		b->in.len += rest;
		if (r == 0)
			r = bus_decode(b->in.data, b->in.len, ret);
	} else {
		r = (int)length;
	}
	return r < 0 ? err_sys(e, r == -EAGAIN ? -ETIMEDOUT : r, "no message from systemd's bus") : 0;
}

int bus_call(struct bus *b, const struct bus_call *c, bus_signal_fn *seen, void *data, struct bus_message *ret,
	     struct err *e)
{
	int r = send_call(b, c);

	if (r < 0)
		return err_sys(e, r, "cannot call %s on systemd's bus", c->member);
	for (;;) {
		r = bus_next(b, ret, e);
		if (r < 0)
			return r;
		if (ret->type == BUS_SIGNAL && seen)
			seen(ret, data);
		if ((ret->type == BUS_REPLY || ret->type == BUS_ERROR) && ret->reply_to == b->serial)
			break;
	}
	if (ret->type == BUS_REPLY)
		return 0;
	struct bus_reader words = {.data = ret->body, .len = ret->body_len};
	return err_set(e, -EREMOTEIO, "%s: %s: %.300s", c->member, ret->error,
		       ret->signature[0] == 's' ? bus_get_str(&words) : "");
}

int bus_connect(struct bus *b, const char *socket_path, bool brokered, struct err *e)
{
	static const struct bus_call hello = {
		"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", NULL, NULL};
	const struct timeval limit = {.tv_sec = BUS_TIMEOUT_S};
	struct bus_message answer;

	b->brokered = brokered;
	b->fd = kern_socket_connect(socket_path);
	if (b->fd < 0)
		return err_sys(e, b->fd, "cannot connect to %s", socket_path);
	if (setsockopt(b->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(b->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_sys(e, -errno, "cannot limit the time of %s", socket_path);
	int r = authenticate(b->fd);
	if (r < 0)
		return err_sys(e, r, "%s does not accept us", socket_path);
	return brokered ? bus_call(b, &hello, NULL, NULL, &answer, e) : 0;
}
