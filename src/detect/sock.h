/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of the socket that an event is about. */
#pragma once

#include "look.h"

struct sock_end {
	uint8_t address[16];
	uint16_t port;
};

struct sock_ends {
	uint16_t family;
	uint16_t protocol; /* IPPROTO_... */
	bool is_server, connected, remote_known;
	uint64_t self, peer; /* name the kernel's sockets */
	struct sock_end local, remote, client, server;
	char path[110]; /* of a unix socket; "" when it has none */
};

/* False when the event is about no socket. */
bool sock_ends(const struct look *l, struct sock_ends *ret);

/* Where each unconnected socket last sent to; bounded, the oldest are overwritten. */
struct sock_cache {
	struct {
		uint64_t self;
		struct sock_end remote;
	} slots[4096];
};
/* Whether the other end is another than the last time. */
bool sock_cache_changed(struct sock_cache *cache, const struct sock_ends *ends);
