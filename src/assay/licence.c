/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package's licence is in the copyright file of its folder, or of the folder that a link leads to; remarks are sorted, so each is
 * found by halving.
 */
#include "licence.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "spdx-ids.h"

#define LINKS_MAX 4
#define PATH_BYTES 600
#define EXPRESSION_MAX 8192

static const struct assay_remark *find(const struct assay_remark *list, size_t count, const char *rule,
				       const char *path)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = strcmp(list[middle].remark.rule, rule);
		r = r ? r : strcmp(list[middle].remark.path, path);
		if (r == 0)
			return &list[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *licence_of(const struct assay_remark *list, size_t count, const char *name)
{
	char path[PATH_BYTES];

	for (int i = 0; i < LINKS_MAX; i++) {
		if (snprintf(path, sizeof(path), "usr/share/doc/%s/copyright", name) >= (int)sizeof(path))
			return NULL;
		const struct assay_remark *found = find(list, count, "text", path);
		if (found)
			return found->remark.text;
		path[strlen(path) - strlen("/copyright")] = '\0';
		found = find(list, count, "link", path);
		if (!found)
			return NULL;
		name = found->remark.text;
	}
	return NULL;
}

void licence_attach(struct assay_inventory *inv)
{
	size_t first = inv->remark_count;

	while (first && inv->remarks[first - 1].remark.kind == MODEL_REMARK_LICENCE)
		first--;
	for (size_t i = 0; i < inv->package_count; i++) {
		struct model_package *p = &inv->packages[i].package;
		if (p->type == MODEL_PACKAGE_DEB && !p->licence)
			p->licence = licence_of(inv->remarks + first, inv->remark_count - first, p->name);
	}
	inv->remark_count = first;
}

/* ---- what may not be used ---- */

static bool is_named(const char *licence, const struct strv *forbidden)
{
	for (size_t i = 0; i < forbidden->count; i++)
		if (fnmatch(forbidden->items[i], licence, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* All that one may choose from are forbidden. */
static bool clause_is_forbidden(char *clause, const struct strv *forbidden)
{
	for (char *next; clause; clause = next) {
		next = strstr(clause, " OR ");
		if (next) {
			*next = '\0';
			next += strlen(" OR ");
		}
		clause += strspn(clause, " (");
		clause[strcspn(clause, ")")] = '\0';
		if (!is_named(clause, forbidden))
			return false;
	}
	return true;
}

bool licence_is_forbidden(const char *expression, const struct strv *forbidden)
{
	char text[EXPRESSION_MAX];

	snprintf(text, sizeof(text), "%s", expression);
	for (char *clause = text, *next; clause; clause = next) {
		next = strstr(clause, " AND ");
		if (next) {
			*next = '\0';
			next += strlen(" AND ");
		}
		if (clause_is_forbidden(clause, forbidden))
			return true;
	}
	return false;
}

/* ---- as SPDX writes it ---- */

static bool is_operator(const char *word, size_t len)
{
	return (len == 3 && memcmp(word, "AND", 3) == 0) || (len == 2 && memcmp(word, "OR", 2) == 0) ||
	       (len == 4 && memcmp(word, "WITH", 4) == 0);
}

/* The next word or bracket of AT; 0 at the end. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " ");
	return **at == '(' || **at == ')' ? 1 : strcspn(*at, " ()");
}

/* Names and operators in turn, brackets closed. */
static bool is_expression(const char *text)
{
	int depth = 0;
	bool name_next = true;
	size_t len;

	for (const char *at = text; (len = next_word(&at)); at += len) {
		if (*at == '(' || *at == ')') {
			if ((*at == '(') != name_next)
				return false;
			depth += *at == '(' ? 1 : -1;
			if (depth < 0)
				return false;
			continue;
		}
		if (is_operator(at, len) == name_next)
			return false;
		name_next = !name_next;
	}
	return !depth && !name_next;
}

static bool add_listed(const char *name, size_t len, struct buf *out)
{
	const char *at = (const char *)spdx_ids, *end = at + spdx_ids_size;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((stop ? stop : end) - at);
		if (n == len && *at != '#' && strncasecmp(at, name, n) == 0) {
			buf_add(out, at, n);
			return true;
		}
		at += n + 1;
	}
	return false;
}

static int add_other(const char *name, size_t len, struct buf *out, struct strv *others)
{
	char ref[EXPRESSION_MAX], said[EXPRESSION_MAX];
	size_t n = (size_t)snprintf(ref, sizeof(ref), "LicenseRef-");

	for (size_t i = 0; i < len && n + 1 < sizeof(ref); i++)
		ref[n++] = isalnum((unsigned char)name[i]) || name[i] == '.' ? name[i] : '-';
	ref[n] = '\0';
	snprintf(said, sizeof(said), "%.*s", (int)MIN_OF(len, sizeof(said) - 1), name);
	buf_add_str(out, ref);
	if (strv_has(others, ref))
		return 0;
	int r = strv_add(others, ref);
	return r < 0 ? r : strv_add(others, said);
}

int licence_to_spdx(const char *text, struct buf *out, struct strv *others)
{
	bool blank = false;
	size_t len;
	int r = 0;

	if (!is_expression(text))
		return add_other(text, strlen(text), out, others);
	for (const char *at = text; r == 0 && (len = next_word(&at)); at += len) {
		if (blank && *at != ')')
			buf_add_char(out, ' ');
		blank = *at != '(';
		if (*at == '(' || *at == ')' || is_operator(at, len))
			buf_add(out, at, len);
		else if (!add_listed(at, len, out))
			r = add_other(at, len, out, others);
	}
	return r;
}
