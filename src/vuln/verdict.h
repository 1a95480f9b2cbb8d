/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row against one version: what it says, by which of its bounds, and that in words. And rows that speak of the same
 * thing made into findings.
 */
#pragma once

#include "ecosystem.h"
#include "segment.h"
#include "vuln/match.h"

/* Which comparison decided. */
enum ground {
	GROUND_BEFORE_FIX,     /* affected */
	GROUND_UP_TO_LAST,     /* affected */
	GROUND_NO_END,	       /* affected */
	GROUND_LISTED,	       /* affected */
	GROUND_NOT_BEFORE_FIX, /* not */
	GROUND_AFTER_LAST,     /* not */
	GROUND_BEFORE_FIRST,   /* not */
	GROUND_NOT_LISTED,     /* not */
	GROUND_OTHER_MODULE,   /* not: a row of a module's build against one outside modules, or the other way round */
	GROUND_NOT_COMPARABLE, /* undecided */
};

struct hit {
	uint32_t segment, document;
	uint32_t range;
	const struct disk_document *d;
	const char *ecosystem;
	enum ground ground;
	bool affected;
	const char *bound; /* the version it was compared with */
	const char *fixed; /* or NULL */
	bool dropped;	   /* another one says the same or better */
	uint32_t group;	   /* index of the first hit that has a name in common */
	uint32_t next;	   /* in its group; 0: the last */
};

struct hits {
	struct hit *items; /* in the arena */
	size_t count, capacity;
};

/* What is judged: a package under the name and version that the feed knows. */
struct subject {
	const struct vuln_index *x;
	const struct ecosystem *eco;
	const char *name, *version;
};

void verdict_of(const struct subject *s, const struct segment_range *range, const struct segment *segment,
		struct hit *ret);
/* ">= 1.0, < 1.5 || >= 2.0"; NULL when out of memory. */
const char *verdict_row_words(const struct segment *s, uint32_t range, struct arena *a);
const char *verdict_reason(const struct subject *s, const struct hit *h, struct arena *a);

/* Groups HITS by their names and fills RET. */
int findings_make(const struct subject *s, const struct vuln_scope *scope, struct hits *hits, struct arena *a,
		  struct vuln_findings *ret, struct err *e) must_check;

/* The severity of what goes by these names. */
void severity_of(const struct vuln_index *x, const struct hit *hits, uint32_t group, struct vuln_finding *f,
		 struct arena *a);
