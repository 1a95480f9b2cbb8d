/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events judged by several threads, as if by one. Every thread keeps the whole state: each record is judged by one of them and
 * followed by the others (detect_follow), which costs a fraction of judging. Alerts come in the order of their events, in
 * the caller's thread. A few events at a time are judged by the caller alone: waking a thread costs more than they do.
 * Inside the room only.
 */
#pragma once

#include "flow/watch.h"

struct crew;

struct crew_config {
	const struct flow_watch_options *options;
	const struct flow_watch_handlers *handlers;
	int64_t boot;
	const char *hostname;
	unsigned threads; /* with the caller's; one alone hands each event to handlers->event as well */
	bool live;
	/* Gets what is told, on its way; NULL: nobody. One thread only. */
	int (*told)(void *ctx, const struct event *event);
	void *ctx;
};

/* C is borrowed until the end. */
int crew_new(struct crew **ret, const struct crew_config *c, struct err *e) must_check;
void crew_free(struct crew *c);
DEFINE_SCOPED_PTR(crew)

/* Takes a copy; judged by the end of the next crew_work(). A negative result of a handler ends the watch. */
int crew_event(struct crew *c, const struct event *event);
/* The same for a record that tells what is known, and is no event. */
int crew_tell(struct crew *c, const struct event *event);
int crew_work(struct crew *c);

/* Other rules from the next event on; before them all that was taken is judged by the old ones. */
int crew_rules(struct crew *c, const struct rule_set *rules);

void crew_stats(const struct crew *c, struct flow_watch_stats *ret);
