/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A judge's working memory, shared by fetching, comparing and writing. A value, a test or a joined expression belongs
 * to the event at hand when it carries the event's mark; so nothing needs clearing between events.
 */
#pragma once

#include "compiled.h"
#include "rule/judge.h"

#define SCRATCH_BYTES (256u << 10) /* texts made while judging one event; what does not fit is absent */
#define MARK_MAX 0x3fffffffu

struct cell {
	uint32_t mark, hash_mark; /* fetched, and hashed, for this event */
	uint32_t hash;
	bool present;
	struct rule_value value;
};

struct watch_table;

struct rule_judge {
	const struct rule_set *set;
	uint32_t mark;	      /* of the event at hand */
	struct cell *cells;   /* by slot */
	uint32_t *test_marks; /* mark * 2 + result */
	uint32_t *join_marks; /* the same */
	uint64_t *matched;    /* bits by pattern */
	uint32_t *patterns;   /* numbers of matched patterns */
	size_t pattern_count;
	uint32_t *rules; /* what the caller is given */
	char *scratch;
	size_t scratch_used;
	rule_get_fn *get;
	void *ctx;
	unsigned event;
	struct watch_table *watch; /* NULL when no rule counts */
	rule_turn_fn *turn;	   /* NULL: one thread */
	void *turn_ctx;
	struct rule_judge_stats stats;
};

/* fetch.c: the value of a slot for the event at hand. */
const struct cell *cell_get(struct rule_judge *j, uint32_t slot);
static inline const struct cell *cell_of(struct rule_judge *j, uint32_t slot)
{
	struct cell *c = &j->cells[slot];
	return c->mark == j->mark ? c : cell_get(j, slot);
}
/* The hash of a single text. */
static inline uint32_t cell_hash(struct rule_judge *j, uint32_t slot)
{
	struct cell *c = &j->cells[slot];
	if (c->hash_mark != j->mark) {
		c->hash = rule_hash(c->value.str.at, c->value.str.len);
		c->hash_mark = j->mark;
	}
	return c->hash;
}
/* Memory until the next event, or NULL. */
void *scratch_take(struct rule_judge *j, size_t size);

/* transform.c: the value of a function. */
bool transform_value(struct rule_judge *j, const struct slot *slot, struct rule_value *ret);

/* compare.c */
bool judge_test(struct rule_judge *j, const struct test *t);
static inline bool test_holds(struct rule_judge *j, uint32_t test)
{
	uint32_t *mark = &j->test_marks[test];
	if (*mark >> 1 != j->mark)
		*mark = j->mark << 1 | judge_test(j, &j->set->tests[test]);
	return *mark & 1;
}
bool compare_values(const struct test *t, const struct rule_value *left, const struct rule_value *right);

/* glob.c */
bool glob_matches(struct rule_str pattern, struct rule_str text, bool fold);
/* PATTERN is a path with wildcards that TEXT begins with, whole components each. */
bool glob_begins(struct rule_str pattern, struct rule_str text);

/* render.c: values as text. */
void render_value(struct buf *out, const struct rule_value *v);
size_t render_ip(const struct rule_ip *ip, char *out, size_t size);
struct rule_str render_time(enum time_style style, uint64_t ns, char *out, size_t size);
#define RENDER_IP_MAX 48
#define RENDER_TIME_MAX 48
