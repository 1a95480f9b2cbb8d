/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that dies together, handed out from blocks that grow with use.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ARENA_BLOCK_MIN 4000

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	alignas(max_align_t) unsigned char data[];
};

void arena_done(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *older = a->blocks->older;
		free(a->blocks);
		a->blocks = older;
	}
	a->used_bytes = 0;
}

static struct arena_block *new_block(struct arena *a, size_t size)
{
	size_t room = size > ARENA_BLOCK_MIN ? size : ARENA_BLOCK_MIN;
	struct arena_block *block = malloc(sizeof(*block) + room);

	if (!block)
		return NULL;
	*block = (struct arena_block){.older = a->blocks, .size = room};
	a->blocks = block;
	return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > a->max_bytes || a->used_bytes > a->max_bytes - size) {
		a->failed = true;
		return NULL;
	}
	size_t rounded = (size + align - 1) & ~(align - 1);
	struct arena_block *block = a->blocks;
	if (!block || block->size - block->used < rounded)
		block = new_block(a, rounded);
	if (!block) {
		a->failed = true;
		return NULL;
	}
	void *p = block->data + block->used;
	block->used += rounded;
	a->used_bytes += rounded;
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		a->failed = true;
		return NULL;
	}
	return arena_alloc(a, total);
}

char *arena_strn(struct arena *a, const char *s, size_t len)
{
	char *copy = len == SIZE_MAX ? NULL : arena_alloc(a, len + 1);
	return copy ? memcpy(copy, s, len) : NULL;
}

char *arena_str(struct arena *a, const char *s)
{
	return s ? arena_strn(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	int len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		a->failed = true;
		return NULL;
	}
	char *copy = arena_strn(a, text, (size_t)len);
	free(text);
	return copy;
}
