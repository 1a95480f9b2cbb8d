/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBOMs read back, ours and other tools': CycloneDX and SPDX 2 as JSON. A package is what its package URL says; the release
 * is that of the operating system's component, or what the URLs name. Components without a URL cannot be judged and are
 * remarked.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "model/purl.h"
#include "out.h"
#include "reader.h"

#define COMPONENT_DEPTH_MAX 16
#define FOUND_IN "found in: "
#define LOCK_END " (lock)"

struct reading {
	struct scan_out *out;
	size_t without_url;
	struct model_release hinted; /* by package URLs */
};

static const char *property_of(struct scan_out *o, const struct json *component, const char *name)
{
	const struct json *list = json_get(component, "properties");

	for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_count(list); i++)
		if (str_eq(scan_member(o, json_at(list, i), "name"), name))
			return scan_member(o, json_at(list, i), "value");
	return NULL;
}

/* What a document says of a package beside its package URL. */
struct found {
	const char *path; /* NULL: it does not say */
	bool lock, dev;
};

static void take_url(struct reading *r, const char *url, const struct found *found)
{
	struct model_package p = {0};
	struct model_release release = {0};
	struct scan_out *o = r->out;

	if (!url || model_purl_parse(url, &o->arena, &p, &release) < 0) {
		r->without_url++;
		return;
	}
	if (model_package_is_os(p.type) && release.id && !r->hinted.version_id)
		r->hinted = release;
	p.dev = found->dev;
	scan_group_begin(o);
	scan_add(o, &p);
	scan_group_end(o, found->path ? found->path : "sbom", found->lock ? MODEL_GROUP_LOCK : MODEL_GROUP_DATABASE);
}

static void set_release(struct scan_out *o, const struct model_release *r)
{
	o->part.release = *r;
	o->part.release_path = "etc/os-release";
}

/* ---- CycloneDX ---- */

static void take_components(struct reading *r, const struct json *list, int depth)
{
	struct scan_out *o = r->out;

	for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_count(list); i++) {
		const struct json *v = json_at(list, i);
		const char *type = scan_member(o, v, "type");
		if (str_eq(type, "operating-system")) {
			struct model_release release = {.id = scan_member(o, v, "name"),
							.version_id = scan_member(o, v, "version"),
							.pretty_name = scan_member(o, v, "description"),
							.id_like = property_of(o, v, "skep:id_like"),
							.codename = property_of(o, v, "skep:codename"),
							.cpe_name = property_of(o, v, "skep:cpe")};
			set_release(o, &release);
		} else if (!str_eq(type, "file")) {
			struct found found = {.path = property_of(o, v, "skep:path"),
					      .lock = str_eq(property_of(o, v, "skep:lock"), "true"),
					      .dev = str_eq(scan_member(o, v, "scope"), "excluded")};
			take_url(r, scan_member(o, v, "purl"), &found);
		}
		if (depth < COMPONENT_DEPTH_MAX)
			take_components(r, json_get(v, "components"), depth + 1);
	}
}

/* ---- SPDX ---- */

static const char *url_of(struct scan_out *o, const struct json *package)
{
	const struct json *refs = json_get(package, "externalRefs");

	for (size_t i = 0; refs && json_kind(refs) == JSON_ARRAY && i < json_count(refs); i++)
		if (str_eq(scan_member(o, json_at(refs, i), "referenceType"), "purl"))
			return scan_member(o, json_at(refs, i), "referenceLocator");
	return NULL;
}

static void take_spdx_package(struct reading *r, const struct json *v)
{
	struct scan_out *o = r->out;
	const char *purpose = scan_member(o, v, "primaryPackagePurpose"), *from = scan_member(o, v, "sourceInfo");
	const char *url = url_of(o, v);
	bool lock = false;

	if (str_eq(purpose, "OPERATING_SYSTEM") || str_eq(purpose, "OPERATING-SYSTEM")) {
		struct model_release release = {.id = scan_member(o, v, "name"),
						.version_id = scan_member(o, v, "versionInfo")};
		set_release(o, &release);
		return;
	}
	if (!url && (str_eq(purpose, "CONTAINER") || str_eq(purpose, "FILE")))
		return;
	if (from && str_starts_with(from, FOUND_IN)) {
		from += strlen(FOUND_IN);
		size_t len = strlen(from);
		lock = str_ends_with(from, LOCK_END);
		from = scan_text(o, from, lock ? len - strlen(LOCK_END) : len);
	} else {
		from = NULL;
	}
	struct found found = {.path = from, .lock = lock};
	take_url(r, url, &found);
}

/* ---- both ---- */

static int read_document(struct reading *r, const struct json *doc, struct err *e)
{
	const struct json *packages = json_get(doc, "packages");

	if (str_eq(scan_member(r->out, doc, "bomFormat"), "CycloneDX")) {
		take_components(r, json_get(doc, "components"), 0);
		return 0;
	}
	const char *version = scan_member(r->out, doc, "spdxVersion");
	if (!version || !str_starts_with(version, "SPDX-2."))
		return err_set(e, -EOPNOTSUPP, "neither CycloneDX nor SPDX 2 as JSON");
	for (size_t i = 0; packages && json_kind(packages) == JSON_ARRAY && i < json_count(packages); i++)
		take_spdx_package(r, json_at(packages, i));
	return 0;
}

int scan_sbom(const void *text, size_t len, struct scan_out *o, struct err *e)
{
	struct json_limits limits = {.bytes_max = SCAN_SBOM_BYTES_MAX, .depth_max = 64};
	SCOPED_PTR(json) struct json *doc = NULL;
	struct reading r = {.out = o};
	size_t bom = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	int result = json_parse((const char *)text + bom, len - bom, limits, &doc, e);

	if (result == 0)
		result = read_document(&r, doc, e);
	if (result < 0)
		return result;
	if (!o->part.release_path && r.hinted.id)
		set_release(o, &r.hinted);
	if (r.without_url)
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(""),
			    "%zu components have no package URL of a kind that is known: not judged", r.without_url);
	o->part.bytes = len;
	o->part.files = 1;
	return 0;
}
