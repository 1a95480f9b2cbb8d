/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a named maximum. The content is always followed by a NUL that is not counted, so that
 * it can be used as a C string. Running out of memory or past the maximum is an error like any other, and sticky:
 * appends after it do nothing, so a long run of appends needs one check at its end (buf_error).
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

struct buf {
	char *data;	 /* owned; NULL while empty */
	size_t len;	 /* bytes of content */
	size_t capacity; /* bytes allocated */
	size_t max;	 /* most bytes of content ever */
	int error;	 /* 0, -ENOMEM or -EMSGSIZE, sticky */
};

#define BUF_INIT(max_bytes) ((struct buf){.max = (max_bytes)})

void buf_done(struct buf *b);
DEFINE_SCOPED(buf)

/* Append; return 0 or the sticky error. */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) printf_like(2, 3);
int buf_vprintf(struct buf *b, const char *fmt, va_list ap) printf_like(2, 0);

/* Room for LEN more bytes, to be filled by the caller, who then adds to b->len. NULL with the error set on failure. */
char *buf_reserve(struct buf *b, size_t len);

/* Empties the content, keeps the memory, clears the error. */
void buf_reset(struct buf *b);

/* 0, or what went wrong since the start. */
static inline int buf_error(const struct buf *b)
{
	return b->error;
}

/* The content as a C string, "" while empty. Valid until the next append. */
static inline const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

/* Gives the content away as a malloc'ed string (never NULL unless out of memory); the buffer is empty after. */
char *buf_take(struct buf *b) must_check;
