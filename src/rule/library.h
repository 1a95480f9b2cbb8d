/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rule files define, before conditions mean anything: lists, macros and rules by name, with overrides and appends
 * already applied. A definition keeps the place of its first appearance (index) and of its last change (visible): text
 * may name what has a smaller index than the place where it was last changed, and sees its final content.
 */
#pragma once

#include "condition.h"
#include "names.h"
#include "rule/load.h"

#define LIBRARY_BYTES_MAX (512u << 20)
#define LIST_ITEMS_MAX 1000000
#define EXCEPTIONS_MAX 1000

struct yaml_node;

struct list_item {
	struct rule_str text;
	const struct yaml_node *node;
	bool quoted;
};

struct list {
	struct rule_str name;
	const struct yaml_node *node; /* the name */
	unsigned index, visible;
	struct list_item *items;
	size_t count, capacity;
	int state; /* while lists inside are filled in: 0 not yet, 1 in the middle, 2 done */
	struct list *next;
};

struct macro {
	struct rule_str name;
	const struct yaml_node *node;
	unsigned index, visible;
	struct condition condition;
	int state; /* as above, while compiling */
	bool broken;
	uint32_t expr;
	struct macro *next;
};

struct exception {
	struct rule_str name;
	const struct yaml_node *node;
	const struct yaml_node *fields, *comps;
	const struct yaml_node *values[16]; /* one list for each time values were given */
	size_t value_count;
	struct exception *next;
};

enum watch_kind { WATCH_NONE, WATCH_COUNT, WATCH_DISTINCT, WATCH_SEQUENCE };
#define WATCH_STEPS_MAX 8
#define WATCH_BY_MAX 4

/* What skep adds: a rule that fires when its condition was met often, in different ways, or in an order. */
struct watch {
	enum watch_kind kind;
	const struct yaml_node *node;
	const struct yaml_node *by[WATCH_BY_MAX];
	size_t by_count;
	const struct yaml_node *of; /* DISTINCT: the field whose values are counted */
	uint64_t within_ns;
	uint64_t at_least;
	struct condition steps[WATCH_STEPS_MAX]; /* SEQUENCE */
	size_t step_count;
};

struct rule_def {
	struct rule_str name;
	const struct yaml_node *node;
	unsigned index, visible;
	struct condition condition;
	struct rule_str about, output;
	const struct yaml_node *output_node;
	enum rule_priority priority;
	const struct yaml_node **tags;
	size_t tag_count;
	bool enabled, skip_unknown, warn_events, left_out;
	struct exception *exceptions;
	struct watch watch;
	struct rule_def *next;
};

struct library {
	struct arena *arena;
	struct rule_problems *problems;
	const struct rule_schema *schema;
	struct names list_names, macro_names, rule_names;
	struct names foreign_names; /* rules of other sources, so that changes of them are left out too */
	bool skip_broken;
	struct list *lists, **list_tail;
	struct macro *macros, **macro_tail;
	struct rule_def *rules, **rule_tail;
	unsigned next_index;
	size_t item_count;
};

void library_init(struct library *lib, struct arena *arena, const struct rule_schema *schema,
		  struct rule_problems *problems);
/* Takes in one file's documents. Returns 0 also when problems were noted; -ENOMEM. */
int library_collect(struct library *lib, const struct yaml_node *documents) must_check;
/* Puts the items of earlier lists where lists name them. */
int library_fill_lists(struct library *lib) must_check;
/* Adds a rule's exceptions to its condition as text. */
int library_apply_exceptions(struct library *lib, struct rule_def *rule) must_check;

/* For collect-*.c: reads of one item. Each notes what is wrong and returns -EINVAL. */
int item_rule(struct library *lib, const struct yaml_node *item);
int item_text(struct library *lib, const struct yaml_node *item, const char *key, struct yaml_node **ret);
int item_bool(struct library *lib, const struct yaml_node *node, bool *ret);
int item_add_condition(struct library *lib, struct condition *c, const struct yaml_node *node);
int item_watch(struct library *lib, const struct yaml_node *item, struct rule_def *rule);
enum change { CHANGE_DEFINE, CHANGE_APPEND, CHANGE_REPLACE };
/* How the item changes KEY of an earlier definition; -EINVAL. */
int item_change(struct library *lib, const struct yaml_node *item, const char *key, enum change *ret);
void item_warn_unknown(struct library *lib, const struct yaml_node *item, const char *const *known);
/* "there is no KIND 'NAME' before this", with a suggestion. */
int item_missing(struct library *lib, const struct yaml_node *name, const char *kind, const struct names *known);
int exceptions_collect(struct library *lib, const struct yaml_node *node, struct rule_def *rule, enum change change);
