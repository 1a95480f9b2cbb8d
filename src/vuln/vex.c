/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements kept and applied, and the reader of OpenVEX.
 */
#include "vuln/vex.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/purl.h"
#include "ecosystem.h"
#include "vex-parts.h"

#define ARENA_MAX (256u << 20)
#define DEPTH_MAX 64
#define WHY_MAX 512

static const char *const status_names[VEX_STATUSES] = {"not_affected", "fixed", "affected", "under_investigation"};

const char *vuln_vex_status_name(enum vuln_vex_status s)
{
	return (size_t)s < ARRAY_LEN(status_names) ? status_names[s] : "unknown";
}

int vuln_vex_status_from(const char *name, enum vuln_vex_status *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
		if (str_eq(name, status_names[i])) {
			*ret = (enum vuln_vex_status)i;
			return 0;
		}
	return -EINVAL;
}

int vuln_vex_new(struct vuln_vex **ret)
{
	struct vuln_vex *v = calloc(1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v->arena = ARENA_INIT(ARENA_MAX);
	*ret = v;
	return 0;
}

void vuln_vex_free(struct vuln_vex *v)
{
	if (!v)
		return;
	arena_done(&v->arena);
	free(v->items);
	free(v);
}

size_t vuln_vex_count(const struct vuln_vex *v)
{
	return v->count;
}

/* ---- what the readers use ---- */

int vex_product(struct vuln_vex *v, const char *id, struct vex_product *ret)
{
	struct model_release release = {0};

	*ret = (struct vex_product){.id = arena_str(&v->arena, id)};
	if (!ret->id)
		return -ENOMEM;
	if (!str_starts_with(id, "pkg:"))
		return 0;
	int r = model_purl_parse(id, &v->arena, &ret->p, &release);
	ret->is_package = r == 0;
	return r == -ENOMEM ? r : 0;
}

int vex_put(struct vuln_vex *v, const struct vex_statement *s, struct err *e)
{
	if (v->count == VULN_VEX_STATEMENTS_MAX)
		return err_set(e, -E2BIG, "more than %d statements", VULN_VEX_STATEMENTS_MAX);
	if (arena_failed(&v->arena) || !s->names || !s->why)
		return err_sys(e, -ENOMEM, "a statement");
	if (v->count == v->capacity) {
		size_t room = v->capacity ? 2 * v->capacity : 64;
		struct vex_statement *grown = reallocarray(v->items, room, sizeof(*grown));
		if (!grown)
			return err_sys(e, -ENOMEM, "a statement");
		v->items = grown;
		v->capacity = room;
	}
	v->items[v->count] = *s;
	v->items[v->count++].document = v->document;
	return 0;
}

const char *const *vex_names(struct vuln_vex *v, const char *first, const struct json *list)
{
	size_t count = 0;
	const char **names = ARENA_ARRAY(&v->arena, json_count(list) + 2, const char *);

	if (names && first)
		names[count++] = arena_str(&v->arena, first);
	for (size_t i = 0; names && i < json_count(list); i++) {
		const char *name = NULL;
		if (json_str(json_at(list, i), &name, NULL) == 0 && *name)
			names[count++] = arena_str(&v->arena, name);
	}
	return names;
}

const char *vex_why(struct vuln_vex *v, const char *justification, const char *words)
{
	char *why = arena_printf(&v->arena, "%.100s%s%.*s", justification ? justification : "",
				 justification && words ? ": " : "", WHY_MAX, words ? words : "");

	if (why)
		str_plain(why, strlen(why));
	return why;
}

/* ---- OpenVEX ---- */

static const char *id_of(const struct json *component)
{
	const char *id = NULL;

	if (json_get_str(json_get(component, "identifiers"), "purl", &id, NULL) < 0 || !id)
		ignore(json_get_str(component, "@id", &id, NULL)); /* of another type: no id */
	return id ? id : "";
}

static int put_product(struct vuln_vex *v, struct vex_statement *s, const struct json *product, struct err *e)
{
	const struct json *parts = json_get(product, "subcomponents");
	int r = vex_product(v, id_of(product), &s->product);

	s->has_part = json_count(parts) > 0;
	if (r == 0 && !s->has_part)
		return vex_put(v, s, e);
	for (size_t i = 0; r == 0 && i < json_count(parts); i++) {
		r = vex_product(v, id_of(json_at(parts, i)), &s->part);
		if (r == 0)
			r = vex_put(v, s, e);
	}
	return r < 0 ? err_sys(e, r, "a statement") : 0;
}

static int read_statement(struct vuln_vex *v, const struct json *statement, struct err *e)
{
	const struct json *products = NULL, *vulnerability = json_get(statement, "vulnerability");
	const char *status = NULL, *name = NULL, *justification = NULL, *impact = NULL;
	struct vex_statement s = {0};
	int r = json_get_str(statement, "status", &status, e);

	if (r == 0)
		r = json_get_str(statement, "justification", &justification, e);
	if (r == 0)
		r = json_get_str(statement, "impact_statement", &impact, e);
	if (r == 0)
		r = json_get_array(statement, "products", &products, e);
	/* Before 0.2.0 the vulnerability was its name alone. */
	if (r == 0)
		r = json_kind(vulnerability) == JSON_STRING ? json_str(vulnerability, &name, e)
							    : json_get_str(vulnerability, "name", &name, e);
	if (r < 0 || !name || !status || vuln_vex_status_from(status, &s.status) < 0)
		return err_set(e, -EBADMSG, "a statement without a vulnerability or with a strange status");
	s.names = vex_names(v, name, json_get(vulnerability, "aliases"));
	s.why = vex_why(v, justification, impact);
	for (size_t i = 0; r == 0 && i < json_count(products); i++)
		r = put_product(v, &s, json_at(products, i), e);
	return r;
}

static int read_openvex(struct vuln_vex *v, const struct json *document, struct err *e)
{
	const struct json *statements = NULL;
	int r = json_get_array(document, "statements", &statements, e);

	for (size_t i = 0; r == 0 && i < json_count(statements); i++)
		r = read_statement(v, json_at(statements, i), e);
	return r;
}

static int read_any(struct vuln_vex *v, const struct json *document, struct err *e)
{
	const char *context = NULL, *format = NULL;

	if (json_kind(json_get(document, "@context")) == JSON_STRING)
		ignore(json_get_str(document, "@context", &context, NULL)); /* its kind was looked at */
	if (json_kind(json_get(document, "bomFormat")) == JSON_STRING)
		ignore(json_get_str(document, "bomFormat", &format, NULL)); /* the same */
	if (context && strstr(context, "openvex"))
		return read_openvex(v, document, e);
	if (format && str_eq(format, "CycloneDX"))
		return vex_read_cyclonedx(v, document, e);
	if (json_get(json_get(document, "document"), "csaf_version"))
		return vex_read_csaf(v, document, e);
	return err_set(e, -EBADMSG, "no OpenVEX, CSAF or CycloneDX document");
}

int vuln_vex_add(struct vuln_vex *v, const char *text, size_t len, const char *name, struct err *e)
{
	SCOPED_PTR(json) struct json *document = NULL;
	struct json_limits limits = {VULN_VEX_BYTES_MAX, DEPTH_MAX};
	size_t before = v->count;

	v->document = arena_str(&v->arena, name);
	int r = v->document ? json_parse(text, len, limits, &document, e) : err_sys(e, -ENOMEM, "reading");
	if (r == 0)
		r = read_any(v, document, e);
	if (r < 0) {
		v->count = before;
		return err_wrap(e, r == -EINVAL ? -EBADMSG : r, "%s", name);
	}
	return 0;
}

/* ---- applying ---- */

static bool same_name(const struct model_package *a, const struct model_package *b)
{
	char left[PACKAGE_NAME_MAX], right[PACKAGE_NAME_MAX];
	const struct ecosystem *eco = ecosystem_of_type(a->type);

	if (a->type != b->type)
		return false;
	if (!eco)
		return str_eq(a->name, b->name) || str_eq(a->name, b->source_name);
	return ecosystem_package_name(eco, a->name, left) == 0 && ecosystem_package_name(eco, b->name, right) == 0 &&
	       str_eq(left, right);
}

static bool is_package(const struct vex_product *stated, const struct model_package *p)
{
	return stated->is_package && same_name(&stated->p, p) &&
	       (!stated->p.version || !*stated->p.version || str_eq(stated->p.version, p->version));
}

static bool is_about(const struct vex_statement *s, const struct model_package *p, const char *product)
{
	bool whole = product && str_eq(s->product.id, product);

	return s->has_part ? whole && is_package(&s->part, p) : whole || is_package(&s->product, p);
}

static bool names_one_of(const struct vex_statement *s, const struct vuln_finding *f)
{
	for (const char *const *name = s->names; *name; name++)
		for (size_t i = 0; i < f->id_count; i++)
			if (str_eq(*name, f->ids[i]))
				return true;
	return false;
}

int vuln_vex_apply(const struct vuln_vex *v, const struct model_package *p, const char *product,
		   struct vuln_findings *findings, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct vex_statement *s = &v->items[i];
		if (!is_about(s, p, product))
			continue;
		for (size_t k = 0; k < findings->count; k++) {
			struct vuln_finding *f = &findings->items[k];
			if (!names_one_of(s, f))
				continue;
			/* A later statement that it does matter takes back an earlier one that it does not. */
			f->suppressed = NULL;
			if (s->status != VEX_NOT_AFFECTED && s->status != VEX_FIXED)
				continue;
			f->suppressed = arena_printf(a, "%s says %s%s%s", s->document, vuln_vex_status_name(s->status),
						     *s->why ? ": " : "", s->why);
			if (!f->suppressed)
				return err_sys(e, -ENOMEM, "applying statements");
		}
	}
	return 0;
}
