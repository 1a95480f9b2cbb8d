/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a trace as an event. Inside the room only.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "rule/judge.h"

#define TRACE_KEYS_MAX 1000

struct trace_key {
	unsigned field;
	struct rule_arg arg;
	struct rule_value value;
};

struct trace_event {
	struct arena arena;
	struct trace_key *keys;
	size_t count;
	unsigned type;
	uint64_t time_ns;
};

/* Called for what is not understood; TEXT is valid during the call. */
typedef void trace_problem_fn(void *ctx, const char *text);

/* Takes the object apart. Borrows its texts. -ENOMEM, -E2BIG. */
int trace_event_read(struct trace_event *t, const struct json *object, trace_problem_fn *problem, void *ctx) must_check;
void trace_event_done(struct trace_event *t);
DEFINE_SCOPED(trace_event)

/* A rule_get_fn; CTX is a struct trace_event. */
int trace_event_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out);
