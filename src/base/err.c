/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an error. Formatting happens into a fixed array on the caller's stack, so that reporting a failure
 * cannot itself fail, not even when memory has run out.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
		e->code = code;
	}
	return code;
}

/* Puts PREFIX and ": " in front of the text, cutting the text's end where the room is short. */
static void put_in_front(struct err *e, const char *prefix)
{
	char rest[ERR_TEXT_MAX];
	size_t used;

	memcpy(rest, e->text, sizeof(rest));
	used = (size_t)snprintf(e->text, sizeof(e->text), "%s: ", prefix);
	if (used < sizeof(e->text)) {
		size_t len = strnlen(rest, sizeof(e->text) - used - 1);
		memcpy(e->text + used, rest, len);
		e->text[used + len] = '\0';
	}
}

/* Puts the formatted words in front of what E says, or of the system's words for CODE when KEEP is false. */
__attribute__((format(printf, 4, 0))) static void explain(struct err *e, int code, bool keep, const char *fmt,
							  va_list ap)
{
	char prefix[ERR_TEXT_MAX];

	vsnprintf(prefix, sizeof(prefix), fmt, ap);
	if (!keep)
		snprintf(e->text, sizeof(e->text), "%s", strerror(code < 0 ? -code : code));
	put_in_front(e, prefix);
	e->code = code;
}

int err_wrap(struct err *e, int code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		explain(e, code, e->code != 0, fmt, ap);
		va_end(ap);
	}
	return code;
}

int err_sys(struct err *e, int code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		explain(e, code, false, fmt, ap);
		va_end(ap);
	}
	return code;
}

const char *err_text(const struct err *e)
{
	if (e->text[0])
		return e->text;
	return strerror(e->code < 0 ? -e->code : e->code);
}
