/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a watch: sensors are attached, what was there before is told, each event updates the state, is judged by
 * rules, and what matches is handed on. The same story is told from a recording.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/detect.h"
#include "flow/container.h"
#include "rule/judge.h"

/* What matched: valid during the call. */
struct flow_alert {
	const struct rule_info *rule;
	size_t number; /* of the rule in its set */
	struct detect *detect;
	struct rule_judge *judge;
	const char *hostname;
};

/* Events that did not reach us: how many of each type, and between which times (ns since 1970). */
struct flow_loss {
	uint64_t lost;
	const uint64_t *by_type; /* WATCH_TYPES of them */
	int64_t from, until;
};

/* All may be NULL. A negative result ends the watch and is returned. */
struct flow_watch_handlers {
	int (*event)(void *ctx, struct detect *d, const struct event *event);
	int (*alert)(void *ctx, const struct flow_alert *alert);
	int (*loss)(void *ctx, const struct flow_loss *loss);
	int (*ready)(void *ctx); /* from here on everything is seen */
	void *ctx;
};

struct flow_watch_stats {
	struct detect_stats detect;
	uint64_t sent[WATCH_TYPES], lost[WATCH_TYPES]; /* by the kernel's counters */
	uint64_t alerts;
};

struct flow_watch_options {
	const struct rule_set *rules; /* NULL: nothing is judged */
	const char *const *types;     /* event types to record besides what rules need; NULL-terminated, or NULL */
	const char *container;	      /* only this one's events: its id, as events have it; NULL: all, and the host's */
	uint64_t only_cgroup;	      /* told to the sensors: nothing else is even recorded; 0: all */
	unsigned only_level;
	const char *record_file;	 /* written as well; NULL: not */
	int for_ms;			 /* -1: until a signal */
	const struct flow_record *known; /* a container of ours that is about to start; NULL: none */
	const bool *stop;		 /* looked at between events; NULL: only signals end it */
};

/* Types that `skep events` shows when none are named; NULL-terminated. */
extern const char *const flow_watch_types[];

/* -EINVAL for a type that does not exist. PLACE may be NULL: then skep's own containers have no names. */
int flow_watch(struct flow_place *p, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
	       struct flow_watch_stats *ret, struct err *e) must_check;

/* The same from a file of `skep record`. */
int flow_replay(const char *file, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
		struct flow_watch_stats *ret, struct err *e) must_check;

/* An alert as one JSON object: Falco's keys, and skep's own under "skep". */
void flow_alert_json(const struct flow_alert *a, struct buf *out);
/* "15:04:05.000000000", local time. */
#define FLOW_CLOCK_MAX 32
void flow_clock(int64_t ns, char text[FLOW_CLOCK_MAX]);
/* "Warning output", one line. */
void flow_alert_words(const struct flow_alert *a, struct buf *out);
/* The same behind "15:04:05.000000000: ". */
void flow_alert_text(const struct flow_alert *a, struct buf *out);
