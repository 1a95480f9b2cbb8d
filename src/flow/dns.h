/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions for addresses and what comes back (RFC 1035, 3596, 6891), as bytes: no sockets here. Answers are from outside. Inside the
 * room only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
	DNS_NAME_MAX = 254,	/* with its last zero byte */
	DNS_QUERY_MAX = 300,	/* bytes */
	DNS_ANSWER_MAX = 1232,	/* that we ask for: what passes everywhere in one piece */
	DNS_ADDRESSES_MAX = 16, /* of one name; what is beyond is left out */
	DNS_TYPE_A = 1,
	DNS_TYPE_AAAA = 28
};

struct dns_answer {
	uint8_t addresses[DNS_ADDRESSES_MAX][16]; /* IPv4 behind ::ffff: */
	size_t count;
	uint32_t ttl_s; /* the shortest */
};

/* Writes the question for the addresses of TYPE of NAME ("db.example.com"); its length, or -EINVAL. */
int dns_query(const char *name, uint16_t id, unsigned type, uint8_t ret[DNS_QUERY_MAX]) must_check;

/*
 * Reads the answer to that question. 0, with a count of 0 when the name has no address of this type, or is not there; -EPROTO for bytes that
 * are no answer to it; -EAGAIN when the server could not tell.
 */
int dns_answer(const uint8_t *bytes, size_t len, const uint8_t *query, size_t query_len,
	       struct dns_answer *ret) must_check;
