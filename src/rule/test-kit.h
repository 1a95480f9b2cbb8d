/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests: a small schema, events written as "proc.name=cat fd.num=3", and rules loaded from text.
 */
#pragma once

#include "rule/judge.h"
#include "rule/load.h"

extern const struct rule_schema kit_schema;

/* An event: the values of the fields it has, as text. "a|b" is a list; ~ is a space. */
struct kit_event {
	const char *text;
};
int kit_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out);

/* Loads; fails the test when there are errors. */
struct rule_set *kit_load(const char *text);
/* The problems of loading TEXT as lines "file:line:column: words\n", in a static buffer. */
const char *kit_problems(const char *text);
/* Loads one rule with the condition; whether the event matches it. */
bool kit_matches(const char *condition, const char *event);
/* The words of the first problem that a condition has, or "". */
const char *kit_condition_problem(const char *condition);
