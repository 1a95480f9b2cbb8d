/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an error, for the person who must act on it. A plain value on the caller's stack, passed as the last
 * parameter where a failure needs words; NULL is allowed everywhere and means "the number is enough".
 *
 * A message says what failed, where, and what to do; err_wrap() puts the outer context in front, so that the text
 * reads from the outside in: "cannot start web: config.json: linux.resources.memory.limit: expected a whole number".
 */
#pragma once

#include "base/cleanup.h"

#define ERR_TEXT_MAX 1024

struct err {
	int code; /* the number the failing function returned; 0 while nothing failed */
	char text[ERR_TEXT_MAX];
};

/* Stores CODE and the formatted words, and returns CODE, so that a failure is one statement. Long texts are cut. */
int err_set(struct err *e, int code, const char *fmt, ...) printf_like(3, 4);

/* Puts the formatted words and ": " before what E already says, stores CODE, and returns it. */
int err_wrap(struct err *e, int code, const char *fmt, ...) printf_like(3, 4);

/* Like err_set(), with ": " and the system's words for -CODE behind; CODE is negative, as from -errno. */
int err_sys(struct err *e, int code, const char *fmt, ...) printf_like(3, 4);

/* The words, or the system's words for the number where none were set. Valid as long as E. */
const char *err_text(const struct err *e);
