/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as trees to expressions: macros are put in, each compiled once, tests are made, not is pushed down. All
 * mistakes of a condition are noted, not only the first.
 */
#include <stdlib.h>

#include "compiled.h"
#include "suggest.h"
#include "yaml.h"

#define MACRO_DEPTH_MAX 50

struct lowering {
	struct rule_set *set;
	const struct condition *condition;
	unsigned visible; /* macros of a smaller index may be named */
	unsigned macros;  /* how deep inside macros */
};

static int lower(const struct lowering *l, const struct node *n, uint32_t *ret);

struct rule_place where_place(const struct rule_set *set, struct where w)
{
	if (set->lib.problems->count == RULE_PROBLEMS_MAX)
		return (struct rule_place){0};
	return w.condition ? condition_place(w.condition, w.at) : w.fixed;
}

static struct where at(const struct lowering *l, const struct node *n)
{
	return (struct where){.condition = l->condition, .at = n->at};
}

static int wrong(const struct lowering *l, const struct node *n, const char *what)
{
	rule_problem_add(l->set->lib.problems, where_place(l->set, at(l, n)), "%s", what);
	return -EINVAL;
}

static int unknown_macro(const struct lowering *l, const struct node *n, const struct macro *later)
{
	struct suggestion s = suggest_start(n->macro);
	char words[100];

	for (const struct macro *m = l->set->lib.macros; m; m = m->next) {
		if (m->index < l->visible)
			suggest_offer(&s, m->name);
	}
	suggest_words(&s, words, sizeof(words));
	rule_problem_add(l->set->lib.problems, where_place(l->set, at(l, n)), "unknown macro '%.*s'%s",
			 (int)MIN_OF(n->macro.len, 100u), n->macro.at,
			 later ? "; it is defined later, and only earlier macros can be used" : words);
	return -EINVAL;
}

int macro_tree(struct rule_set *set, struct macro *m, struct node **ret)
{
	return condition_parse(set->lib.arena, &m->condition, set->lib.problems, ret);
}

/* Compiles a macro the first time; one that is wrong is wrong once and false everywhere. */
static int lower_macro(const struct lowering *l, struct macro *m)
{
	struct lowering inner = {l->set, &m->condition, m->visible, l->macros + 1};
	struct node *tree;

	m->state = 1;
	int r = macro_tree(l->set, m, &tree);
	r = r < 0 ? r : lower(&inner, tree, &m->expr);
	m->state = 2;
	m->broken = r == -EINVAL || r == -E2BIG;
	if (m->broken)
		m->expr = EXPR_FALSE;
	if (r == -E2BIG) {
		rule_problem_add(l->set->lib.problems, yaml_place_of(m->node),
				 "macro '%s' is nested too deeply or too "
				 "large",
				 m->name.at);
	}
	return m->broken ? 0 : r;
}

static int use_macro(const struct lowering *l, const struct node *n, uint32_t *ret)
{
	struct macro *m = names_get(&l->set->lib.macro_names, n->macro);

	if (!m || m->index >= l->visible)
		return unknown_macro(l, n, m);
	if (m->state == 1)
		return wrong(l, n, "a macro that contains itself");
	if (l->macros >= MACRO_DEPTH_MAX)
		return wrong(l, n, "macros inside macros too deeply");
	bool known = m->state == 2;
	int r = known ? 0 : lower_macro(l, m);
	*ret = m->expr;
	/* Its own errors were noted where it was compiled; a rule that is compiled leniently must not do without it. */
	if (m->broken && known && l->set->lenient)
		return wrong(l, n, "a macro that cannot be used");
	return r;
}

static int lower_join(const struct lowering *l, const struct node *n, uint32_t *ret)
{
	size_t count = 0, used = 0;
	int result = 0;

	for (const struct node *k = n->first; k; k = k->next)
		count++;
	scoped_free uint32_t *kids = malloc(count * sizeof(*kids));
	if (!kids)
		return -ENOMEM;
	for (const struct node *k = n->first; k; k = k->next) {
		int r = lower(l, k, &kids[used++]);
		if (r < 0 && r != -EINVAL)
			return r;
		result = r < 0 ? r : result;
	}
	if (result < 0)
		return result;
	return expr_join(&l->set->exprs, n->kind == NODE_AND ? EXPR_AND : EXPR_OR, kids, count, ret);
}

static int lower(const struct lowering *l, const struct node *n, uint32_t *ret)
{
	switch (n->kind) {
	case NODE_AND:
	case NODE_OR:
		return lower_join(l, n, ret);
	case NODE_NOT: {
		uint32_t inner;
		int r = lower(l, n->first, &inner);
		return r < 0 ? r : expr_not(&l->set->exprs, inner, ret);
	}
	case NODE_MACRO:
		return use_macro(l, n, ret);
	case NODE_CHECK:
		break;
	}
	return test_make(l->set, n->check, l->condition, ret);
}

int lower_unused(struct rule_set *set, struct macro *m)
{
	uint32_t expr;

	set->unused = true;
	int r = lower_condition(set, &m->condition, m->visible, &expr);
	set->unused = false;
	return r == -EINVAL || r == -E2BIG ? 0 : r;
}

int lower_condition(struct rule_set *set, const struct condition *c, unsigned visible, uint32_t *ret)
{
	struct lowering l = {.set = set, .condition = c, .visible = visible};
	struct node *tree;

	int r = condition_parse(set->lib.arena, c, set->lib.problems, &tree);
	return r < 0 ? r : lower(&l, tree, ret);
}
