/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSAF 2.0, profile VEX (section 4.5): products are a tree of branches whose leaves have ids and package URLs, and
 * relationships that put one into another; a vulnerability lists product ids by status.
 */
#include <string.h>

#include "base/str.h"
#include "vex-parts.h"

#define BRANCHES_MAX 16 /* one inside the other */

/* The product of an id, looked for in the tree. NULL: it has none. */
static const char *purl_of(const struct json *product, const char *id)
{
	const char *own = NULL, *purl = NULL;

	if (json_get_str(product, "product_id", &own, NULL) < 0 || !str_eq(own, id))
		return NULL;
	if (json_get_str(json_get(product, "product_identification_helper"), "purl", &purl, NULL) < 0)
		return NULL;
	return purl;
}

static const char *find_in_branches(const struct json *branches, const char *id, unsigned depth)
{
	const char *found = NULL;

	for (size_t i = 0; depth < BRANCHES_MAX && !found && i < json_count(branches); i++) {
		const struct json *branch = json_at(branches, i);
		found = purl_of(json_get(branch, "product"), id);
		if (!found)
			found = find_in_branches(json_get(branch, "branches"), id, depth + 1);
	}
	return found;
}

static const char *find_product(const struct json *tree, const char *id)
{
	const struct json *names = json_get(tree, "full_product_names");
	const char *found = find_in_branches(json_get(tree, "branches"), id, 0);

	for (size_t i = 0; !found && i < json_count(names); i++)
		found = purl_of(json_at(names, i), id);
	return found;
}

/* "openssl as a part of product X": the part's package URL. */
static const char *find_part(const struct json *tree, const char *id)
{
	const struct json *relations = json_get(tree, "relationships");

	for (size_t i = 0; i < json_count(relations); i++) {
		const struct json *r = json_at(relations, i);
		const char *own = NULL, *part = NULL;
		if (json_get_str(json_get(r, "full_product_name"), "product_id", &own, NULL) == 0 && str_eq(own, id) &&
		    json_get_str(r, "product_reference", &part, NULL) == 0 && part)
			return find_product(tree, part);
	}
	return NULL;
}

static bool lists(const struct json *list, const char *id)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const char *one = NULL;
		if (json_str(json_at(list, i), &one, NULL) == 0 && str_eq(one, id))
			return true;
	}
	return false;
}

/* The word of KIND ("flags" have a label, "threats" an impact's details) that is said of product ID. */
static const char *said_of(const struct json *vulnerability, const char *kind, const char *key, const char *id)
{
	const struct json *list = json_get(vulnerability, kind);
	const char *word = NULL, *category = NULL;

	for (size_t i = 0; !word && i < json_count(list); i++) {
		const struct json *item = json_at(list, i);
		const struct json *ids = json_get(item, "product_ids");
		if (json_get_str(item, "category", &category, NULL) < 0 || (category && !str_eq(category, "impact")) ||
		    (json_count(ids) && !lists(ids, id)))
			continue;
		if (json_get_str(item, key, &word, NULL) < 0)
			word = NULL;
	}
	return word;
}

static int put(struct vuln_vex *v, const struct json *tree, const struct json *vulnerability, struct vex_statement *s,
	       const char *id, struct err *e)
{
	const char *purl = find_product(tree, id);

	/* Of a part of a platform the part speaks for itself: the platform does not name what skep looks at. */
	if (!purl)
		purl = find_part(tree, id);
	int r = vex_product(v, purl ? purl : id, &s->product);
	s->why = vex_why(v, said_of(vulnerability, "flags", "label", id),
			 said_of(vulnerability, "threats", "details", id));
	return r < 0 ? err_sys(e, r, "a statement") : vex_put(v, s, e);
}

static int read_vulnerability(struct vuln_vex *v, const struct json *tree, const struct json *vulnerability,
			      struct err *e)
{
	static const struct {
		const char *key;
		enum vuln_vex_status status;
	} statuses[] = {{"known_affected", VEX_AFFECTED},
			{"under_investigation", VEX_UNDER_INVESTIGATION},
			{"known_not_affected", VEX_NOT_AFFECTED},
			{"fixed", VEX_FIXED}};
	struct vex_statement s = {0};
	const char *cve = NULL;
	int r = json_get_str(vulnerability, "cve", &cve, e);

	if (r == 0 && !cve)
		r = json_get_str(json_at(json_get(vulnerability, "ids"), 0), "text", &cve, e);
	if (r < 0 || !cve)
		return r;
	s.names = vex_names(v, cve, NULL);
	for (size_t k = 0; r == 0 && k < ARRAY_LEN(statuses); k++) {
		const struct json *ids = json_get(json_get(vulnerability, "product_status"), statuses[k].key);
		s.status = statuses[k].status;
		for (size_t i = 0; r == 0 && i < json_count(ids); i++) {
			const char *id = NULL;
			r = json_str(json_at(ids, i), &id, e);
			if (r == 0)
				r = put(v, tree, vulnerability, &s, id, e);
		}
	}
	return r;
}

int vex_read_csaf(struct vuln_vex *v, const struct json *document, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(document, "vulnerabilities", &list, e);

	for (size_t i = 0; r == 0 && i < json_count(list); i++)
		r = read_vulnerability(v, json_get(document, "product_tree"), json_at(list, i), e);
	return r;
}
