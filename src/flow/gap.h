/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody saw because a watch was killed. A watch keeps a mark below the state folder: what it has dealt with, by type. When it
 * ends without removing the mark, its keeper, a process that holds the kernel's counters and does nothing else, writes down
 * what they said at the end. The next watch reads both, and tells the difference. Inside the room only.
 */
#pragma once

#include "flow/watch.h"
#include "sense/sense.h"

struct gap;

/* Tells EACH of every watch that was killed, then makes a mark of our own. STATE is the state folder. */
int gap_begin(struct gap **ret, const char *state, int (*each)(void *ctx, const struct flow_loss *loss), void *ctx,
	      struct err *e) must_check;
/* Starts the keeper for the sensors' counters. */
int gap_keep(struct gap *g, const struct sense *s, struct err *e) must_check;
/* Dealt with so far, by type, and what was lost and told; now. */
void gap_note(struct gap *g, const uint64_t seen[WATCH_TYPES], const uint64_t lost[WATCH_TYPES]);
/* An orderly end: nothing is left. */
void gap_end(struct gap *g);

/* The keeper's role for priv_worker_dispatch(). */
int gap_keeper(int channel);
