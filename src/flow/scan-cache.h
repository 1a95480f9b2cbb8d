/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of layers by digest, below ROOT/scan. A cache: it may be lost, refused or full, and nothing fails by it. Inside
 * the room only.
 */
#pragma once

#include <stdint.h>

#define SCAN_CACHE_BYTES_MAX (512ull << 20)

/* The report on the layer DIGEST, read with FLAGS by this version; -1 when there is none. */
int scan_cache_open(const char *root, const char *digest, uint32_t flags);
/* Keeps what is in FD; the oldest go when there is more than SCAN_CACHE_BYTES_MAX. */
void scan_cache_keep(const char *root, const char *digest, uint32_t flags, int fd);
