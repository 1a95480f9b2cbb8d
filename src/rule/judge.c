/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event through the program of its class, and what is written about a match.
 */
#include "rule/judge.h"

#include <stdlib.h>

#include "watch.h"

#define JUDGE_ALIGN 128

static size_t at_least_one(size_t n)
{
	return n ? n : 1;
}

static int new_judge(const struct rule_set *set, struct watch_table *shared, struct rule_judge **ret)
{
	/* Written for every event: no cache line of it may be another thread's. */
	struct rule_judge *j = aligned_alloc(JUDGE_ALIGN, (sizeof(*j) + JUDGE_ALIGN - 1) & ~(size_t)(JUDGE_ALIGN - 1));

	if (!j)
		return -ENOMEM;
	*j = (struct rule_judge){
		.set = set,
		.cells = calloc(at_least_one(set->slot_count), sizeof(*j->cells)),
		.test_marks = calloc(at_least_one(set->test_count), sizeof(*j->test_marks)),
		.join_marks = calloc(at_least_one(set->join_count), sizeof(*j->join_marks)),
		.matched = calloc(BITS_WORDS(set->pattern_count + 1), sizeof(*j->matched)),
		.patterns = calloc(at_least_one(set->pattern_count), sizeof(*j->patterns)),
		.rules = calloc(at_least_one(set->pattern_count), sizeof(*j->rules)),
		.scratch = malloc(SCRATCH_BYTES),
	};
	bool whole = j->cells && j->test_marks && j->join_marks && j->matched && j->patterns && j->rules && j->scratch;
	j->watch = watch_share(shared);
	int r = !whole ? -ENOMEM : shared ? 0 : watch_new(set, &j->watch);
	if (r < 0) {
		rule_judge_free(j);
		return r;
	}
	*ret = j;
	return 0;
}

int rule_judge_new(const struct rule_set *set, struct rule_judge **ret)
{
	return new_judge(set, NULL, ret);
}

int rule_judge_new_beside(const struct rule_judge *other, struct rule_judge **ret)
{
	return new_judge(other->set, other->watch, ret);
}

void rule_judge_in_turn(struct rule_judge *j, rule_turn_fn *turn, void *ctx)
{
	j->turn = turn;
	j->turn_ctx = ctx;
}

void rule_judge_free(struct rule_judge *j)
{
	if (!j)
		return;
	free(j->cells);
	free(j->test_marks);
	free(j->join_marks);
	free(j->matched);
	free(j->patterns);
	free(j->rules);
	free(j->scratch);
	watch_free(j->watch);
	free(j);
}

static bool ref_holds(struct rule_judge *j, uint32_t ref);

static bool join_holds(struct rule_judge *j, uint32_t number)
{
	const struct join *join = &j->set->joins[number];
	const uint32_t *part = j->set->join_parts + join->first;
	uint32_t *mark = &j->join_marks[number];
	bool holds = !join->either;

	if (*mark >> 1 == j->mark)
		return *mark & 1;
	for (uint32_t i = 0; i < join->count; i++) {
		if (ref_holds(j, part[i]) == join->either) {
			holds = join->either;
			break;
		}
	}
	*mark = j->mark << 1 | holds;
	return holds;
}

static bool ref_holds(struct rule_judge *j, uint32_t ref)
{
	return ref & 1 ? test_holds(j, ref >> 2) != (ref >> 1 & 1) : join_holds(j, ref >> 1);
}

static void run_block(struct rule_judge *j, uint32_t block);

static void run_entry(struct rule_judge *j, const struct lookup *l, bool prefix, struct rule_str text, uint32_t hash)
{
	const struct lookup_entry *at = prefix ? l->prefixes : l->at;
	uint32_t mask = prefix ? l->prefix_mask : l->mask;

	for (uint32_t k = hash & mask; at[k].key.at; k = (k + 1) & mask) {
		if (at[k].hash != hash || !rule_str_eq(at[k].key, text))
			continue;
		for (uint32_t i = 0; i < at[k].count; i++)
			run_block(j, l->list[at[k].first + i]);
		return;
	}
}

static void run_text(struct rule_judge *j, const struct lookup *l, struct rule_str text, uint32_t hash)
{
	run_entry(j, l, false, text, hash);
	for (uint32_t i = 0; i < l->length_count && l->lengths[i] <= text.len; i++) {
		struct rule_str start = {text.at, l->lengths[i]};
		run_entry(j, l, true, start, rule_hash(start.at, start.len));
	}
}

static void run_lookup(struct rule_judge *j, const struct step *s)
{
	const struct cell *c = cell_of(j, s->a);
	const struct lookup *l = &j->set->lookups[s->b];

	if (!c->present)
		return;
	if (!c->value.list_count) {
		run_text(j, l, c->value.str, cell_hash(j, s->a));
		return;
	}
	for (uint32_t i = 0; i < c->value.list_count; i++) {
		struct rule_str text = c->value.strs[i];
		run_text(j, l, text, rule_hash(text.at, text.len));
	}
}

static void run_if(struct rule_judge *j, const struct step *s)
{
	const uint32_t *refs = j->set->lists + s->a;

	for (uint32_t i = 0; i < s->count; i++) {
		if (!ref_holds(j, refs[i]))
			return;
	}
	run_block(j, s->b);
}

static void run_block(struct rule_judge *j, uint32_t block)
{
	const struct block *b = &j->set->blocks[block];

	for (uint32_t i = 0; i < b->count; i++) {
		const struct step *s = &j->set->steps[b->first + i];
		if (s->kind == STEP_IF) {
			run_if(j, s);
		} else if (s->kind == STEP_LOOKUP) {
			run_lookup(j, s);
		} else if (!bit_get(j->matched, s->a)) {
			bit_set(j->matched, s->a);
			j->patterns[j->pattern_count++] = s->a;
		}
	}
}

static void next_mark(struct rule_judge *j)
{
	if (j->mark == MARK_MAX) {
		memset(j->cells, 0, j->set->slot_count * sizeof(*j->cells));
		memset(j->test_marks, 0, j->set->test_count * sizeof(*j->test_marks));
		memset(j->join_marks, 0, j->set->join_count * sizeof(*j->join_marks));
		j->mark = 0;
	}
	j->mark++;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Patterns to rules: plain ones as they are, the others when they fire. Patterns are in the order of rules. */
static size_t collect(struct rule_judge *j, uint64_t time_ns)
{
	size_t count = 0;
	bool waited = !j->turn;

	if (j->pattern_count > 1)
		qsort(j->patterns, j->pattern_count, sizeof(*j->patterns), compare);
	for (size_t i = 0; i < j->pattern_count; i++) {
		const struct pattern *p = &j->set->patterns[j->patterns[i]];
		j->matched[j->patterns[i] / 64] = 0;
		/* An event that ended a sequence does not begin the next one. */
		bool fired = count && j->rules[count - 1] == p->rule;
		bool plain = j->set->rules[p->rule].watch.kind == WATCH_NONE;
		if (!fired && !plain && !waited) {
			j->turn(j->turn_ctx);
			waited = true;
		}
		if (!fired && (plain || watch_feed(j, p, time_ns)))
			j->rules[count++] = p->rule;
	}
	j->pattern_count = 0;
	return count;
}

size_t rule_judge_event(struct rule_judge *j, unsigned event, uint64_t time_ns, rule_get_fn *get, void *ctx,
			const uint32_t **ret_rules)
{
	const struct rule_set *set = j->set;
	size_t type = event < set->schema->event_count ? event : set->schema->event_count;

	next_mark(j);
	j->scratch_used = 0;
	j->get = get;
	j->ctx = ctx;
	j->event = event;
	j->stats.events++;
	run_block(j, set->class_block[set->class_of[type]]);
	*ret_rules = j->rules;
	if (!j->pattern_count)
		return 0;
	size_t count = collect(j, time_ns);
	j->stats.matches += count;
	return count;
}

struct rule_judge_stats rule_judge_stats(const struct rule_judge *j)
{
	return j->stats;
}
