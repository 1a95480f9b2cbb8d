/* SPDX-License-Identifier: Apache-2.0 */
/* Events through state and rules to the handlers: what a watch and a replay share. Inside the room only. */
#pragma once

#include "flow/watch.h"

struct judging {
	const struct flow_watch_options *options;
	const struct flow_watch_handlers *handlers;
	struct detect *detect;
	struct rule_judge *judge; /* NULL without rules */
	char hostname[256];
	uint64_t alerts;
	/* Asked for the names of a container's users; NULL: they come in the recording. */
	int (*name_users)(void *ctx, const char *id, uint32_t pid);
	void *ctx;
};

int judging_begin(struct judging *j, int64_t boot, const char *hostname, struct err *e) must_check;
void judging_done(struct judging *j);
DEFINE_SCOPED(judging)

/* One record; a negative result ends the watch. A record that cannot be read is counted and passed over. */
int judging_event(struct judging *j, const struct event *event);
