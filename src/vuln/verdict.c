/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluation of OSV's schema ("Evaluation"): the events of a range in the order of versions, each of which begins
 * or ends what is affected.
 */
#include "verdict.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

#define WORDS_MAX 2048 /* of a row; a longer one is cut */

/* Builds of a module ("1.module+el8.5.0+706") and ordinary ones are other packages under one name. */
static bool other_module(const struct subject *s, const char *bound)
{
	if (s->eco->order != VULN_ORDER_RPM)
		return false;
	return (strstr(s->version, ".module") != NULL) != (strstr(bound, ".module") != NULL);
}

static void end_of_range(struct hit *h, uint32_t kind, const char *bound, int order)
{
	bool last = kind == EVENT_LAST_AFFECTED;
	bool ended = last ? order > 0 : order >= 0;

	if (ended) {
		h->affected = false;
		h->ground = last ? GROUND_AFTER_LAST : GROUND_NOT_BEFORE_FIX;
		h->bound = bound;
	} else if (h->affected && h->ground == GROUND_NO_END) {
		h->ground = last ? GROUND_UP_TO_LAST : GROUND_BEFORE_FIX;
		h->bound = bound;
	}
	if (!ended && kind == EVENT_FIXED && !h->fixed)
		h->fixed = bound;
}

static void walk_events(const struct subject *s, const struct segment_range *range, const struct segment *segment,
			struct hit *h)
{
	for (uint32_t i = 0; i < range->head.events; i++) {
		uint32_t kind = range->events[2 * i];
		const char *bound = segment_str(segment, range->events[2 * i + 1]);
		int order;
		if (kind == EVENT_FIXED && other_module(s, bound)) {
			h->affected = false;
			h->ground = GROUND_OTHER_MODULE;
			h->bound = bound;
			return;
		}
		if (ecosystem_compare_bound(s->eco, s->version, bound, &order) < 0) {
			h->affected = false;
			h->ground = GROUND_NOT_COMPARABLE;
			h->bound = bound;
			return;
		}
		if (kind != EVENT_INTRODUCED) {
			end_of_range(h, kind, bound, order);
		} else if (order >= 0) {
			h->affected = true;
			h->ground = GROUND_NO_END;
			h->bound = bound;
		} else if (h->ground == GROUND_NOT_LISTED) {
			h->ground = GROUND_BEFORE_FIRST;
			h->bound = bound;
		}
	}
}

void verdict_of(const struct subject *s, const struct segment_range *range, const struct segment *segment,
		struct hit *h)
{
	h->affected = false;
	h->ground = GROUND_NOT_LISTED;
	h->bound = "";
	h->fixed = NULL;
	walk_events(s, range, segment, h);
	for (uint32_t i = 0; !h->affected && i < range->head.versions; i++) {
		const char *listed = segment_str(segment, range->versions[i]);
		int order = 1;
		if (!str_eq(listed, s->version) &&
		    (vuln_version_compare(s->eco->order, s->version, listed, &order) < 0 || order != 0))
			continue;
		h->affected = true;
		h->ground = GROUND_LISTED;
		h->bound = listed;
	}
	if (!h->affected)
		h->fixed = NULL;
}

const char *verdict_row_words(const struct segment *s, uint32_t offset, struct arena *a)
{
	SCOPED(buf) struct buf b = BUF_INIT(WORDS_MAX);
	static const char *const signs[EVENTS] = {">=", "<", "<=", "<"};
	struct segment_range range;

	if (!segment_range(s, offset, &range))
		return arena_str(a, "");
	for (uint32_t i = 0; i < range.head.events; i++) {
		uint32_t kind = range.events[2 * i];
		const char *bound = segment_str(s, range.events[2 * i + 1]);
		buf_printf(&b, "%s%s %s",
			   i == 0		      ? ""
			   : kind == EVENT_INTRODUCED ? " || "
						      : ", ",
			   signs[kind < EVENTS ? kind : 0], bound);
	}
	for (uint32_t i = 0; i < range.head.versions && buf_error(&b) == 0; i++)
		buf_printf(&b, "%s= %s", b.len ? " || " : "", segment_str(s, range.versions[i]));
	/* Cut where the buffer ends. */
	return buf_error(&b) == -ENOMEM ? NULL : arena_strn(a, buf_str(&b), b.len);
}

const char *verdict_reason(const struct subject *s, const struct hit *h, struct arena *a)
{
	const char *v = s->version, *order = vuln_order_name(s->eco->order);

	switch (h->ground) {
	case GROUND_BEFORE_FIX:
		return arena_printf(a, "%s is before %s (%s)", v, h->bound, order);
	case GROUND_UP_TO_LAST:
		return arena_printf(a, "%s is not after %s, the last affected (%s)", v, h->bound, order);
	case GROUND_NO_END:
		return str_eq(h->bound, "0")
			       ? arena_str(a, "every version is affected, and no fix is known")
			       : arena_printf(a, "every version from %s on is affected, and no fix is known", h->bound);
	case GROUND_LISTED:
		return arena_printf(a, "%s is listed as affected", h->bound);
	case GROUND_NOT_BEFORE_FIX:
		return arena_printf(a, "%s is not before %s, the fix (%s)", v, h->bound, order);
	case GROUND_AFTER_LAST:
		return arena_printf(a, "%s is after %s, the last affected (%s)", v, h->bound, order);
	case GROUND_BEFORE_FIRST:
		return arena_printf(a, "%s is before %s, the first affected (%s)", v, h->bound, order);
	case GROUND_NOT_LISTED:
		return arena_printf(a, "%s is not among the affected", v);
	case GROUND_OTHER_MODULE:
		return arena_printf(a, "%s and %s are not both builds of a module", v, h->bound);
	case GROUND_NOT_COMPARABLE:
		return arena_printf(a, "%s and %s cannot be compared: not versions of %s", v, h->bound, order);
	}
	return arena_str(a, "");
}
