/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging events by a set of rules. A judge is one thread's working memory for one set; it remembers the values of the
 * event judged last, so that outputs are written from the same values that were compared.
 */
#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "rule/set.h"
#include "rule/value.h"

struct rule_judge;
int rule_judge_new(const struct rule_set *set, struct rule_judge **ret) must_check;
/* A judge for another thread, for the same set; both remember together what counting and sequence rules need. */
int rule_judge_new_beside(const struct rule_judge *other, struct rule_judge **ret) must_check;
/*
 * TURN is called, at most once an event, before what counting and sequence rules remember is touched: where several threads
 * judge, it waits until the events before this one were judged, so that those rules see the order that one thread would.
 */
typedef void rule_turn_fn(void *ctx);
void rule_judge_in_turn(struct rule_judge *j, rule_turn_fn *turn, void *ctx);
void rule_judge_free(struct rule_judge *j);
DEFINE_SCOPED_PTR(rule_judge)

/*
 * Which rules the event matches: returns how many and points *RET_RULES at their numbers in the order of the set, valid
 * until the next call. EVENT is a place in schema.events; GET and CTX give its fields and are kept until then. TIME_NS
 * never goes back far; it ages what counting and sequence rules remember.
 */
size_t rule_judge_event(struct rule_judge *j, unsigned event, uint64_t time_ns, rule_get_fn *get, void *ctx,
			const uint32_t **ret_rules);

/* For a rule that the last event matched: its output text with fields filled in, <NA> where one is absent. */
int rule_judge_output(struct rule_judge *j, size_t rule, struct buf *out);
/* The fields of that output as members of the JSON object that is open. */
void rule_judge_output_fields(struct rule_judge *j, size_t rule, struct json_out *out);
/* The fields that the condition compared, with their values, as members of the JSON object that is open. */
void rule_judge_reasons(struct rule_judge *j, size_t rule, struct json_out *out);

/* Since the judge was made; forgotten: what counting and sequence rules had no room for. */
struct rule_judge_stats {
	uint64_t events, matches, forgotten;
};
struct rule_judge_stats rule_judge_stats(const struct rule_judge *j);
