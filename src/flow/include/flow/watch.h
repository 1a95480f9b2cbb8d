/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a watch: sensors are attached, what was there before is told, each event updates the state, is judged by
 * rules, and what matches is handed on. The same story is told from a recording.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "detect/detect.h"
#include "flow/container.h"
#include "model/noted.h"
#include "rule/judge.h"

/* What matched: valid during the call. */
struct flow_alert {
	const struct rule_info *rule;
	uint64_t event;	   /* the number of the event, as in evt.num */
	int64_t time;	   /* of the event, ns since 1970 */
	const char *words; /* "Warning output", one line, nothing that a terminal would obey */
	const char *json;  /* one object: Falco's keys, and skep's own under "skep"; "" unless asked for */
};

/* Events that did not reach us: how many of each type, and between which times (ns since 1970). */
struct flow_loss {
	uint64_t lost;
	const uint64_t *by_type; /* WATCH_TYPES of them */
	int64_t from, until;
	/* When it is told of another watch that was killed, its pid: LOST it had not dealt with, and from then on nobody watched. */
	pid_t killed;
	bool counted; /* LOST is known: its keeper was not killed as well */
};

/* All may be NULL. A negative result ends the watch and is returned. */
struct flow_watch_handlers {
	int (*event)(void *ctx, struct detect *d, const struct event *event); /* then one thread does it all */
	int (*alert)(void *ctx, const struct flow_alert *alert);
	int (*loss)(void *ctx, const struct flow_loss *loss);
	int (*noted)(void *ctx); /* once a second, when what is noted was brought up to date */
	int (*ready)(void *ctx); /* from here on everything is seen */
	/*
	 * Called for SIGHUP: other rules from here on, or NULL to go on as before. What it returned before stays until it is called
	 * again.
	 */
	const struct rule_set *(*renew)(void *ctx);
	void *ctx;
};

struct flow_watch_stats {
	struct detect_stats detect;
	uint64_t seen[WATCH_TYPES];   /* read and judged */
	uint64_t lost[WATCH_TYPES];   /* by the kernel's counters: there was no room */
	uint64_t unread[WATCH_TYPES]; /* recorded, and not read when the watch ended */
	uint64_t alerts;
	uint64_t passed_over; /* containers that were not looked for, since looking took too much of the time */
};

struct flow_watch_options {
	const struct rule_set *rules; /* NULL: nothing is judged */
	const char *const *types;     /* event types to record besides what rules need; NULL-terminated, or NULL */
	const char *
		container; /* only this one's events: its id or the beginning of it, or its name; NULL: all, and the host's */
	uint64_t only_cgroup; /* told to the sensors: nothing else is even recorded; 0: all */
	unsigned only_level;
	const char *
		only_name; /* the end of the path of a v2 cgroup, 64 bytes; once it is made it is the only one; NULL: none */
	const char *record_file;	 /* written as well; NULL: not */
	int for_ms;			 /* -1: until a signal */
	unsigned threads;		 /* that judge; 0: one */
	bool json;			 /* alerts come with their JSON */
	struct noted *noted;		 /* filled once a second and at the end; NULL: nothing is noted */
	const struct flow_record *known; /* a container of ours that is about to start; NULL: none */
	const bool *stop;		 /* looked at between events; NULL: only signals end it */
};

/* More are no gain for one stream of events. */
#define FLOW_THREADS_MAX 8

/* Types that `skep events` shows when none are named; NULL-terminated. */
extern const char *const flow_watch_types[];

/* -EINVAL for a type that does not exist. PLACE may be NULL: then skep's own containers have no names. */
int flow_watch(struct flow_place *p, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
	       struct flow_watch_stats *ret, struct err *e) must_check;

/* The same from a file of `skep record`. */
int flow_replay(const char *file, const struct flow_watch_options *o, const struct flow_watch_handlers *h,
		struct flow_watch_stats *ret, struct err *e) must_check;

/*
 * A loss as a line, and as a JSON object with the keys of an alert: a watch that does not say what it missed is worse than none.
 */
void flow_loss_words(const struct flow_loss *l, struct buf *out);
void flow_loss_json(const struct flow_loss *l, struct buf *out);
/* "15:04:05.000000000", local time. */
#define FLOW_CLOCK_MAX 32
void flow_clock(int64_t ns, char text[FLOW_CLOCK_MAX]);
/* The alert's words behind "15:04:05.000000000: ". */
void flow_alert_text(const struct flow_alert *a, struct buf *out);
