/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CycloneDX with vulnerabilities that carry an analysis: what they affect is a component by its reference, or a package
 * URL by itself.
 */
#include <string.h>

#include "base/str.h"
#include "vex-parts.h"

#define COMPONENTS_MAX 16 /* one inside the other */

static const struct {
	const char *state;
	enum vuln_vex_status status;
} states[] = {
	{"not_affected", VEX_NOT_AFFECTED},
	{"false_positive", VEX_NOT_AFFECTED},
	{"resolved", VEX_FIXED},
	{"resolved_with_pedigree", VEX_FIXED},
	{"exploitable", VEX_AFFECTED},
	{"in_triage", VEX_UNDER_INVESTIGATION},
};

static const char *find_component(const struct json *components, const char *ref, unsigned depth)
{
	const char *purl = NULL;

	for (size_t i = 0; depth < COMPONENTS_MAX && !purl && i < json_count(components); i++) {
		const struct json *c = json_at(components, i);
		const char *own = NULL;
		if (json_get_str(c, "bom-ref", &own, NULL) == 0 && str_eq(own, ref) &&
		    json_get_str(c, "purl", &purl, NULL) < 0)
			purl = NULL;
		if (!purl)
			purl = find_component(json_get(c, "components"), ref, depth + 1);
	}
	return purl;
}

/* "urn:cdx:serial/version#ref" names a component of another document by its reference there. */
static const char *reference(const char *ref)
{
	const char *hash = str_starts_with(ref, "urn:cdx:") ? strchr(ref, '#') : NULL;

	return hash ? hash + 1 : ref;
}

static int put_affected(struct vuln_vex *v, const struct json *document, const struct json *list,
			struct vex_statement *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		const char *ref = NULL;
		r = json_get_str(json_at(list, i), "ref", &ref, e);
		if (r < 0 || !ref)
			continue;
		ref = reference(ref);
		const char *purl = find_component(json_get(document, "components"), ref, 0);
		r = vex_product(v, purl ? purl : ref, &s->product);
		r = r < 0 ? err_sys(e, r, "a statement") : vex_put(v, s, e);
	}
	return r;
}

int vex_read_cyclonedx(struct vuln_vex *v, const struct json *document, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(document, "vulnerabilities", &list, e);

	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		const struct json *item = json_at(list, i), *analysis = json_get(item, "analysis");
		const char *id = NULL, *state = NULL, *justification = NULL, *detail = NULL;
		struct vex_statement s = {.status = VEX_STATUSES};
		r = json_get_str(item, "id", &id, e);
		if (r == 0)
			r = json_get_str(analysis, "state", &state, e);
		if (r == 0)
			r = json_get_str(analysis, "justification", &justification, e);
		if (r == 0)
			r = json_get_str(analysis, "detail", &detail, e);
		for (size_t k = 0; state && k < ARRAY_LEN(states); k++)
			if (str_eq(state, states[k].state))
				s.status = states[k].status;
		/* Without an analysis it is a finding of somebody's, no statement. */
		if (r < 0 || !id || s.status == VEX_STATUSES)
			continue;
		s.names = vex_names(v, id, NULL);
		s.why = vex_why(v, justification, detail);
		r = put_affected(v, document, json_get(item, "affects"), &s, e);
	}
	return r;
}
