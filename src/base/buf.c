/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a maximum and a sticky error.
 */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->capacity = 0;
}

char *buf_reserve(struct buf *b, size_t len)
{
	if (b->error)
		return NULL;
	if (len > b->max || b->len > b->max - len) {
		b->error = -EMSGSIZE;
		return NULL;
	}
	size_t need = b->len + len + 1;
	if (need > b->capacity) {
		size_t grown = b->capacity ? b->capacity * 2 : 64;
		if (grown < need)
			grown = need;
		if (grown > b->max + 1)
			grown = b->max + 1;
		char *data = realloc(b->data, grown);
		if (!data) {
			b->error = -ENOMEM;
			return NULL;
		}
		b->data = data;
		b->capacity = grown;
	}
	b->data[b->len + len] = '\0';
	return b->data + b->len;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	char *at = buf_reserve(b, len);
	if (!at)
		return b->error;
	if (len)
		memcpy(at, data, len);
	b->len += len;
	return 0;
}

int buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return b->error = -EINVAL;
	char *at = buf_reserve(b, (size_t)len);
	if (!at)
		return b->error;
	vsnprintf(at, (size_t)len + 1, fmt, ap);
	b->len += (size_t)len;
	return 0;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_take(struct buf *b)
{
	if (!b->data && !buf_reserve(b, 0))
		return NULL;
	char *data = b->data;
	*b = BUF_INIT(b->max);
	return data;
}
