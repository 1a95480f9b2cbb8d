/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from files, and rules tried on events that somebody wrote down.
 */
#pragma once

#include <stdio.h>

#include "base/err.h"
#include "rule/judge.h"
#include "rule/load.h"

#define FLOW_RULE_FILES_MAX 1000
#define FLOW_RULE_BYTES_MAX (64u << 20) /* all files together */
#define FLOW_TRACE_LINE_MAX (1u << 20)

/*
 * Loads the rules of the files and of the *.yaml and *.yml files in folders (by name), in that order. -EINVAL when
 * PROBLEMS has errors (E then says how many); else with words in E.
 */
int flow_rules_load(const char *const *paths, size_t count, const struct rule_options *options,
		    struct rule_problems *problems, struct rule_set **ret, struct err *e) must_check;

/* One match of a trace: the line, the rule, and a judge that still has the event. */
struct flow_match {
	size_t line;
	size_t rule;
	struct rule_judge *judge;
};

struct flow_trace_handlers {
	int (*match)(void *ctx, const struct flow_match *match);
	/* A line or a value that was not understood; the rest goes on. */
	void (*problem)(void *ctx, size_t line, const char *what);
	void *ctx;
};

/*
 * Judges a trace: each line a JSON object from field names to values. Matches come in the order of lines, then of rules.
 * Returns 0; a negative result of a handler; -EINVAL when a line was no JSON object (noted, and the rest was judged).
 */
int flow_trace(const struct rule_set *set, FILE *trace, const struct flow_trace_handlers *h, struct err *e) must_check;
