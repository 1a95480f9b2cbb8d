/* SPDX-License-Identifier: Apache-2.0 */
/* The traces that judge-events judges: events with the answers to what rules ask of them. */
#pragma once

#include <time.h>

#include "detect/schema.h"
#include "rule/judge.h"

struct judged {
	unsigned type; /* its place in detect_schema.events */
	uint64_t time;
	void *values; /* for GET of its trace */
};

struct trace {
	struct judged *events;
	size_t count;
	uint64_t span; /* ns from one pass over it to the next */
	rule_get_fn *get;
};

struct trace trace_made(void);
/* What SET asks of the events of the recording at PATH, asked once and kept. Ends the program when there is no such. */
struct trace trace_recorded(const char *path, const struct rule_set *set);
/* Records a second of processor time through detection and SET, over as many passes as SECONDS allow. */
double trace_through_detect(const char *path, const struct rule_set *set, double seconds);

double now(clockid_t clock);
