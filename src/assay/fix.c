/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package is brought to the latest of its findings' fixes: with an earlier one some would stay. That may lie on another
 * branch than the one installed, where people want to know how far their own branch takes them.
 */
#include "fix.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "vuln/version.h"

/* How many numbers A and B have in common at their beginning. */
static size_t common_numbers(const char *a, const char *b)
{
	size_t n = 0;

	while (*a && *b) {
		a += strcspn(a, "0123456789");
		b += strcspn(b, "0123456789");
		size_t l = strspn(a, "0123456789"), r = strspn(b, "0123456789");
		if (!l || l != r || memcmp(a, b, l) != 0)
			break;
		a += l;
		b += r;
		n++;
	}
	return n;
}

static bool is_later(const struct model_package *p, const char *a, const char *b)
{
	enum vuln_order order;
	int later = 0;

	return vuln_order_of_type(p->type, &order) && vuln_version_compare_any(order, a, b, &later) == 0 && later > 0;
}

struct fix fix_of(const struct model_package *p, const struct assay_finding *const *items, size_t count)
{
	struct fix f = {0};
	const char *own = NULL, *lowest = NULL;
	size_t own_common = 0;

	for (size_t i = 0; i < count; i++) {
		const char *to = items[i]->vuln.status == VULN_FIXABLE ? items[i]->vuln.fixed : NULL;
		f.open += items[i]->vuln.status == VULN_NO_FIX;
		if (!to)
			continue;
		size_t common = common_numbers(p->version, to);
		if (!f.all || is_later(p, to, f.all))
			f.all = to;
		if (!lowest || is_later(p, lowest, to))
			lowest = to;
		if (!own || common > own_common || (common == own_common && is_later(p, to, own))) {
			own = to;
			own_common = common;
		}
	}
	if (own && own_common && !str_eq(own, f.all))
		f.first = own;
	else if (lowest && !str_eq(lowest, f.all))
		f.first = lowest;
	return f;
}

static int compare_by_package(const void *a, const void *b)
{
	const struct assay_finding *const *x = a, *const *y = b;

	return (*x)->package != (*y)->package ? (*x)->package < (*y)->package ? -1 : 1 : *x < *y ? -1 : *x > *y;
}

const struct assay_finding **fix_by_package(const struct assay_report *r)
{
	const struct assay_finding **list = calloc(r->finding_count + 1, sizeof(*list));

	for (size_t i = 0; list && i < r->finding_count; i++)
		list[i] = &r->findings[i];
	if (list && r->finding_count)
		qsort(list, r->finding_count, sizeof(*list), compare_by_package);
	return list;
}

size_t fix_same_package(const struct assay_finding *const *items, size_t count)
{
	size_t n = 0;

	while (n < count && items[n]->package == items[0]->package)
		n++;
	return n;
}
