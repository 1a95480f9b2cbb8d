/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a text goes with a pattern, one step at a time, for loops that are the kernel's. Each of the two kinds of star keeps one place to
 * come back to, as the patterns of profiles have it.
 */
#pragma once

#include "guard/bpf/policy.h"

enum { GLOB_NOWHERE = 0xffff };

struct glob {
	uint32_t at, to;	/* in the pattern, and in the text */
	uint32_t part, part_to; /* behind the last "*", and what it has taken up to */
	uint32_t all, all_to;	/* "**" */
	uint32_t pattern_len, text_len;
	int separator;
	uint8_t cut; /* the text goes on behind TEXT_LEN */
	uint8_t found;
};

static inline void glob_begin(struct glob *g, uint32_t pattern_len, uint32_t text_len)
{
	g->at = g->to = g->part_to = g->all_to = g->found = 0;
	g->part = g->all = GLOB_NOWHERE;
	g->pattern_len = pattern_len;
	g->text_len = text_len;
}

/* TOKEN is the pattern's at AT, GUARD_END at its end; LETTER the text's at TO, and NEXT that at PART_TO, -1 at its end. True at the end. */
static inline uint8_t glob_step(struct glob *g, int token, int letter, int next)
{
	if (token == GUARD_ANY_ALL) {
		g->all = ++g->at;
		g->all_to = g->to;
		g->part = GLOB_NOWHERE;
		g->found = g->at >= g->pattern_len;
		return g->found;
	}
	if (token == GUARD_ANY_PART) {
		g->part = ++g->at;
		g->part_to = g->to;
	} else if (token == letter) {
		g->at++;
		g->to++;
	} else if (token == GUARD_END && letter < 0) {
		g->found = !g->cut;
		return 1;
	} else if (g->part != GLOB_NOWHERE && next >= 0 && next != g->separator) {
		g->to = ++g->part_to;
		g->at = g->part;
	} else if (g->all != GLOB_NOWHERE && g->all_to < g->text_len) {
		g->to = ++g->all_to;
		g->at = g->all;
		g->part = GLOB_NOWHERE;
	} else {
		return 1;
	}
	return 0;
}
