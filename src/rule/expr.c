/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning: an expression is looked up by its content before it is made.
 */
#include "expr.h"

#include <stdlib.h>

#include "names.h"

static int grow_table(struct exprs *x)
{
	size_t size = x->table_size ? 2 * x->table_size : 1024;
	uint32_t *table = calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (size_t i = 2; i < x->count; i++) {
		size_t k = x->at[i].hash & (size - 1);
		while (table[k])
			k = (k + 1) & (size - 1);
		table[k] = (uint32_t)i + 1;
	}
	free(x->table);
	x->table = table;
	x->table_size = size;
	return 0;
}

int exprs_init(struct exprs *x, struct arena *arena)
{
	*x = (struct exprs){.arena = arena, .capacity = 1024};
	x->at = calloc(x->capacity, sizeof(*x->at));
	if (!x->at || grow_table(x) < 0) {
		exprs_done(x);
		return -ENOMEM;
	}
	x->count = 2;
	x->at[EXPR_FALSE].opposite = EXPR_TRUE;
	x->at[EXPR_TRUE].opposite = EXPR_FALSE;
	return 0;
}

void exprs_done(struct exprs *x)
{
	free(x->at);
	free(x->table);
	*x = (struct exprs){0};
}

static uint32_t hash_of(const struct expr *e)
{
	uint32_t head[2] = {e->kind * 2u + e->negated, e->test};
	uint32_t h = rule_hash((const char *)head, sizeof(head));

	return e->count ? h ^ rule_hash((const char *)e->kids, e->count * sizeof(*e->kids)) : h;
}

static bool equal(const struct expr *a, const struct expr *b)
{
	return a->hash == b->hash && a->kind == b->kind && a->negated == b->negated && a->test == b->test &&
	       a->count == b->count && (!a->count || memcmp(a->kids, b->kids, a->count * sizeof(*a->kids)) == 0);
}

static int make_room(struct exprs *x)
{
	if (x->count >= EXPRS_MAX)
		return -E2BIG;
	if (x->count == x->capacity) {
		void *at = reallocarray(x->at, 2 * x->capacity, sizeof(*x->at));
		if (!at)
			return -ENOMEM;
		x->at = at;
		x->capacity *= 2;
	}
	return 2 * x->count > x->table_size ? grow_table(x) : 0;
}

/* E->kids may be scratch; it is copied when the expression is new. */
static int intern(struct exprs *x, struct expr e, uint32_t *ret)
{
	int r = make_room(x);
	if (r < 0)
		return r;
	e.hash = hash_of(&e);
	e.opposite = EXPR_NONE;
	size_t k = e.hash & (x->table_size - 1);
	for (; x->table[k]; k = (k + 1) & (x->table_size - 1)) {
		if (equal(&x->at[x->table[k] - 1], &e)) {
			*ret = x->table[k] - 1;
			return 0;
		}
	}
	if (e.count) {
		uint32_t *kids = ARENA_ARRAY(x->arena, e.count, uint32_t);
		if (!kids)
			return -ENOMEM;
		e.kids = memcpy(kids, e.kids, e.count * sizeof(*kids));
	}
	x->at[x->count] = e;
	*ret = (uint32_t)x->count++;
	x->table[k] = *ret + 1;
	return 0;
}

int expr_test(struct exprs *x, uint32_t test, uint32_t *ret)
{
	return intern(x, (struct expr){.kind = EXPR_TEST, .test = test}, ret);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Sorts, drops what is there twice and what changes nothing. Returns the new count. */
static size_t tidy(uint32_t *kids, size_t count, uint32_t neutral)
{
	size_t kept = 0;

	qsort(kids, count, sizeof(*kids), compare);
	for (size_t i = 0; i < count; i++) {
		if (kids[i] != neutral && (!kept || kids[kept - 1] != kids[i]))
			kids[kept++] = kids[i];
	}
	return kept;
}

/* A dominant constant, or something together with its negation, decides. */
static bool decided(const struct exprs *x, const uint32_t *kids, size_t count, uint32_t dominant)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t opposite = x->at[kids[i]].opposite;
		if (kids[i] == dominant)
			return true;
		if (opposite != EXPR_NONE && bsearch(&opposite, kids, count, sizeof(*kids), compare))
			return true;
	}
	return false;
}

/* Kids of the same kind give their kids: a and (b and c) is a and b and c. */
static int flatten(const struct exprs *x, enum expr_kind kind, const uint32_t *kids, size_t count, uint32_t **ret,
		   size_t *ret_count)
{
	size_t total = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		total += x->at[kids[i]].kind == kind ? x->at[kids[i]].count : 1;
	if (total > EXPRS_MAX)
		return -E2BIG;
	uint32_t *flat = malloc((total + 1) * sizeof(*flat));
	if (!flat)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct expr *e = &x->at[kids[i]];
		if (e->kind != kind) {
			flat[at++] = kids[i];
			continue;
		}
		memcpy(flat + at, e->kids, e->count * sizeof(*flat));
		at += e->count;
	}
	*ret = flat;
	*ret_count = total;
	return 0;
}

int expr_join(struct exprs *x, enum expr_kind kind, uint32_t *kids, size_t count, uint32_t *ret)
{
	uint32_t neutral = kind == EXPR_AND ? EXPR_TRUE : EXPR_FALSE;
	uint32_t dominant = kind == EXPR_AND ? EXPR_FALSE : EXPR_TRUE;
	scoped_free uint32_t *flat = NULL;
	unsigned depth = 0;

	int r = flatten(x, kind, kids, count, &flat, &count);
	if (r < 0)
		return r;
	count = tidy(flat, count, neutral);
	if (decided(x, flat, count, dominant)) {
		*ret = dominant;
		return 0;
	}
	if (count < 2) {
		*ret = count ? flat[0] : neutral;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		depth = x->at[flat[i]].depth > depth ? x->at[flat[i]].depth : depth;
	if (depth >= EXPR_DEPTH_MAX)
		return -E2BIG;
	struct expr e = {.kind = kind, .depth = (uint16_t)(depth + 1), .count = (uint32_t)count, .kids = flat};
	return intern(x, e, ret);
}

static int negate_join(struct exprs *x, uint32_t e, uint32_t *ret)
{
	uint32_t count = x->at[e].count;
	scoped_free uint32_t *kids = malloc(count * sizeof(*kids));

	if (!kids)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		int r = expr_not(x, x->at[e].kids[i], &kids[i]);
		if (r < 0)
			return r;
	}
	return expr_join(x, x->at[e].kind == EXPR_AND ? EXPR_OR : EXPR_AND, kids, count, ret);
}

int expr_not(struct exprs *x, uint32_t e, uint32_t *ret)
{
	int r = 0;

	*ret = x->at[e].opposite;
	if (*ret != EXPR_NONE)
		return 0;
	if (x->at[e].kind == EXPR_TEST) {
		struct expr negated = {.kind = EXPR_TEST, .test = x->at[e].test, .negated = !x->at[e].negated};
		r = intern(x, negated, ret);
	} else {
		r = negate_join(x, e, ret);
	}
	if (r == 0) {
		x->at[e].opposite = *ret;
		if (x->at[*ret].opposite == EXPR_NONE)
			x->at[*ret].opposite = e;
	}
	return r;
}
