/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edit distance with transpositions, over names of bounded length.
 */
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

struct suggestion suggest_start(struct rule_str wanted)
{
	return (struct suggestion){.wanted = wanted, .distance = wanted.len < 5 ? 2 : 3};
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = MIN_OF(a, b);
	return MIN_OF(ab, c);
}

/* Rows of the usual table: two back, one back, this one. */
static unsigned distance(struct rule_str a, struct rule_str b)
{
	unsigned rows[3][SUGGEST_NAME_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	for (unsigned j = 0; j <= b.len; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned change = last[j - 1] + (a.at[i - 1] != b.at[j - 1]);
			row[j] = min3(last[j] + 1, row[j - 1] + 1, change);
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
				row[j] = MIN_OF(row[j], before[j - 2] + 1);
		}
		unsigned *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b.len];
}

void suggest_offer(struct suggestion *s, struct rule_str candidate)
{
	struct rule_str w = s->wanted;
	uint32_t gap = w.len > candidate.len ? w.len - candidate.len : candidate.len - w.len;

	if (!w.len || w.len > SUGGEST_NAME_MAX || candidate.len > SUGGEST_NAME_MAX || gap >= s->distance)
		return;
	unsigned found = distance(w, candidate);
	if (found < s->distance && found < w.len) {
		s->distance = found;
		s->best = candidate;
	}
}

const char *suggest_words(const struct suggestion *s, char *buf, size_t size)
{
	buf[0] = '\0';
	if (s->best.at)
		snprintf(buf, size, "; did you mean '%.*s'?", (int)s->best.len, s->best.at);
	return buf;
}
