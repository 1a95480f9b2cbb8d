/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between program.c, which splits events into classes, and program-block.c, which lays out one class.
 */
#pragma once

#include "compiled.h"

/* A pattern with what is left of its condition: expressions that must all hold. */
struct program_item {
	uint32_t pattern;
	uint32_t *left;
	uint32_t count;
};

/* The block that judges the items. ITEMS and their .left are changed. */
int program_block(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret) must_check;
/* A key that leads to a block. */
struct program_key {
	struct rule_str text;
	bool prefix;
	uint32_t block;
};

struct program_keys {
	struct program_key *at;
	size_t count, capacity;
};

/* The slot out of whose values only a known few can make E hold, or NO_SLOT. */
uint32_t program_key_slot(const struct rule_set *set, uint32_t e);
/* Adds those values, each leading to BLOCK. */
int program_collect_keys(const struct rule_set *set, uint32_t e, uint32_t slot, uint32_t block,
			 struct program_keys *keys) must_check;
/* Lengths of beginnings are tried one after the other, so that there may not be many. */
bool program_too_many_keys(const struct program_keys *keys);
/* The tables for the keys, which are sorted. */
int program_fill_lookup(struct rule_set *set, struct lookup *l, struct program_keys *keys) must_check;

/* Rough time of an expression. */
uint32_t program_cost(const struct rule_set *set, uint32_t expr);

/* Room for COUNT more of SIZE in a growing array. */
int program_grow(void *array, size_t *capacity, size_t count, size_t size) must_check;
