/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries are checked as a whole before any is applied, so that a wrong file changes nothing.
 */
#include "assay/ignore.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "words.h"

#define BASELINE_LIMITS ((struct json_limits){.bytes_max = 256u << 20, .depth_max = 16})

struct entry {
	const char *id, *package, *path, *until, *reason;
	bool expired, used;
};

static bool is_date(const char *s)
{
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i != 4 && i != 7 && (s[i] < '0' || s[i] > '9'))
			return false;
	return true;
}

static int read_entry(const struct json *v, const char *today, struct arena *a, struct entry *x, struct err *e)
{
	const struct {
		const char *key;
		const char **into;
	} keys[] = {{"id", &x->id},
		    {"package", &x->package},
		    {"path", &x->path},
		    {"until", &x->until},
		    {"reason", &x->reason}};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		int r = json_get_str(v, keys[i].key, keys[i].into, e);
		if (r < 0)
			return r;
		if (*keys[i].into && !(*keys[i].into = arena_str(a, *keys[i].into)))
			return err_set(e, -ENOMEM, "out of memory");
	}
	if (!x->id || !*x->id)
		return err_set(e, -EINVAL, "id is missing: which vulnerability or rule");
	if (!x->reason || !*x->reason)
		return err_set(e, -EINVAL, "reason is missing: whoever reads this later needs it");
	if (x->until && !is_date(x->until))
		return err_set(e, -EINVAL, "until: \"%.40s\" is not a day like 2026-12-31", x->until);
	x->expired = x->until && strcmp(today, x->until) > 0;
	return 0;
}

static bool has_id(const struct vuln_finding *f, const char *id)
{
	for (size_t i = 0; i < f->id_count; i++)
		if (strcasecmp(f->ids[i], id) == 0)
			return true;
	return strcasecmp(f->id, id) == 0;
}

static bool fits_package(const struct entry *x, const struct model_package *p)
{
	return (!x->package || str_eq(x->package, p->name) || str_eq(x->package, p->source_name)) &&
	       (!x->path || fnmatch(x->path, p->path, 0) == 0);
}

static void apply(struct assay_report *r, struct entry *x)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		struct assay_finding *f = &r->findings[i];
		if (!has_id(&f->vuln, x->id) || !fits_package(x, &r->inventory.packages[f->package].package))
			continue;
		x->used = true;
		if (!x->expired)
			f->ignored = x->reason;
	}
	for (size_t i = 0; i < r->issue_count; i++) {
		struct assay_issue *s = &r->issues[i];
		if (!str_eq(s->rule, x->id) || x->package || (x->path && fnmatch(x->path, s->path, 0) != 0))
			continue;
		x->used = true;
		if (!x->expired)
			s->ignored = x->reason;
	}
}

int assay_ignore(struct assay_report *r, const struct json *doc, struct arena *a, size_t *ret_expired, struct err *e)
{
	const struct json *list = NULL;
	char today[WORDS_TIME_MAX];
	int result = json_get_array(doc, "ignore", &list, e);

	words_time(r->now_s, today);
	today[10] = '\0';
	if (result < 0)
		return result;
	size_t count = list ? json_count(list) : 0;
	if (count > ASSAY_IGNORES_MAX)
		return err_set(e, -E2BIG, "ignore: more than %d entries", ASSAY_IGNORES_MAX);
	struct entry *entries = ARENA_ARRAY(a, count + 1, struct entry);
	if (!entries)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		result = read_entry(json_at(list, i), today, a, &entries[i], e);
		if (result < 0)
			return err_wrap(e, result, "ignore[%zu]", i);
	}
	*ret_expired = 0;
	for (size_t i = 0; i < count; i++) {
		apply(r, &entries[i]);
		*ret_expired += entries[i].expired && entries[i].used;
	}
	return 0;
}

/* ---- an earlier report ---- */

struct keys {
	const char **items; /* sorted */
	size_t count, room;
};

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int gather(const struct json *doc, const char *member, struct keys *k, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(doc, member, &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list); i++) {
		const char *key = NULL;
		r = json_get_str(json_at(list, i), "key", &key, e);
		if (r < 0 || !key)
			continue;
		if (k->count == k->room) {
			size_t room = k->room ? k->room * 2 : 256;
			const char **more = reallocarray(k->items, room, sizeof(*more));
			if (!more)
				return err_set(e, -ENOMEM, "out of memory");
			k->items = more;
			k->room = room;
		}
		k->items[k->count++] = key;
	}
	return r;
}

static bool has_key(const struct keys *k, const struct buf *key)
{
	const char *text = buf_str(key);

	return k->count && bsearch(&text, k->items, k->count, sizeof(*k->items), compare_keys);
}

static void mark(struct assay_report *r, const struct keys *k)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		SCOPED(buf) struct buf key = BUF_INIT(64u << 10);
		words_finding_key(r, &r->findings[i], &key);
		r->findings[i].old = has_key(k, &key);
	}
	for (size_t i = 0; i < r->issue_count; i++) {
		SCOPED(buf) struct buf key = BUF_INIT(64u << 10);
		words_issue_key(&r->issues[i], &key);
		r->issues[i].old = has_key(k, &key);
	}
}

int assay_baseline(struct assay_report *r, const char *text, size_t len, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *schema = NULL;
	struct keys k = {0};
	int result = json_parse(text, len, BASELINE_LIMITS, &doc, e);

	if (result == 0)
		result = json_get_str(doc, "schema", &schema, e);
	if (result == 0 && !str_eq(schema, "skep/report/v1"))
		result = err_set(e, -EINVAL, "not a report of skep scan -o json");
	if (result == 0)
		result = gather(doc, "findings", &k, e);
	if (result == 0)
		result = gather(doc, "issues", &k, e);
	if (result == 0) {
		if (k.count)
			qsort(k.items, k.count, sizeof(*k.items), compare_keys);
		mark(r, &k);
	}
	free(k.items);
	return result;
}
