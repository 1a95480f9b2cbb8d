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
/* Rough time of an expression. */
uint32_t program_cost(const struct rule_set *set, uint32_t expr);

/* Room for COUNT more of SIZE in a growing array. */
int program_grow(void *array, size_t *capacity, size_t count, size_t size) must_check;
