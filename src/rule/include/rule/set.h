/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled rules: never changed after loading, so that any number of threads may judge by one set (rule/judge.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "rule/schema.h"

enum rule_priority {
	RULE_EMERGENCY,
	RULE_ALERT,
	RULE_CRITICAL,
	RULE_ERROR,
	RULE_WARNING,
	RULE_NOTICE,
	RULE_INFORMATIONAL,
	RULE_DEBUG,
};
/* "Critical" and so on. */
const char *rule_priority_name(enum rule_priority priority);
/* Any case, and "info"; -EINVAL. */
int rule_priority_parse(const char *text, enum rule_priority *ret) must_check;

struct rule_info {
	const char *name, *about, *output, *source;
	const char *file; /* where the rule begins */
	unsigned line, column;
	enum rule_priority priority;
	const char *const *tags; /* NULL-terminated */
	bool enabled;
};

struct rule_set;
void rule_set_free(struct rule_set *set); /* NULL-safe; no judge may use it any more */
DEFINE_SCOPED_PTR(rule_set)

/* Rules in the order of their first definition, also those that are switched off. */
size_t rule_set_count(const struct rule_set *set);
const struct rule_info *rule_set_info(const struct rule_set *set, size_t rule);
/* The rule called NAME, or -1. */
long rule_set_find(const struct rule_set *set, const char *name);

/* What sensors must deliver for the enabled rules: event types, and fields asked by conditions and outputs. */
bool rule_set_wants_event(const struct rule_set *set, unsigned event);
bool rule_set_wants_field(const struct rule_set *set, unsigned field);
/* The same for one rule, enabled or not. */
bool rule_wants_event(const struct rule_set *set, size_t rule, unsigned event);
bool rule_wants_field(const struct rule_set *set, size_t rule, unsigned field);

/* Appends the condition of a rule with macros and lists filled in, one test a line. Not while others use the set. */
int rule_explain(struct rule_set *set, size_t rule, struct buf *out);

/* Bytes that the set holds. */
size_t rule_set_bytes(const struct rule_set *set);
