/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions in time linear in the text, whatever the pattern: POSIX extended syntax without backreferences,
 * judged by following all alternatives at once. A pattern always stands for the whole text.
 */
#pragma once

#include "base/arena.h"
#include "rule/value.h"

#define REGEX_STEPS_MAX 2000 /* of the compiled pattern: a match takes at most this many steps for each character */
#define REGEX_DEPTH_MAX 50
#define REGEX_REPEAT_MAX 1000

struct regex;

/* Returns 0; -EINVAL with what is wrong in *RET_WHAT and where in *RET_AT; -ENOMEM. */
int regex_compile(struct arena *arena, struct rule_str pattern, struct regex **ret, const char **ret_what,
		  size_t *ret_at) must_check;
bool regex_matches(const struct regex *re, const char *text, size_t len);
