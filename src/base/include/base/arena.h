/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that dies together. Allocation never fails half-way into a caller's structure: out of memory or past the
 * maximum returns NULL and stays on record, so a decoder may check once at its end (arena_failed).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct arena_block;
struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used_bytes;
	size_t max_bytes;
	bool failed;
};

#define ARENA_INIT(max) ((struct arena){.max_bytes = (max)})

void arena_done(struct arena *a);
DEFINE_SCOPED(arena)

/* Zeroed, aligned for any object; NULL when out of memory or past the maximum. */
void *arena_alloc(struct arena *a, size_t size);
/* COUNT objects of SIZE, overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size);
char *arena_str(struct arena *a, const char *s);
char *arena_strn(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) printf_like(2, 3);

static inline bool arena_failed(const struct arena *a)
{
	return a->failed;
}

#define ARENA_NEW(a, type) ((type *)arena_alloc(a, sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array(a, count, sizeof(type)))
