/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the rows of a package. The name and version are those that the feed of its ecosystem knows.
 */
#include "vuln/match.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "order.h"
#include "verdict.h"

#define GO_STANDARD_LIBRARY "stdlib"

const char *vuln_status_name(enum vuln_status s)
{
	static const char *const names[VULN_STATUSES] = {"fixable", "no-fix", "not-affected", "undecided"};

	return (size_t)s < ARRAY_LEN(names) ? names[s] : "unknown";
}

static int add_hit(struct hits *hits, const struct hit *h, struct arena *a)
{
	if (hits->count == hits->capacity) {
		size_t room = hits->capacity ? 2 * hits->capacity : 32;
		struct hit *grown = ARENA_ARRAY(a, room, struct hit);
		if (!grown)
			return -ENOMEM;
		if (hits->count)
			memcpy(grown, hits->items, hits->count * sizeof(*grown));
		hits->items = grown;
		hits->capacity = room;
	}
	hits->items[hits->count++] = *h;
	return 0;
}

static int look_up(const struct subject *s, struct vuln_feed feed, struct hits *hits, struct arena *a)
{
	const struct segment *segment = &s->x->segments[feed.segment];
	const struct disk_package *p = segment_find_package(segment, feed.ecosystem, s->name);
	const struct disk_ecosystem *eco = SEGMENT_AT(segment, TABLE_ECOSYSTEMS, struct disk_ecosystem, feed.ecosystem);

	for (uint32_t i = 0; p && eco && i < p->row_count; i++) {
		const struct disk_row *row = SEGMENT_AT(segment, TABLE_ROWS, struct disk_row, (size_t)p->first_row + i);
		struct segment_range range;
		struct hit h = {.segment = feed.segment};
		if (!row || !segment_range(segment, row->range, &range))
			return -EBADMSG;
		h.document = row->document;
		h.range = row->range;
		h.d = SEGMENT_AT(segment, TABLE_DOCUMENTS, struct disk_document, row->document);
		h.ecosystem = segment_str(segment, eco->name);
		if (!h.d)
			return -EBADMSG;
		verdict_of(s, &range, segment, &h);
		int r = add_hit(hits, &h, a);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A source package's version has no epoch where rpm is concerned: the package's own stands in. */
static const char *source_version(const struct model_package *p, struct arena *a)
{
	const char *version = p->source_version ? p->source_version : p->version;
	struct piece epoch = piece_digits(p->version);

	if (p->type != MODEL_PACKAGE_RPM || !p->source_version || strchr(version, ':') || p->version[epoch.len] != ':')
		return version;
	return arena_printf(a, "%.*s:%s", (int)epoch.len, p->version, version);
}

static int match_os(struct subject *s, const struct vuln_scope *scope, const struct model_package *p, struct hits *hits,
		    struct arena *a, bool *judged)
{
	enum vuln_order order;
	int r = 0;

	if (!scope->os_judged)
		return 0;
	s->eco = ecosystem_find(scope->feed);
	/* A package of another manager's in this distribution is nobody's. */
	if (!s->eco || !vuln_order_of_type(p->type, &order) || order != s->eco->order)
		return 0;
	*judged = true;
	s->name = scope->by_source && p->source_name ? p->source_name : p->name;
	s->version = scope->by_source ? source_version(p, a) : p->version;
	if (!s->version)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < scope->feed_count; i++)
		r = look_up(s, scope->feeds[i], hits, a);
	return r;
}

/* "v1.2.3" of module files and the many names of Go's own library. */
static void fit_go(struct subject *s)
{
	if (str_eq(s->name, "std") || str_eq(s->name, "go") || str_eq(s->name, "golang"))
		s->name = GO_STANDARD_LIBRARY;
	if (*s->version == 'v')
		s->version++;
}

static int match_language(struct subject *s, const struct model_package *p, struct hits *hits, struct arena *a,
			  bool *judged)
{
	char normal[PACKAGE_NAME_MAX];
	int r = 0;

	s->eco = ecosystem_of_type(p->type);
	if (!s->eco || ecosystem_package_name(s->eco, p->name, normal) < 0)
		return 0;
	s->name = arena_str(a, normal);
	s->version = p->version;
	if (!s->name)
		return -ENOMEM;
	if (p->type == MODEL_PACKAGE_GOLANG)
		fit_go(s);
	for (uint32_t i = 0; r == 0 && i < s->x->count; i++) {
		long at = segment_find_ecosystem(&s->x->segments[i], s->eco->base);
		if (at < 0)
			continue;
		*judged = true;
		r = look_up(s, (struct vuln_feed){i, (uint32_t)at}, hits, a);
	}
	return r;
}

int vuln_match(const struct vuln_index *x, const struct vuln_scope *scope, const struct model_package *p,
	       struct arena *a, struct vuln_findings *ret, struct err *e)
{
	struct subject s = {.x = x};
	struct hits hits = {0};
	struct vuln_findings found = {0};
	int r = model_package_is_os(p->type) ? match_os(&s, scope, p, &hits, a, &found.judged)
					     : match_language(&s, p, &hits, a, &found.judged);

	if (r < 0)
		return err_sys(e, r, "looking up %s", p->name);
	if (hits.count)
		r = findings_make(&s, scope, &hits, a, &found, e);
	if (r >= 0)
		*ret = found;
	return r < 0 ? r : 0;
}
