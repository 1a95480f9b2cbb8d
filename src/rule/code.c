/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last step of compiling: expressions become references that judging follows without looking at the graph, and
 * several tests of the beginning or the whole of one text become one.
 */
#include <stdlib.h>

#include "program.h"

#define FUSE_LEAST 3
#define FUSE_STARTS_MAX 64
#define FUSE_WINDOW 1000 /* parts looked at for company */

struct coder {
	struct rule_set *set;
	uint32_t *refs; /* by expression: reference + 1 */
};

static int code(struct coder *c, uint32_t e, uint32_t *ret);

/* A part that can be fused with others of its slot: a plain test under or, a negated one under and. */
static bool can_fuse(const struct coder *c, const struct expr *parent, const struct expr *x)
{
	const struct test *t = &c->set->tests[x->test];
	bool op = t->op == OP_STARTSWITH || t->op == OP_EQ || t->op == OP_IN;

	return x->kind == EXPR_TEST && x->negated == (parent->kind == EXPR_AND) && t->type == RULE_STRING && op &&
	       t->other == NO_SLOT;
}

static int add_start(struct rule_set *set, struct any_of *any, struct rule_str text)
{
	uint32_t i = any->start_count++, len = MIN_OF(text.len, 8u);

	if (len)
		memcpy(&any->words[i], text.at, len);
	memset(&any->masks[i], 0xff, len);
	any->starts[i] = text;
	return 0;
}

static int make_any_of(struct rule_set *set, const uint32_t *tests, uint32_t count, struct any_of **ret)
{
	struct any_of *any = ARENA_NEW(&set->arena, struct any_of);
	size_t wholes = 0;

	for (uint32_t i = 0; i < count; i++)
		wholes += set->tests[tests[i]].op == OP_IN ? set->tests[tests[i]].set.count : 1;
	scoped_free struct rule_str *whole = malloc((wholes + 1) * sizeof(*whole));
	if (!any || !whole)
		return -ENOMEM;
	any->masks = ARENA_ARRAY(&set->arena, count, uint64_t);
	any->words = ARENA_ARRAY(&set->arena, count, uint64_t);
	any->starts = ARENA_ARRAY(&set->arena, count, struct rule_str);
	any->tests = ARENA_ARRAY(&set->arena, count, uint32_t);
	if (!any->masks || !any->words || !any->starts || !any->tests)
		return -ENOMEM;
	wholes = 0;
	for (uint32_t i = 0; i < count; i++) {
		const struct test *t = &set->tests[tests[i]];
		any->tests[any->test_count++] = tests[i];
		if (t->op == OP_STARTSWITH)
			add_start(set, any, t->str);
		else if (t->op == OP_EQ)
			whole[wholes++] = t->str;
		for (uint32_t k = 0; t->op == OP_IN && k < t->set.count; k++)
			whole[wholes++] = t->set.items[k];
	}
	*ret = any;
	return string_set_make(&set->arena, &any->whole, whole, wholes, false);
}

static int add_fused(struct rule_set *set, const uint32_t *tests, uint32_t count, uint32_t *ret)
{
	const struct test *first = &set->tests[tests[0]];
	struct test fused = {.op = OP_ANY_OF,
			     .type = RULE_STRING,
			     .any = first->any,
			     .cost = 3,
			     .slot = first->slot,
			     .other = NO_SLOT};
	int r = make_any_of(set, tests, count, &fused.any_of);

	r = r < 0 ? r : program_grow(&set->tests, &set->test_capacity, set->test_count + 1, sizeof(*set->tests));
	if (r < 0)
		return r;
	set->tests[set->test_count] = fused;
	*ret = (uint32_t)set->test_count++;
	return 0;
}

static int add_part(struct rule_set *set, uint32_t ref)
{
	int r = program_grow(&set->join_parts, &set->part_capacity, set->part_count + 1, sizeof(*set->join_parts));

	if (r == 0)
		set->join_parts[set->part_count++] = ref;
	return r;
}

/* From kid number I on, those that fuse with it; marks them done. Fewer than FUSE_LEAST stay as they are. */
static int fuse(struct coder *c, const struct expr *x, uint32_t i, bool *done, uint32_t *ret_ref)
{
	const struct exprs *exprs = &c->set->exprs;
	uint32_t slot = c->set->tests[exprs->at[x->kids[i]].test].slot;
	uint32_t tests[FUSE_STARTS_MAX], kids[FUSE_STARTS_MAX], count = 0, fused = 0;

	for (uint32_t k = i; k < x->count && k - i < FUSE_WINDOW && count < FUSE_STARTS_MAX; k++) {
		const struct expr *kid = &exprs->at[x->kids[k]];
		if (done[k] || !can_fuse(c, x, kid) || c->set->tests[kid->test].slot != slot)
			continue;
		kids[count] = k;
		tests[count++] = kid->test;
	}
	if (count < FUSE_LEAST)
		return code(c, x->kids[i], ret_ref);
	for (uint32_t k = 0; k < count; k++)
		done[kids[k]] = true;
	int r = add_fused(c->set, tests, count, &fused);
	*ret_ref = REF_TEST(fused, x->kind == EXPR_AND);
	return r;
}

/* References of all parts first: joins inside lay down their own parts meanwhile. */
static int code_parts(struct coder *c, const struct expr *x, uint32_t *refs, uint32_t *ret_count)
{
	scoped_free bool *done = calloc(x->count, sizeof(*done));
	uint32_t count = 0;

	if (!done)
		return -ENOMEM;
	for (uint32_t i = 0; i < x->count; i++) {
		const struct expr *kid = &c->set->exprs.at[x->kids[i]];
		if (done[i])
			continue;
		int r = can_fuse(c, x, kid) ? fuse(c, x, i, done, &refs[count]) : code(c, x->kids[i], &refs[count]);
		if (r < 0)
			return r;
		count++;
	}
	*ret_count = count;
	return 0;
}

static int code_join(struct coder *c, uint32_t e, uint32_t *ret)
{
	struct rule_set *set = c->set;
	const struct expr *x = &set->exprs.at[e];
	scoped_free uint32_t *refs = malloc((x->count + 1) * sizeof(*refs));
	uint32_t count = 0;

	if (!refs)
		return -ENOMEM;
	int r = code_parts(c, x, refs, &count);
	if (r == 0 && count == 1) {
		*ret = refs[0];
		return 0;
	}
	struct join join = {.first = (uint32_t)set->part_count, .count = count, .either = x->kind == EXPR_OR};
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = add_part(set, refs[i]);
	r = r < 0 ? r : program_grow(&set->joins, &set->join_capacity, set->join_count + 1, sizeof(*set->joins));
	if (r < 0)
		return r;
	set->joins[set->join_count] = join;
	*ret = (uint32_t)set->join_count++ << 1;
	return 0;
}

static int code(struct coder *c, uint32_t e, uint32_t *ret)
{
	const struct expr *x = &c->set->exprs.at[e];

	if (c->refs[e]) {
		*ret = c->refs[e] - 1;
		return 0;
	}
	if (x->kind == EXPR_TEST)
		*ret = REF_TEST(x->test, x->negated);
	int r = x->kind == EXPR_TEST ? 0 : code_join(c, e, ret);
	if (r == 0)
		c->refs[e] = *ret + 1;
	return r;
}

/* The expressions of one IF are an and without a node of its own; they fuse as well. */
static int code_list(struct coder *c, struct step *s)
{
	struct rule_set *set = c->set;
	uint32_t *list = set->lists + s->a;
	struct expr all = {.kind = EXPR_AND, .count = s->count, .kids = list};
	scoped_free uint32_t *refs = malloc((s->count + 1) * sizeof(*refs));
	uint32_t count = 0;

	if (!refs)
		return -ENOMEM;
	int r = code_parts(c, &all, refs, &count);
	if (r < 0)
		return r;
	memcpy(list, refs, count * sizeof(*refs));
	s->count = count;
	return 0;
}

int code_make(struct rule_set *set)
{
	struct coder c = {.set = set};
	int r = 0;

	c.refs = calloc(set->exprs.count, sizeof(*c.refs));
	if (!c.refs)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < set->step_count; i++) {
		if (set->steps[i].kind == STEP_IF && set->steps[i].count)
			r = code_list(&c, &set->steps[i]);
	}
	free(c.refs);
	return r;
}
