/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled set as others see it: its rules, what it needs from sensors, how much it holds.
 */
#include "rule/set.h"

#include <stdlib.h>

#include "compiled.h"

void rule_set_free(struct rule_set *set)
{
	if (!set)
		return;
	free(set->slots);
	free(set->tests);
	exprs_done(&set->exprs);
	free(set->steps);
	free(set->blocks);
	free(set->lookups);
	free(set->lists);
	free(set->joins);
	free(set->join_parts);
	arena_done(&set->arena);
	arena_done(&set->library);
	free(set);
}

size_t rule_set_count(const struct rule_set *set)
{
	return set->rule_count;
}

const struct rule_info *rule_set_info(const struct rule_set *set, size_t rule)
{
	return &set->rules[rule].info;
}

long rule_set_find(const struct rule_set *set, const char *name)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		if (strcmp(set->rules[i].info.name, name) == 0)
			return (long)i;
	}
	return -1;
}

bool rule_wants_event(const struct rule_set *set, size_t rule, unsigned event)
{
	return event < set->schema->event_count && bit_get(set->rules[rule].events, event);
}

bool rule_set_wants_event(const struct rule_set *set, unsigned event)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		if (set->rules[i].info.enabled && rule_wants_event(set, i, event))
			return true;
	}
	return false;
}

bool rule_set_wants_field(const struct rule_set *set, unsigned field)
{
	return field < set->schema->field_count && bit_get(set->wanted_fields, field);
}

/* Marks the fields of a slot, also inside functions. */
static void mark_slot(const struct rule_set *set, uint32_t slot, uint64_t *fields)
{
	const struct slot *s = &set->slots[slot];

	if (s->kind == SLOT_FIELD)
		bit_set(fields, s->field);
	for (uint32_t i = 0; i < s->arg_count; i++)
		mark_slot(set, s->args[i], fields);
}

/* SEEN has a bit for each expression, so that shared parts are walked once. */
static void mark_expr(const struct rule_set *set, uint32_t e, uint64_t *fields, uint64_t *seen)
{
	const struct expr *x = &set->exprs.at[e];

	if (bit_get(seen, e))
		return;
	bit_set(seen, e);
	if (x->kind == EXPR_TEST) {
		const struct test *t = &set->tests[x->test];
		mark_slot(set, t->slot, fields);
		if (t->other != NO_SLOT)
			mark_slot(set, t->other, fields);
	}
	for (uint32_t i = 0; i < x->count; i++)
		mark_expr(set, x->kids[i], fields, seen);
}

void rule_mark_fields(const struct rule_set *set, size_t rule, uint64_t *fields, uint64_t *seen)
{
	const struct rule_entry *e = &set->rules[rule];

	for (uint32_t i = 0; i < e->condition_count; i++)
		mark_expr(set, e->conditions[i], fields, seen);
	for (size_t i = 0; i < e->output_count; i++) {
		if (e->output[i].slot != NO_SLOT)
			mark_slot(set, e->output[i].slot, fields);
	}
	for (size_t i = 0; i < e->watch.by_count; i++)
		mark_slot(set, e->watch.by[i], fields);
	if (e->watch.kind == WATCH_DISTINCT)
		mark_slot(set, e->watch.of, fields);
}

bool rule_wants_field(const struct rule_set *set, size_t rule, unsigned field)
{
	scoped_free uint64_t *fields = calloc(BITS_WORDS(set->schema->field_count), sizeof(*fields));
	scoped_free uint64_t *seen = calloc(BITS_WORDS(set->exprs.count), sizeof(*seen));

	/* Without memory, better one field too many than one too few. */
	if (!fields || !seen)
		return true;
	rule_mark_fields(set, rule, fields, seen);
	return field < set->schema->field_count && bit_get(fields, field);
}

size_t rule_set_bytes(const struct rule_set *set)
{
	return sizeof(*set) + set->arena.used_bytes + set->library.used_bytes +
	       set->slot_capacity * sizeof(*set->slots) + set->test_capacity * sizeof(*set->tests) +
	       set->exprs.capacity * sizeof(*set->exprs.at) + set->exprs.table_size * sizeof(uint32_t) +
	       set->step_capacity * sizeof(*set->steps) + set->block_capacity * sizeof(*set->blocks) +
	       set->lookup_capacity * sizeof(*set->lookups) + set->list_capacity * sizeof(*set->lists) +
	       set->join_capacity * sizeof(*set->joins) + set->part_capacity * sizeof(*set->join_parts);
}
