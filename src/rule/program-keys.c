/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: the values of one slot without which an expression cannot hold, and the tables that lead from a value to what is
 * worth judging.
 */
#include <stdlib.h>

#include "program.h"

#define KEYS_MAX 100000
#define KEY_VISITS_MAX 1000 /* parts of an expression looked at for keys; larger ones have none */

/* A test that only values out of a known few can pass: which slot's. */
static bool is_key_test(const struct rule_set *set, const struct expr *x)
{
	const struct test *t = &set->tests[x->test];
	bool op = t->op == OP_EQ || t->op == OP_IN || t->op == OP_INTERSECTS || t->op == OP_STARTSWITH;

	return x->kind == EXPR_TEST && !x->negated && op && t->type == RULE_STRING && t->other == NO_SLOT &&
	       !(t->op == OP_STARTSWITH && !t->str.len);
}

/* Whether E can only hold for values of SLOT among a known few. */
static bool has_keys_within(const struct rule_set *set, uint32_t e, uint32_t slot, unsigned *visits)
{
	const struct expr *x = &set->exprs.at[e];

	if (++*visits > KEY_VISITS_MAX)
		return false;
	if (x->kind == EXPR_TEST)
		return is_key_test(set, x) && set->tests[x->test].slot == slot;
	for (uint32_t i = 0; i < x->count; i++) {
		bool one = has_keys_within(set, x->kids[i], slot, visits);
		if (one != (x->kind == EXPR_OR))
			return one;
	}
	return x->kind == EXPR_OR;
}

static bool has_keys(const struct rule_set *set, uint32_t e, uint32_t slot)
{
	unsigned visits = 0;
	bool has = has_keys_within(set, e, slot, &visits);

	return has && visits <= KEY_VISITS_MAX;
}

/* The slot of the first test inside that could have keys, for which has_keys() is then asked. */
static uint32_t first_slot(const struct rule_set *set, uint32_t e, unsigned *visits)
{
	const struct expr *x = &set->exprs.at[e];
	uint32_t slot = NO_SLOT;

	if (++*visits > KEY_VISITS_MAX)
		return NO_SLOT;
	if (x->kind == EXPR_TEST)
		return is_key_test(set, x) ? set->tests[x->test].slot : NO_SLOT;
	for (uint32_t i = 0; i < x->count && slot == NO_SLOT; i++)
		slot = first_slot(set, x->kids[i], visits);
	return slot;
}

uint32_t program_key_slot(const struct rule_set *set, uint32_t e)
{
	unsigned visits = 0;
	uint32_t slot = first_slot(set, e, &visits);

	return slot != NO_SLOT && has_keys(set, e, slot) ? slot : NO_SLOT;
}

static int add_key(struct program_keys *keys, struct rule_str text, bool prefix, uint32_t block)
{
	int r = program_grow(&keys->at, &keys->capacity, keys->count + 1, sizeof(*keys->at));

	if (r == 0)
		keys->at[keys->count++] = (struct program_key){text, prefix, block};
	return r;
}

/* Every key of E, each leading to BLOCK. */
int program_collect_keys(const struct rule_set *set, uint32_t e, uint32_t slot, uint32_t block,
			 struct program_keys *keys)
{
	const struct expr *x = &set->exprs.at[e];
	const struct test *t = &set->tests[x->test];
	int r = 0;

	if (x->kind == EXPR_TEST) {
		if (t->op == OP_EQ || t->op == OP_STARTSWITH)
			return add_key(keys, t->str, t->op == OP_STARTSWITH, block);
		for (uint32_t i = 0; r == 0 && i < t->set.count; i++)
			r = add_key(keys, t->set.items[i], false, block);
		return r;
	}
	for (uint32_t i = 0; r == 0 && i < x->count; i++) {
		if (!has_keys(set, x->kids[i], slot))
			continue;
		r = program_collect_keys(set, x->kids[i], slot, block, keys);
		if (x->kind == EXPR_AND)
			return r;
	}
	return r;
}

static int compare_keys(const void *a, const void *b)
{
	const struct program_key *x = a, *y = b;

	if (x->prefix != y->prefix)
		return x->prefix ? 1 : -1;
	if (x->text.len != y->text.len)
		return x->text.len < y->text.len ? -1 : 1;
	int r = memcmp(x->text.at, y->text.at, x->text.len);
	return r ? r : x->block < y->block ? -1 : x->block > y->block;
}

static bool same_key(const struct program_key *a, const struct program_key *b)
{
	return a->prefix == b->prefix && rule_str_eq(a->text, b->text);
}

static void put_entry(struct lookup_entry *table, uint32_t mask, struct lookup_entry entry)
{
	uint32_t k = entry.hash & mask;

	while (table[k].key.at)
		k = (k + 1) & mask;
	table[k] = entry;
}

static int make_tables(struct rule_set *set, struct lookup *l, size_t keys, size_t prefixes)
{
	uint32_t size = 4, prefix_size = 4;

	while (size < 2 * keys)
		size *= 2;
	while (prefix_size < 2 * prefixes)
		prefix_size *= 2;
	l->mask = size - 1;
	l->prefix_mask = prefix_size - 1;
	l->at = ARENA_ARRAY(&set->arena, size, struct lookup_entry);
	l->prefixes = ARENA_ARRAY(&set->arena, prefix_size, struct lookup_entry);
	l->list = ARENA_ARRAY(&set->arena, keys + prefixes + 1, uint32_t);
	return l->at && l->prefixes && l->list ? 0 : -ENOMEM;
}

int program_fill_lookup(struct rule_set *set, struct lookup *l, struct program_keys *keys)
{
	size_t prefixes = 0, used = 0;

	qsort(keys->at, keys->count, sizeof(*keys->at), compare_keys);
	for (size_t i = 0; i < keys->count; i++)
		prefixes += keys->at[i].prefix;
	int r = make_tables(set, l, keys->count - prefixes, prefixes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < keys->count;) {
		const struct program_key *k = &keys->at[i];
		struct lookup_entry entry = {k->text, rule_hash(k->text.at, k->text.len), (uint32_t)used, 0};
		for (; i < keys->count && same_key(&keys->at[i], k); i++) {
			bool again = entry.count && l->list[used - 1] == keys->at[i].block;
			l->list[used] = keys->at[i].block;
			used += !again;
			entry.count += !again;
		}
		put_entry(k->prefix ? l->prefixes : l->at, k->prefix ? l->prefix_mask : l->mask, entry);
		if (k->prefix && (!l->length_count || l->lengths[l->length_count - 1] != k->text.len))
			l->lengths[l->length_count++] = k->text.len;
	}
	return 0;
}

bool program_too_many_keys(const struct program_keys *keys)
{
	uint64_t seen[16] = {0};
	size_t count = 0;

	for (size_t i = 0; i < keys->count; i++) {
		uint32_t len = keys->at[i].text.len;
		if (!keys->at[i].prefix)
			continue;
		if (len >= 1024)
			return true;
		count += !bit_get(seen, len);
		bit_set(seen, len);
	}
	return count > LOOKUP_LENGTHS_MAX || keys->count > KEYS_MAX;
}
