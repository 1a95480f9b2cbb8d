/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small questions about C strings, and numbers read from them without surprises (no signs, spaces, or overflow).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

static inline bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline bool str_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *s, const char *suffix);

/* Whole string as an unsigned decimal number; -EINVAL when it is anything else, -ERANGE over MAX. */
int str_to_u64(const char *s, uint64_t max, uint64_t *ret_value) must_check;
/* The same with an optional leading minus. */
int str_to_i64(const char *s, int64_t *ret_value) must_check;
/* Octal, as in file modes; -EINVAL or -ERANGE over MAX. */
int str_to_mode(const char *s, unsigned max, unsigned *ret_value) must_check;
/* Bytes as docker writes them: 64, 512k, 20m, 1g, with an optional b or ib; powers of 1024. */
int str_to_size(const char *s, uint64_t *ret_bytes) must_check;

/* Makes "?" of control characters, those of C1 and of direction too: text from outside that a terminal is shown in one line. */
void str_plain(char *s, size_t length);

/* malloc'ed printf; NULL when out of memory. */
char *str_printf(const char *fmt, ...) printf_like(1, 2) must_check;
/* malloc'ed copy, NULL for NULL. */
char *str_dup(const char *s) must_check;

/*
 * A NULL-terminated vector of owned strings. It owns everything in it; v->items can be given to execve(). The most
 * items it takes is STRV_MAX, beyond which -E2BIG is returned.
 */
#define STRV_MAX 65536
struct strv {
	char **items; /* NULL while empty */
	size_t count;
	size_t capacity;
};

void strv_done(struct strv *v);
DEFINE_SCOPED(strv)
int strv_add(struct strv *v, const char *s) must_check;
/* Takes S, also on failure; NULL (a failed allocation by the caller) is -ENOMEM. */
int strv_take(struct strv *v, char *s) must_check;
bool strv_has(const struct strv *v, const char *s);
/* Splits at each SEP; empty parts are kept. */
int strv_split(struct strv *v, const char *s, char sep) must_check;
