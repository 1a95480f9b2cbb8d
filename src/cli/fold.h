/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same line again and again, folded: the first is shown, those that follow within a time are counted, and the count is shown
 * when the time is over. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { FOLD_LINES_MAX = 256 };

struct fold_line {
	uint64_t hash; /* of the text */
	int64_t first; /* when it was shown, ns; 0: free */
	unsigned more; /* how often it came since */
	char *text;
};

struct cli_fold {
	int64_t window; /* ns; 0: nothing is folded */
	struct fold_line lines[FOLD_LINES_MAX];
	void (*show)(void *ctx, const char *text, unsigned more); /* MORE is 0 for a first line */
	void *ctx;
};

/* A line at a time. Times never go far back. */
void cli_fold_add(struct cli_fold *f, const char *text, int64_t now);
/* Shows the counts of lines whose time is over at NOW; INT64_MAX: of all. */
void cli_fold_end(struct cli_fold *f, int64_t now);
