/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of rules: compiled once, run with limits. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct secret_regex; /* one expression */

#define SECRET_GROUPS_MAX 16

struct secret_found {
	size_t begin[SECRET_GROUPS_MAX], end[SECRET_GROUPS_MAX]; /* of groups; both 0 for one that took no part */
	size_t count;
};

/* -EINVAL with words. */
int secret_regex_new(const char *pattern, struct secret_regex **ret, struct err *e) must_check;
void secret_regex_free(struct secret_regex *r);
/*
 * The first match in TEXT from FROM on. MIDDLE: the text goes on before it. 1 found, 0 not, -ELOOP gave up by the limit on
 * steps, -ENOMEM.
 */
int secret_regex_find(const struct secret_regex *r, const char *text, size_t len, size_t from, bool middle,
		      struct secret_found *ret) must_check;
