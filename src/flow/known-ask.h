/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that are under way while events are read. Inside the room only. */
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
};

/* Starts the engine's client; when too many are under way, or there is no client, the answer stays unknown. */
void known_ask(struct known_asking *a, const struct known_question *q);
/* Tells what was answered meanwhile; never waits. */
int known_answers(struct known_asking *a, known_fn *each, void *ctx);
void known_asking_done(struct known_asking *a);
