/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that are under way while events are read, and how long may be looked for answers. Inside the room only.
 */
#pragma once

#include <sys/types.h>

#include "known-engines.h"
#include "known.h"

enum { KNOWN_ASKED_MAX = 16 };

struct known_asking {
	struct {
		pid_t pid; /* of the client that asks; 0: free */
		int answer;
		char id[128];
	} at[KNOWN_ASKED_MAX];
	pid_t stuck
		[KNOWN_STUCK_MAX]; /* readers of users' names that a container's file system keeps waiting; 0: free */
	int64_t looked, left;	   /* when the searches' allowance last grew, and what is left of it: ns */
	uint64_t passed_over;	   /* containers that were not looked for, since it was used up */
};

/* Starts the engine's client; when too many are under way, or there is no client, the answer stays unknown. */
void known_ask(struct known_asking *a, const struct known_question *q);
/* Tells what was answered meanwhile; never waits. */
int known_answers(struct known_asking *a, known_fn *each, void *ctx);

/*
 * Searching /proc for an engine costs more the more processes there are, and who makes cgroups decides how often it is done: all searches
 * together get a tenth of the time. False, and counted, when that is used up; known_searched() ends a search that began at NOW (ns).
 */
bool known_may_search(struct known_asking *a, int64_t now);
void known_searched(struct known_asking *a, int64_t began, int64_t now);

void known_asking_done(struct known_asking *a);
