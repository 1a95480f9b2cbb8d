/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to things: a hash table in an arena. Neither names nor things are owned; nothing is ever taken out.
 */
#pragma once

#include "base/arena.h"
#include "rule/value.h"

struct name_slot {
	struct rule_str name;
	void *thing;
};

struct names {
	struct name_slot *slots;
	size_t count, capacity; /* capacity is a power of two */
};

static inline bool rule_str_eq(struct rule_str a, struct rule_str b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* The thing called NAME, or NULL. */
void *names_get(const struct names *n, struct rule_str name);
/* Adds a name that is not there yet. */
int names_add(struct arena *arena, struct names *n, struct rule_str name, void *thing) must_check;

/* A hash for short strings; good in its low bits. */
uint32_t rule_hash(const char *at, size_t len);
