/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses of a name, asked of name servers by UDP. A resolver of our own: what the C library brings is loaded from files of the host, which a static
 * program does without. Names are absolute; no list of domains is tried. Inside the room only.
 */
#pragma once

#include <netinet/in.h>

#include "base/err.h"
#include "dns.h"

enum { RESOLVE_SERVERS_MAX = 3, RESOLVE_ADDRESSES_MAX = 2 * DNS_ADDRESSES_MAX };

struct resolve_servers {
	struct sockaddr_in6 at[RESOLVE_SERVERS_MAX]; /* IPv4 behind ::ffff: */
	size_t count;
};

struct resolved {
	uint8_t addresses[RESOLVE_ADDRESSES_MAX][16];
	size_t count;
	uint32_t ttl_s;
};

/* The "nameserver" lines of a resolv.conf(5); the loopback when there is none. */
void resolve_servers_read(const char *text, struct resolve_servers *ret);
/* Those of this host, now. */
void resolve_servers_load(struct resolve_servers *ret);

/* Blocks for at most 12 seconds. -EADDRNOTAVAIL: it has no address; -EAGAIN: no server could tell. With words. */
int resolve_name(const struct resolve_servers *servers, const char *name, struct resolved *ret,
		 struct err *e) must_check;
