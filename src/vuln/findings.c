/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rows to findings. The same document in two sources counts once, the newer one; its rows together say what it
 * says. An advisory that bundles several CVEs is no finding of its own where the feed has rows for each of them. What
 * has a name in common is one finding.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "verdict.h"

struct work {
	const struct subject *s;
	const struct vuln_scope *scope;
	struct hit *hits; /* by the ids of their documents */
	size_t count;
	struct attachment {
		size_t hit;
		const char *id;
	} * attachments; /* advisories that were dropped for the rows of their CVEs */
	size_t attachment_count, attachment_room;
	struct arena *a;
};

static const struct segment *segment_of(const struct work *w, const struct hit *h)
{
	return &w->s->x->segments[h->segment];
}

static const char *id_of(const struct work *w, const struct hit *h)
{
	return segment_str(segment_of(w, h), h->d->id);
}

static bool is_cve(const char *id)
{
	return str_starts_with(id, "CVE-");
}

static int compare_hits(const void *a, const void *b, void *data)
{
	const struct hit *l = a, *r = b;
	const struct work *w = data;
	/* Within a segment documents lie in this very order. */
	int order = l->segment == r->segment ? 0 : strcmp(id_of(w, l), id_of(w, r));

	if (!order && l->segment != r->segment)
		order = (l->d->modified_s < r->d->modified_s) - (l->d->modified_s > r->d->modified_s);
	if (!order)
		order = (l->segment > r->segment) - (l->segment < r->segment);
	if (!order)
		order = (l->document > r->document) - (l->document < r->document);
	return order ? order : (l->range > r->range) - (l->range < r->range);
}

static size_t find_hit(const struct work *w, const char *id)
{
	size_t first = 0, count = w->count;

	while (count) {
		size_t half = count / 2;
		if (strcmp(id_of(w, &w->hits[first + half]), id) < 0) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first;
}

/* Whether fix A leaves less open than B. No fix leaves all open. */
static bool fix_is_later(const struct work *w, const char *a, const char *b)
{
	int order = 0;

	if (!a || !b)
		return !a && b;
	return vuln_version_compare_any(w->s->eco->order, a, b, &order) == 0 && order > 0;
}

/* Which of two rows of one document tells what the document says. */
static bool says_more(const struct work *w, const struct hit *a, const struct hit *b)
{
	if (a->affected != b->affected)
		return a->affected;
	if (a->affected)
		return fix_is_later(w, a->fixed, b->fixed);
	bool a_open = a->ground == GROUND_NOT_COMPARABLE, b_open = b->ground == GROUND_NOT_COMPARABLE;
	if (a_open != b_open)
		return a_open;
	return a->ground != GROUND_OTHER_MODULE && b->ground == GROUND_OTHER_MODULE;
}

/* Leaves one hit per document. */
static void drop_repeated(struct work *w)
{
	for (size_t i = 0, end; i < w->count; i = end) {
		const struct hit *newest = &w->hits[i];
		size_t best = i;
		for (end = i; end < w->count && str_eq(id_of(w, &w->hits[end]), id_of(w, newest)); end++) {
			struct hit *h = &w->hits[end];
			h->dropped = true;
			if (h->segment == newest->segment && h->document == newest->document &&
			    says_more(w, h, &w->hits[best]))
				best = end;
		}
		w->hits[best].dropped = false;
	}
}

static bool is_wanted(const struct work *w, const struct hit *h)
{
	return !h->dropped && (h->affected || h->ground == GROUND_NOT_COMPARABLE || w->scope->show_all);
}

/* ---- bundles ---- */

/* The CVEs that an advisory without a name of its own for each of them is about. */
static struct segment_list bundle_of(const struct work *w, const struct hit *h)
{
	const struct segment *s = segment_of(w, h);

	if (is_cve(id_of(w, h)) || segment_list(s, h->d->aliases).count)
		return (struct segment_list){NULL, 0};
	return segment_list(s, h->d->related);
}

static size_t kept_hit(const struct work *w, const char *id)
{
	for (size_t i = find_hit(w, id); i < w->count && str_eq(id_of(w, &w->hits[i]), id); i++)
		if (!w->hits[i].dropped)
			return i;
	return w->count;
}

static int attach(struct work *w, size_t hit, const char *id)
{
	if (w->attachment_count == w->attachment_room) {
		size_t room = w->attachment_room ? 2 * w->attachment_room : 16;
		struct attachment *grown = ARENA_ARRAY(w->a, room, struct attachment);
		if (!grown)
			return -ENOMEM;
		if (w->attachment_count)
			memcpy(grown, w->attachments, w->attachment_count * sizeof(*grown));
		w->attachments = grown;
		w->attachment_room = room;
	}
	w->attachments[w->attachment_count++] = (struct attachment){hit, id};
	return 0;
}

static int drop_bundle(struct work *w, struct hit *h)
{
	struct segment_list cves = bundle_of(w, h);
	size_t covered = 0, total = 0;

	for (uint32_t i = 0; i < cves.count; i++) {
		const char *cve = segment_str(segment_of(w, h), cves.items[i]);
		total += is_cve(cve);
		covered += is_cve(cve) && kept_hit(w, cve) < w->count;
	}
	if (!total || covered < total)
		return 0;
	h->dropped = true;
	for (uint32_t i = 0; i < cves.count; i++) {
		size_t at = kept_hit(w, segment_str(segment_of(w, h), cves.items[i]));
		int r = at < w->count && is_wanted(w, &w->hits[at]) ? attach(w, at, id_of(w, h)) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- groups ---- */

struct name {
	const char *text;
	size_t hit;
};
struct names {
	struct name *items;
	size_t count;
};

/* Calls for each name of a hit: its id, its aliases, and the one CVE of a bundle of one. ITEMS may be NULL to count. */
static size_t names_of(const struct work *w, size_t hit, struct name *items)
{
	const struct hit *h = &w->hits[hit];
	const struct segment *s = segment_of(w, h);
	struct segment_list aliases = segment_list(s, h->d->aliases), bundle = bundle_of(w, h);
	size_t n = 0, cves = 0;
	const char *cve = NULL;

	if (items)
		items[n] = (struct name){id_of(w, h), hit};
	n++;
	for (uint32_t i = 0; i < aliases.count; i++, n++)
		if (items)
			items[n] = (struct name){segment_str(s, aliases.items[i]), hit};
	for (uint32_t i = 0; i < bundle.count; i++)
		if (is_cve(segment_str(s, bundle.items[i]))) {
			cve = segment_str(s, bundle.items[i]);
			cves++;
		}
	if (cves == 1) {
		if (items)
			items[n] = (struct name){cve, hit};
		n++;
	}
	return n;
}

static int compare_names(const void *a, const void *b)
{
	const struct name *l = a, *r = b;
	int order = strcmp(l->text, r->text);

	return order ? order : (l->hit > r->hit) - (l->hit < r->hit);
}

static uint32_t root_of(const struct hit *hits, uint32_t i)
{
	while (hits[i].group != i)
		i = hits[i].group;
	return i;
}

static void unite(struct hit *hits, size_t a, size_t b)
{
	uint32_t x = root_of(hits, (uint32_t)a), y = root_of(hits, (uint32_t)b);

	hits[x > y ? x : y].group = x > y ? y : x;
}

static int group_hits(struct work *w)
{
	struct names names = {0};
	size_t total = 0;

	for (size_t i = 0; i < w->count; i++) {
		w->hits[i].group = (uint32_t)i;
		total += is_wanted(w, &w->hits[i]) ? names_of(w, i, NULL) : 0;
	}
	names.items = ARENA_ARRAY(w->a, total + 1, struct name);
	if (!names.items)
		return -ENOMEM;
	for (size_t i = 0; i < w->count; i++)
		if (is_wanted(w, &w->hits[i]))
			names.count += names_of(w, i, names.items + names.count);
	qsort(names.items, names.count, sizeof(names.items[0]), compare_names);
	for (size_t i = 1; i < names.count; i++)
		if (str_eq(names.items[i].text, names.items[i - 1].text))
			unite(w->hits, names.items[i].hit, names.items[i - 1].hit);
	uint32_t *last = ARENA_ARRAY(w->a, w->count, uint32_t);
	if (!last)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->count; i++) {
		struct hit *h = &w->hits[i];
		h->next = 0;
		h->group = root_of(w->hits, i);
		if (!is_wanted(w, h))
			continue;
		if (h->group != i)
			w->hits[last[h->group]].next = i;
		last[h->group] = i;
	}
	return 0;
}

/* ---- a finding ---- */

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names of a group, each once, the first in front. */
static int put_ids(const struct work *w, const size_t *members, size_t member_count, struct vuln_finding *f)
{
	size_t room = w->attachment_count, count = 0, cves = 0, kept = 0;
	const char *lowest = NULL, *cve = NULL;

	for (size_t i = 0; i < member_count; i++)
		room += names_of(w, members[i], NULL) + bundle_of(w, &w->hits[members[i]]).count;
	const char **ids = ARENA_ARRAY(w->a, room + 1, const char *);
	struct name *names = ARENA_ARRAY(w->a, room + 1, struct name);
	if (!ids || !names)
		return -ENOMEM;
	for (size_t i = 0; i < member_count; i++) {
		const struct hit *h = &w->hits[members[i]];
		struct segment_list bundle = bundle_of(w, h);
		size_t n = names_of(w, members[i], names);
		for (size_t k = 0; k < n; k++)
			ids[count++] = names[k].text;
		for (uint32_t k = 0; k < bundle.count; k++)
			if (is_cve(segment_str(segment_of(w, h), bundle.items[k])))
				ids[count++] = segment_str(segment_of(w, h), bundle.items[k]);
		for (size_t k = 0; k < w->attachment_count; k++)
			if (w->attachments[k].hit == members[i] && count < room)
				ids[count++] = w->attachments[k].id;
		if (!lowest || strcmp(id_of(w, h), lowest) < 0)
			lowest = id_of(w, h);
	}
	qsort(ids, count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < count; i++)
		if (!kept || !str_eq(ids[kept - 1], ids[i]))
			ids[kept++] = ids[i];
	for (size_t i = 0; i < kept; i++)
		if (is_cve(ids[i])) {
			cve = ids[i];
			cves++;
		}
	f->id = cves == 1 ? cve : lowest;
	for (size_t i = 0; i < kept; i++)
		if (str_eq(ids[i], f->id)) {
			memmove(ids + 1, ids, i * sizeof(*ids));
			ids[0] = f->id;
		}
	f->ids = ids;
	f->id_count = kept;
	return 0;
}

static void put_lists(const struct work *w, struct vuln_finding *f)
{
	struct vuln_epss epss;

	for (size_t i = 0; i < f->id_count; i++) {
		if (!is_cve(f->ids[i]))
			continue;
		if (!f->kev)
			f->kev = vuln_kev_get(w->s->x, f->ids[i], &f->kev_entry);
		if (vuln_epss_get(w->s->x, f->ids[i], &epss) && (!f->has_epss || epss.score > f->epss.score)) {
			f->has_epss = true;
			f->epss = epss;
		}
	}
}

static int put_row(const struct work *w, const struct hit *h, struct vuln_finding *f)
{
	const struct segment *s = segment_of(w, h);
	struct segment_range range;

	f->status = !h->affected ? (h->ground == GROUND_NOT_COMPARABLE ? VULN_UNDECIDED : VULN_NOT_AFFECTED)
		    : h->fixed	 ? VULN_FIXABLE
				 : VULN_NO_FIX;
	f->fixed = h->fixed;
	f->source = s->head->name;
	f->ecosystem = h->ecosystem;
	f->package = w->s->name;
	f->place = (struct vuln_place){h->segment, h->document};
	f->row = verdict_row_words(s, h->range, w->a);
	f->reason = verdict_reason(w->s, h, w->a);
	if (segment_range(s, h->range, &range) && range.head.urgency)
		f->urgency = segment_str(s, range.head.urgency);
	return f->row && f->reason ? 0 : -ENOMEM;
}

static bool has_id(const struct vuln_finding *f, const char *id)
{
	for (size_t i = 0; i < f->id_count; i++)
		if (str_eq(f->ids[i], id))
			return true;
	return false;
}

static int make_finding(const struct work *w, size_t first, size_t *members, struct vuln_finding *f)
{
	size_t best = first, count = 0;

	*f = (struct vuln_finding){0};
	for (size_t i = first;; i = w->hits[i].next) {
		const struct hit *h = &w->hits[i];
		members[count++] = i;
		if (says_more(w, h, &w->hits[best]))
			best = i;
		f->malicious |= (h->d->flags & DOCUMENT_MALICIOUS) && h->affected;
		if (h->d->published_s && (!f->published_s || h->d->published_s < f->published_s))
			f->published_s = h->d->published_s;
		if (h->d->modified_s > f->modified_s)
			f->modified_s = h->d->modified_s;
		if (!h->next)
			break;
	}
	int r = put_ids(w, members, count, f);
	if (r < 0 || (w->scope->only_id && !has_id(f, w->scope->only_id)))
		return r < 0 ? r : 1;
	put_lists(w, f);
	r = put_row(w, &w->hits[best], f);
	severity_of(w->s->x, w->hits, (uint32_t)first, f, w->a);
	return r;
}

static int compare_findings(const void *a, const void *b)
{
	const struct vuln_finding *l = a, *r = b;

	if (l->severity.level != r->severity.level)
		return l->severity.level > r->severity.level ? -1 : 1;
	if (l->severity.tenths != r->severity.tenths)
		return l->severity.tenths > r->severity.tenths ? -1 : 1;
	int order = strcmp(l->id, r->id);
	return order ? order : strcmp(l->row, r->row);
}

int findings_make(const struct subject *s, const struct vuln_scope *scope, struct hits *hits, struct arena *a,
		  struct vuln_findings *ret, struct err *e)
{
	struct work w = {.s = s, .scope = scope, .hits = hits->items, .count = hits->count, .a = a};
	size_t wanted = 0;
	int r = 0;

	qsort_r(w.hits, w.count, sizeof(w.hits[0]), compare_hits, &w);
	drop_repeated(&w);
	for (size_t i = 0; r == 0 && i < w.count; i++)
		r = is_wanted(&w, &w.hits[i]) ? drop_bundle(&w, &w.hits[i]) : 0;
	for (size_t i = 0; i < w.count; i++)
		wanted += is_wanted(&w, &w.hits[i]);
	if (r < 0 || !wanted)
		return r < 0 ? err_sys(e, r, "judging %s", s->name) : 0;
	ret->items = ARENA_ARRAY(a, wanted, struct vuln_finding);
	size_t *members = ARENA_ARRAY(a, w.count, size_t);
	r = ret->items && members ? group_hits(&w) : -ENOMEM;
	for (size_t i = 0; r >= 0 && i < w.count; i++) {
		if (w.hits[i].group != i || !is_wanted(&w, &w.hits[i]))
			continue;
		r = make_finding(&w, i, members, &ret->items[ret->count]);
		if (r != 0)
			continue;
		ret->undecided += ret->items[ret->count].status == VULN_UNDECIDED;
		ret->count++;
	}
	if (r < 0)
		return err_sys(e, r, "judging %s", s->name);
	qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_findings);
	return 0;
}
