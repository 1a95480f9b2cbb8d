/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event types to programs. Types that no condition tells apart form a class; within a class every test of the type has
 * an answer already, so that conditions shrink or vanish before the first event comes.
 */
#include "program.h"

#include <stdlib.h>

#include "names.h"

#define CLASSES_MAX 65535

struct classes {
	struct rule_set *set;
	uint32_t *type_tests; /* tests of the event type */
	size_t type_count;
	uint32_t *place;   /* by test: 1 + its place in type_tests, 0 for other tests */
	uint64_t *answers; /* bits by event, then by place */
	size_t words;
	uint32_t *memo; /* by expression: simplified + 1 */
	size_t memo_size;
	const uint64_t *now; /* answers of the class at hand; NULL for unknown types */
};

int program_grow(void *array, size_t *capacity, size_t count, size_t size)
{
	void **at = array;
	size_t wanted = *capacity ? *capacity : 64;

	while (wanted < count)
		wanted *= 2;
	if (wanted == *capacity)
		return 0;
	void *bigger = reallocarray(*at, wanted, size);
	if (!bigger)
		return -ENOMEM;
	*at = bigger;
	*capacity = wanted;
	return 0;
}

static int find_type_tests(struct classes *c)
{
	struct rule_set *set = c->set;

	c->type_tests = calloc(set->test_count + 1, sizeof(*c->type_tests));
	c->place = calloc(set->test_count + 1, sizeof(*c->place));
	if (!c->type_tests || !c->place)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->test_count; i++) {
		const struct test *t = &set->tests[i];
		if (t->other == NO_SLOT && set->slots[t->slot].is_type) {
			c->type_tests[c->type_count++] = i;
			c->place[i] = (uint32_t)c->type_count;
		}
	}
	return 0;
}

/* The last event is the unknown one: its name is known to the event alone, and no test of it is answered here. */
static int answer_type_tests(struct classes *c)
{
	const struct rule_schema *schema = c->set->schema;

	c->words = BITS_WORDS(c->type_count + 1);
	c->answers = calloc((schema->event_count + 1) * c->words, sizeof(*c->answers));
	if (!c->answers)
		return -ENOMEM;
	for (size_t e = 0; e < schema->event_count; e++) {
		struct rule_value v = {.type = RULE_STRING, .str = rule_str_of(schema->events[e])};
		for (size_t i = 0; i < c->type_count; i++) {
			if (test_holds_for(&c->set->tests[c->type_tests[i]], &v))
				bit_set(c->answers + e * c->words, i);
		}
	}
	return 0;
}

static int simplify(struct classes *c, uint32_t e, uint32_t *ret);

static int simplify_join(struct classes *c, uint32_t e, uint32_t *ret)
{
	const struct exprs *x = &c->set->exprs;
	uint32_t count = x->at[e].count;
	bool changed = false;
	scoped_free uint32_t *kids = malloc(count * sizeof(*kids));

	if (!kids)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		int r = simplify(c, x->at[e].kids[i], &kids[i]);
		if (r < 0)
			return r;
		changed |= kids[i] != x->at[e].kids[i];
	}
	*ret = e;
	return changed ? expr_join(&c->set->exprs, x->at[e].kind, kids, count, ret) : 0;
}

static int simplify(struct classes *c, uint32_t e, uint32_t *ret)
{
	const struct expr *x = &c->set->exprs.at[e];
	int r = 0;

	*ret = e;
	if (x->kind == EXPR_CONST)
		return 0;
	if (x->kind == EXPR_TEST) {
		uint32_t place = c->place[x->test];
		if (place && c->now)
			*ret = bit_get(c->now, place - 1) != x->negated ? EXPR_TRUE : EXPR_FALSE;
		return 0;
	}
	if (e < c->memo_size && c->memo[e]) {
		*ret = c->memo[e] - 1;
		return 0;
	}
	r = simplify_join(c, e, ret);
	if (r == 0 && e < c->memo_size)
		c->memo[e] = *ret + 1;
	return r;
}

static size_t find_class(const struct classes *c, const size_t *first, size_t event)
{
	for (size_t k = 0; event < c->set->schema->event_count && k < c->set->class_count; k++) {
		if (memcmp(c->answers + first[k] * c->words, c->answers + event * c->words, c->words * 8) == 0)
			return k;
	}
	return c->set->class_count;
}

/* Numbers the classes; FIRST is an event of each. */
static int find_classes(struct classes *c, size_t *first)
{
	struct rule_set *set = c->set;
	size_t events = set->schema->event_count + 1;

	set->class_of = ARENA_ARRAY(&set->arena, events, uint16_t);
	if (!set->class_of)
		return -ENOMEM;
	for (size_t e = 0; e < events; e++) {
		size_t k = find_class(c, first, e);
		if (k == CLASSES_MAX)
			return -E2BIG;
		if (k == set->class_count)
			first[set->class_count++] = e;
		set->class_of[e] = (uint16_t)k;
	}
	set->class_block = ARENA_ARRAY(&set->arena, set->class_count, uint32_t);
	return set->class_block ? 0 : -ENOMEM;
}

/* Which events each rule can match, switched on or not. */
static int mark_events(struct classes *c, size_t class)
{
	struct rule_set *set = c->set;

	for (size_t i = 0; i < set->rule_count; i++) {
		bool can = false;
		for (uint32_t k = 0; k < set->rules[i].condition_count; k++) {
			uint32_t left;
			int r = simplify(c, set->rules[i].conditions[k], &left);
			if (r < 0)
				return r;
			can |= left != EXPR_FALSE;
		}
		for (size_t e = 0; can && e <= set->schema->event_count; e++) {
			if (set->class_of[e] == class)
				bit_set(set->rules[i].events, e);
		}
	}
	return 0;
}

static int split(const struct rule_set *set, uint32_t pattern, uint32_t e, struct program_item *item)
{
	const struct expr *x = &set->exprs.at[e];
	uint32_t count = e == EXPR_TRUE ? 0 : x->kind == EXPR_AND ? x->count : 1;

	*item = (struct program_item){.pattern = pattern, .count = count};
	item->left = malloc((count + 1) * sizeof(*item->left));
	if (!item->left)
		return -ENOMEM;
	if (count)
		memcpy(item->left, x->kind == EXPR_AND ? x->kids : &e, count * sizeof(e));
	return 0;
}

static int make_class(struct classes *c, size_t class)
{
	struct rule_set *set = c->set;
	size_t count = 0;
	int r = mark_events(c, class);
	struct program_item *items = calloc(set->pattern_count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < set->pattern_count; i++) {
		uint32_t left;
		r = simplify(c, set->patterns[i].expr, &left);
		if (r == 0 && left != EXPR_FALSE)
			r = split(set, i, left, &items[count++]);
	}
	scoped_free struct program_item *order = malloc((count + 1) * sizeof(*order));
	if (r == 0 && !order)
		r = -ENOMEM;
	if (r == 0) {
		memcpy(order, items, count * sizeof(*items));
		r = program_block(set, order, count, &set->class_block[class]);
	}
	for (size_t i = 0; i < count; i++)
		free(items[i].left);
	free(items);
	return r;
}

static int make_classes(struct classes *c)
{
	struct rule_set *set = c->set;
	scoped_free size_t *first = calloc(set->schema->event_count + 1, sizeof(*first));

	if (!first)
		return -ENOMEM;
	int r = find_classes(c, first);
	c->memo_size = set->exprs.count;
	c->memo = calloc(c->memo_size, sizeof(*c->memo));
	if (r == 0 && !c->memo)
		r = -ENOMEM;
	for (size_t k = 0; r == 0 && k < set->class_count; k++) {
		memset(c->memo, 0, c->memo_size * sizeof(*c->memo));
		c->now = first[k] < set->schema->event_count ? c->answers + first[k] * c->words : NULL;
		r = make_class(c, k);
	}
	return r;
}

uint32_t program_cost(const struct rule_set *set, uint32_t e)
{
	const struct expr *x = &set->exprs.at[e];
	uint32_t sum = 0;

	if (x->kind == EXPR_TEST)
		return set->tests[x->test].cost;
	for (uint32_t i = 0; i < x->count && sum < 10000; i++)
		sum += program_cost(set, x->kids[i]);
	return sum;
}

struct costed {
	uint32_t expr, cost;
};

static int compare_costs(const void *a, const void *b)
{
	const struct costed *x = a, *y = b;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return x->expr < y->expr ? -1 : x->expr > y->expr;
}

/* Cheap parts first. From here on nothing is interned any more, which relies on the old order. */
static int order_kids(struct rule_set *set)
{
	for (size_t i = 2; i < set->exprs.count; i++) {
		struct expr *x = &set->exprs.at[i];
		scoped_free struct costed *costed = x->count ? malloc(x->count * sizeof(*costed)) : NULL;
		if (!x->count)
			continue;
		if (!costed)
			return -ENOMEM;
		for (uint32_t k = 0; k < x->count; k++)
			costed[k] = (struct costed){x->kids[k], program_cost(set, x->kids[k])};
		qsort(costed, x->count, sizeof(*costed), compare_costs);
		for (uint32_t k = 0; k < x->count; k++)
			x->kids[k] = costed[k].expr;
	}
	return 0;
}

int program_make(struct rule_set *set)
{
	struct classes c = {.set = set};

	int r = find_type_tests(&c);
	r = r < 0 ? r : answer_type_tests(&c);
	r = r < 0 ? r : make_classes(&c);
	r = r < 0 ? r : order_kids(set);
	r = r < 0 ? r : code_make(set);
	free(c.type_tests);
	free(c.place);
	free(c.answers);
	free(c.memo);
	return r;
}
