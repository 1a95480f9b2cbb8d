/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of D-Bus as it takes to talk with systemd over a local socket: a connection, method calls, signals, values
 * written and read by hand. Little-endian, blocking, with a time limit on every read. Inside the room only.
 *
 * Source: D-Bus Specification, "Message Protocol" and "Authentication Protocol".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define BUS_MESSAGE_MAX (1u << 20)
#define BUS_TIMEOUT_S 25

enum bus_type { BUS_CALL = 1, BUS_REPLY, BUS_ERROR, BUS_SIGNAL };

/* A message as received. Strings and body are in the bytes it was decoded from. */
struct bus_message {
	enum bus_type type;
	uint32_t serial, reply_to;
	const char *interface, *member, *error, *signature; /* "" when absent */
	const uint8_t *body;
	size_t body_len;
};

/* Reads one whole message. -EBADMSG when it is none, or not little-endian. Pure. */
int bus_decode(const void *data, size_t len, struct bus_message *ret) must_check;
/* The length of the message whose first 16 bytes are at DATA; -EBADMSG, -EMSGSIZE past BUS_MESSAGE_MAX. */
int64_t bus_length(const void *data) must_check;

/* Values in the order they stand; a value that is not there sets BAD and gives 0 or "". */
struct bus_reader {
	const uint8_t *data;
	size_t len, at;
	bool bad;
};
uint32_t bus_get_u32(struct bus_reader *r);
const char *bus_get_str(struct bus_reader *r); /* also an object path */
const char *bus_get_signature(struct bus_reader *r);

/* Values appended to a body, each at its alignment. */
void bus_put_bool(struct buf *b, bool value);
void bus_put_u32(struct buf *b, uint32_t value);
void bus_put_u64(struct buf *b, uint64_t value);
void bus_put_str(struct buf *b, const char *value);
void bus_put_bytes(struct buf *b, const void *data, size_t len); /* "ay" */
void bus_put_signature(struct buf *b, const char *value);
void bus_align(struct buf *b, size_t to);
/* An array of items aligned to ALIGN is open from here until it is closed with what this returns. */
size_t bus_array_open(struct buf *b, size_t align);
void bus_array_close(struct buf *b, size_t mark, size_t align);

struct bus {
	int fd;
	uint32_t serial;
	bool brokered; /* a bus daemon is between: messages need a destination */
	struct buf in;
};
#define BUS_INIT ((struct bus){.fd = -1, .in = BUF_INIT(BUS_MESSAGE_MAX)})
void bus_done(struct bus *b);
DEFINE_SCOPED(bus)

/* Connects and authenticates as the caller; to a BROKERED one it also introduces itself. */
int bus_connect(struct bus *b, const char *socket_path, bool brokered, struct err *e) must_check;

struct bus_call {
	const char *destination, *path, *interface, *member, *signature;
	const struct buf *body;
};
/*
 * Calls and waits for the answer, which is in *ret until the next message. An answer that is an error is -EREMOTEIO
 * with its words; *ret then holds its name. Signals that come meanwhile go to SEEN (may be NULL).
 */
typedef void bus_signal_fn(const struct bus_message *m, void *data);
int bus_call(struct bus *b, const struct bus_call *c, bus_signal_fn *seen, void *data, struct bus_message *ret,
	     struct err *e) must_check;
/* The next message, whatever it is. */
int bus_next(struct bus *b, struct bus_message *ret, struct err *e) must_check;
