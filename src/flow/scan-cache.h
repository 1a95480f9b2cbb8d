/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of layers by digest, below ROOT/scan. A cache: it may be lost, refused or full, and nothing fails by it. Inside
 * the room only.
 */
#pragma once

#include <stdint.h>

#define SCAN_CACHE_BYTES_MAX (512ull << 20)

/* What a report is about and was made with, besides this version. */
struct scan_cache_key {
	const char *layer; /* its digest */
	const char *rules; /* the digest of rules and lists that others wrote; "" for none */
	uint32_t flags;
};

/* The report; -1 when there is none. */
int scan_cache_open(const char *root, const struct scan_cache_key *key);
/* Keeps what is in FD; the oldest go when there is more than SCAN_CACHE_BYTES_MAX. */
void scan_cache_keep(const char *root, const struct scan_cache_key *key, int fd);
