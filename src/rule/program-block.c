/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of one class. Rules that need one of a few values of the same field are found by looking that value up;
 * what rules have in common is tested once before any of them; so most rules are never visited.
 */
#include <stdlib.h>

#include "program.h"

#define LOOKUP_LEAST 4 /* patterns worth a lookup */

static int block_of(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret);

struct builder {
	struct rule_set *set;
	struct step *steps; /* of the block being made */
	size_t count, capacity;
};

static int add_step(struct builder *b, struct step step)
{
	int r = program_grow(&b->steps, &b->capacity, b->count + 1, sizeof(*b->steps));

	if (r == 0)
		b->steps[b->count++] = step;
	return r;
}

static int add_list(struct rule_set *set, const uint32_t *exprs, size_t count, uint32_t *ret)
{
	int r = program_grow(&set->lists, &set->list_capacity, set->list_count + count + 1, sizeof(*set->lists));

	if (r < 0)
		return r;
	*ret = (uint32_t)set->list_count;
	if (count)
		memcpy(set->lists + set->list_count, exprs, count * sizeof(*exprs));
	set->list_count += count;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Whether the item needs E. What it needs is sorted, as the parts of an expression are. */
static bool needs(const struct program_item *item, uint32_t e)
{
	return item->count && bsearch(&e, item->left, item->count, sizeof(e), compare_ids);
}

/* Takes away the COUNT expressions of EXPRS, which are sorted. */
static void drop(struct program_item *item, const uint32_t *exprs, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < item->count; i++) {
		if (!bsearch(&item->left[i], exprs, count, sizeof(*exprs), compare_ids))
			item->left[kept++] = item->left[i];
	}
	item->count = kept;
}

/* Moves items that need E to the front; returns how many. */
static size_t part(struct program_item *items, size_t count, uint32_t e)
{
	size_t front = 0;

	for (size_t i = 0; i < count; i++) {
		if (!needs(&items[i], e))
			continue;
		struct program_item item = items[i];
		items[i] = items[front];
		items[front++] = item;
	}
	return front;
}

struct tally {
	uint32_t id, count, cost;
};

static int compare_tally(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* How often each id occurs. *COUNT is reduced to the number of different ones. */
static void tally_up(struct tally *t, size_t *count)
{
	size_t kept = 0;

	qsort(t, *count, sizeof(*t), compare_tally);
	for (size_t i = 0; i < *count; i++) {
		if (kept && t[kept - 1].id == t[i].id)
			t[kept - 1].count++;
		else
			t[kept++] = t[i];
	}
	*count = kept;
}

/* Every needed expression of every item, with NO_SLOT left out when asked for slots. */
static int tally_items(const struct rule_set *set, const struct program_item *items, size_t count, bool slots,
		       struct tally **ret, size_t *ret_count)
{
	size_t total = 0, used = 0;

	for (size_t i = 0; i < count; i++)
		total += items[i].count;
	struct tally *t = malloc((total + 1) * sizeof(*t));
	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t k = 0; k < items[i].count; k++) {
			uint32_t id = slots ? program_key_slot(set, items[i].left[k]) : items[i].left[k];
			if (id != NO_SLOT)
				t[used++] = (struct tally){id, 1, slots ? 0 : program_cost(set, id)};
		}
	}
	*ret_count = used;
	tally_up(t, ret_count);
	*ret = t;
	return 0;
}

static const struct tally *most(const struct tally *t, size_t count)
{
	const struct tally *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!best || t[i].count > best->count || (t[i].count == best->count && t[i].cost < best->cost))
			best = &t[i];
	}
	return best;
}

/* The expression of the item by which SLOT can be looked up, or EXPR_NONE. */
static uint32_t key_of(const struct rule_set *set, const struct program_item *item, uint32_t slot)
{
	for (uint32_t i = 0; i < item->count; i++) {
		if (program_key_slot(set, item->left[i]) == slot)
			return item->left[i];
	}
	return EXPR_NONE;
}

/* An IF that tests all that every one of the items needs, then a block for the rest. */
static int add_if(struct builder *b, struct program_item *items, size_t count)
{
	struct program_item *one = &items[0];
	scoped_free uint32_t *common = malloc((one->count + 1) * sizeof(*common));
	scoped_free struct tally *order = malloc((one->count + 1) * sizeof(*order));
	struct step step = {.kind = STEP_IF};
	uint32_t used = 0;

	if (!common || !order)
		return -ENOMEM;
	for (uint32_t i = 0; i < one->count; i++) {
		bool all = true;
		for (size_t k = 1; k < count && all; k++)
			all = needs(&items[k], one->left[i]);
		if (all)
			common[used++] = one->left[i];
	}
	for (size_t k = 0; k < count && used; k++)
		drop(&items[k], common, used);
	for (uint32_t i = 0; i < used; i++)
		order[i] = (struct tally){program_cost(b->set, common[i]), common[i], 0};
	qsort(order, used, sizeof(*order), compare_tally);
	for (uint32_t i = 0; i < used; i++)
		common[i] = order[i].count;
	int r = add_list(b->set, common, used, &step.a);
	step.count = used;
	r = r < 0 ? r : block_of(b->set, items, count, &step.b);
	return r < 0 ? r : add_step(b, step);
}

static int if_block(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret);

/* Blocks for groups of items with the same key expression, and the lookup that leads to them. */
static int add_lookup(struct builder *b, struct program_item *items, size_t count, uint32_t slot, size_t *ret_used)
{
	struct rule_set *set = b->set;
	struct program_keys keys = {0};
	size_t used = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i = used) {
		uint32_t e = key_of(set, &items[i], slot), block;
		if (e == EXPR_NONE)
			break;
		used = i + part(items + i, count - i, e);
		r = if_block(set, items + i, used - i, &block);
		r = r < 0 ? r : program_collect_keys(set, e, slot, block, &keys);
	}
	if (r == 0)
		r = program_grow(&set->lookups, &set->lookup_capacity, set->lookup_count + 1, sizeof(*set->lookups));
	if (r == 0) {
		struct lookup l = {0};
		r = program_fill_lookup(set, &l, &keys);
		set->lookups[set->lookup_count] = l;
	}
	if (r == 0)
		r = add_step(b, (struct step){.kind = STEP_LOOKUP, .a = slot, .b = (uint32_t)set->lookup_count++});
	free(keys.at);
	*ret_used = used;
	return r;
}

/* Items with a key on SLOT to the front; returns how many. Too many keys or lengths make it none. */
static int part_by_slot(const struct rule_set *set, struct program_item *items, size_t count, uint32_t slot,
			size_t *ret)
{
	struct program_keys keys = {0};
	size_t front = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		uint32_t e = key_of(set, &items[i], slot);
		size_t before = keys.count;
		if (e == EXPR_NONE)
			continue;
		r = program_collect_keys(set, e, slot, 0, &keys);
		if (r == 0 && program_too_many_keys(&keys)) {
			keys.count = before;
			continue;
		}
		struct program_item item = items[i];
		items[i] = items[front];
		items[front++] = item;
	}
	free(keys.at);
	*ret = front;
	return r;
}

static int add_lookups(struct builder *b, struct program_item *items, size_t count, size_t *ret_used)
{
	*ret_used = 0;
	for (;;) {
		struct tally *t = NULL;
		size_t slots, front, used;
		struct program_item *rest = items + *ret_used;
		size_t left = count - *ret_used;
		int r = tally_items(b->set, rest, left, true, &t, &slots);
		const struct tally *best = r == 0 ? most(t, slots) : NULL;
		uint32_t slot = best && best->count >= LOOKUP_LEAST ? best->id : NO_SLOT;
		free(t);
		if (r < 0 || slot == NO_SLOT)
			return r;
		r = part_by_slot(b->set, rest, left, slot, &front);
		if (r < 0 || front < LOOKUP_LEAST)
			return r;
		r = add_lookup(b, rest, front, slot, &used);
		if (r < 0)
			return r;
		*ret_used += used;
	}
}

static int compare_shared(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->cost != y->cost ? (x->cost < y->cost ? -1 : 1) : compare_tally(a, b);
}

/* What is left: groups by what most have in common, then one by one. */
static int add_groups(struct builder *b, struct program_item *items, size_t count)
{
	struct tally *t = NULL;
	size_t exprs;

	int r = tally_items(b->set, items, count, false, &t, &exprs);
	if (r < 0)
		return r;
	qsort(t, exprs, sizeof(*t), compare_shared);
	for (size_t i = 0; r == 0 && i < exprs && t[i].count > 1; i++) {
		size_t front = part(items, count, t[i].id);
		r = front ? add_if(b, items, front) : 0;
		items += front;
		count -= front;
	}
	for (; r == 0 && count; count--)
		r = add_if(b, items++, 1);
	free(t);
	return r;
}

static int finish(struct builder *b, int r, uint32_t *ret)
{
	struct rule_set *set = b->set;

	r = r < 0 ? r
		  : program_grow(&set->steps, &set->step_capacity, set->step_count + b->count + 1, sizeof(*set->steps));
	r = r < 0 ? r : program_grow(&set->blocks, &set->block_capacity, set->block_count + 1, sizeof(*set->blocks));
	if (r == 0) {
		if (b->count)
			memcpy(set->steps + set->step_count, b->steps, b->count * sizeof(*b->steps));
		set->blocks[set->block_count] = (struct block){(uint32_t)set->step_count, (uint32_t)b->count};
		set->step_count += b->count;
		*ret = (uint32_t)set->block_count++;
	}
	free(b->steps);
	return r;
}

/* A block that is nothing but one IF. */
static int if_block(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret)
{
	struct builder b = {.set = set};

	return finish(&b, add_if(&b, items, count), ret);
}

static int block_of(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret)
{
	struct builder b = {.set = set};
	size_t done = 0, used = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (items[i].count)
			continue;
		r = add_step(&b, (struct step){.kind = STEP_MATCH, .a = items[i].pattern});
		items[i] = items[done++];
	}
	items += done;
	count -= done;
	r = r < 0 ? r : add_lookups(&b, items, count, &used);
	r = r < 0 ? r : add_groups(&b, items + used, count - used);
	return finish(&b, r, ret);
}

int program_block(struct rule_set *set, struct program_item *items, size_t count, uint32_t *ret)
{
	return block_of(set, items, count, ret);
}
