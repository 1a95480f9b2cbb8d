/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as a graph of and, or, and possibly negated tests, in which equal parts exist once: whatever two rules or
 * a macro used twice share is judged once. Since an absent field makes a test false and not makes it true, this is plain
 * boolean algebra, and negation can be pushed down to the tests.
 */
#pragma once

#include "base/arena.h"
#include "rule/value.h"

#define EXPR_FALSE 0u
#define EXPR_TRUE 1u
#define EXPR_NONE UINT32_MAX
#define EXPRS_MAX 4000000
#define EXPR_DEPTH_MAX 200

enum expr_kind { EXPR_CONST, EXPR_TEST, EXPR_AND, EXPR_OR };

struct expr {
	uint8_t kind;
	bool negated; /* TEST */
	uint16_t depth;
	uint32_t test;	/* TEST: number of the predicate */
	uint32_t count; /* AND, OR */
	uint32_t hash;
	uint32_t *kids;	   /* sorted, each once */
	uint32_t opposite; /* its negation once made, or EXPR_NONE */
};

struct exprs {
	struct arena *arena;
	struct expr *at;
	size_t count, capacity;
	uint32_t *table; /* hash -> number + 1 */
	size_t table_size;
};

int exprs_init(struct exprs *x, struct arena *arena) must_check;
/* Gives the bookkeeping back; the expressions stay in the arena only when copied. */
void exprs_done(struct exprs *x);

/* Each returns 0 and a number; -ENOMEM; -E2BIG over EXPRS_MAX or EXPR_DEPTH_MAX. */
int expr_test(struct exprs *x, uint32_t test, uint32_t *ret) must_check;
/* KIND is AND or OR. KIDS is scratch of the caller and is changed. */
int expr_join(struct exprs *x, enum expr_kind kind, uint32_t *kids, size_t count, uint32_t *ret) must_check;
int expr_not(struct exprs *x, uint32_t e, uint32_t *ret) must_check;
