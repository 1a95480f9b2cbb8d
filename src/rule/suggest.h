/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": the known name nearest to a misspelt one.
 */
#pragma once

#include <stddef.h>

#include "rule/value.h"

#define SUGGEST_NAME_MAX 64 /* longer names get no suggestion */

struct suggestion {
	struct rule_str wanted;
	struct rule_str best; /* .at NULL while nothing is near */
	unsigned distance;
};

struct suggestion suggest_start(struct rule_str wanted);
void suggest_offer(struct suggestion *s, struct rule_str candidate);
/* "; did you mean 'x'?" in BUF, or "" when nothing is near. */
const char *suggest_words(const struct suggestion *s, char *buf, size_t size);
