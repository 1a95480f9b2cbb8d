/* SPDX-License-Identifier: Apache-2.0 */
/* Events through state and rules to the handlers: what one thread of a watch or a replay does. Inside the room only. */
#pragma once

#include "flow/watch.h"
#include "known.h"

struct judging {
	const struct flow_watch_options *options;
	struct detect *detect;
	struct rule_judge *judge; /* NULL without rules */
	const struct rule_set *rules;
	char hostname[256];
	struct buf words, json; /* of the alert at hand */
	/* What is called; each may be NULL. TOLD gets records of our own making, the names of a container's users. */
	int (*event)(void *ctx, struct detect *d, const struct event *event);
	int (*alert)(void *ctx, const struct flow_alert *alert);
	int (*told)(void *ctx, const struct event *event);
	void *ctx;
	struct known_readers readers;
	bool live; /* names are asked for where the processes are; otherwise they come in the recording */
};

/* Where and when: BOOT as detect_new() wants it. OTHER is a judging of another thread with the same rules, or NULL. */
int judging_begin(struct judging *j, int64_t boot, const char *hostname, const struct judging *other,
		  struct err *e) must_check;
void judging_done(struct judging *j);
DEFINE_SCOPED(judging)
/* From the next event on by these rules (NULL: by none); what counting rules remembered is forgotten. -ENOMEM: as before. */
int judging_rules(struct judging *j, const struct rule_set *rules, const struct judging *other) must_check;

/* One record; a negative result ends the watch. A record that cannot be read is counted and passed over. */
int judging_event(struct judging *j, const struct event *event);
/* A record that tells what is known, and is no event. */
int judging_tell(struct judging *j, const struct event *event);
