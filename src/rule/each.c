/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oneof, anyof and allof: one comparison with each value of a list, joined. Comparisons without such a word go through.
 * Falco 0.44 defines them by what they expand to, so they are expanded: equal tests are still made once.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "compiled.h"

#define ONE_OF_MAX 64 /* its expansion grows with the square of the values */

struct tests {
	uint32_t *at;
	size_t count, capacity;
};

static int add(struct rule_set *set, const struct check *check, const struct condition *c, struct rule_str text,
	       struct tests *tests)
{
	struct operand value = {.kind = OPERAND_TEXT, .at = check->values->at, .quoted = true, .text = text};
	const struct check single = {.left = check->left, .op = check->op, .values = &value};

	if (tests->count == tests->capacity) {
		size_t capacity = tests->capacity ? 2 * tests->capacity : 16;
		void *more = reallocarray(tests->at, capacity, sizeof(*tests->at));
		if (!more)
			return -ENOMEM;
		tests->at = more;
		tests->capacity = capacity;
	}
	int r = test_make_plain(set, &single, c, &tests->at[tests->count]);
	tests->count += r == 0;
	return r;
}

static int make_tests(struct rule_set *set, const struct check *check, const struct condition *c, struct tests *tests)
{
	for (const struct operand *o = check->values; o; o = o->next) {
		const struct list *list = list_named(set, o);
		int r = 0;
		if (o->kind != OPERAND_TEXT) {
			rule_problem_add(set->lib.problems, condition_place(c, o->at),
					 "only plain values may be in a list, not '%.*s'",
					 (int)MIN_OF(o->text.len, 100u), o->text.at);
			return -EINVAL;
		}
		for (size_t i = 0; list && i < list->count && r == 0; i++)
			r = add(set, check, c, list->items[i].text, tests);
		if (!list)
			r = add(set, check, c, o->text, tests);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Number I holds, and no other does. */
static int only(struct rule_set *set, const struct tests *tests, size_t i, uint32_t *scratch, uint32_t *ret)
{
	for (size_t k = 0; k < tests->count; k++) {
		scratch[k] = tests->at[k];
		int r = k == i ? 0 : expr_not(&set->exprs, tests->at[k], &scratch[k]);
		if (r < 0)
			return r;
	}
	return expr_join(&set->exprs, EXPR_AND, scratch, tests->count, ret);
}

static int exactly_one(struct rule_set *set, const struct tests *tests, uint32_t *ret)
{
	uint32_t scratch[ONE_OF_MAX], either[ONE_OF_MAX];

	for (size_t i = 0; i < tests->count; i++) {
		int r = only(set, tests, i, scratch, &either[i]);
		if (r < 0)
			return r;
	}
	return expr_join(&set->exprs, EXPR_OR, either, tests->count, ret);
}

int test_make(struct rule_set *set, const struct check *check, const struct condition *c, uint32_t *ret)
{
	struct tests tests = {0};

	if (check->each == EACH_NONE)
		return test_make_plain(set, check, c, ret);
	int r = make_tests(set, check, c, &tests);
	scoped_free uint32_t *made = tests.at;
	if (r < 0)
		return r;
	*ret = EXPR_FALSE;
	if (!tests.count) /* also for allof */
		return 0;
	if (check->each == EACH_ONE && tests.count > ONE_OF_MAX) {
		rule_problem_add(set->lib.problems, condition_place(c, check->values->at),
				 "oneof takes at most %d values, found %zu; use anyof where values exclude each other",
				 ONE_OF_MAX, tests.count);
		return -EINVAL;
	}
	if (check->each == EACH_ONE)
		return exactly_one(set, &tests, ret);
	return expr_join(&set->exprs, check->each == EACH_ALL ? EXPR_AND : EXPR_OR, made, tests.count, ret);
}
