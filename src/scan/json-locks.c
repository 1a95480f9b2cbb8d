/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks and manifests in JSON: Swift, renv, Conan, Conda, dub, vcpkg, and the SPDX documents that Bitnami and vcpkg put beside
 * what they install.
 */
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "model/purl.h"
#include "pin.h"

/* ---- Swift ---- */

/* The address of a repository as feeds name it: without scheme, user and ".git". */
static struct scan_line repository(const char *url)
{
	struct scan_line v = scan_line_of(url);
	const char *scheme = v.len ? memmem(v.text, v.len, "://", 3) : NULL;

	if (scheme)
		v = (struct scan_line){scheme + 3, v.len - (size_t)(scheme + 3 - v.text)};
	const char *slash = v.len ? memchr(v.text, '/', v.len) : NULL, *at = v.len ? memchr(v.text, '@', v.len) : NULL;
	if (at && (!slash || at < slash))
		v = (struct scan_line){at + 1, v.len - (size_t)(at + 1 - v.text)};
	if (v.len && v.text[v.len - 1] == '/')
		v.len--;
	if (v.len > 4 && memcmp(v.text + v.len - 4, ".git", 4) == 0)
		v.len -= 4;
	return v;
}

/* Version 1 has object.pins and repositoryURL, later ones pins and location. */
int scan_read_swift_resolved(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char *const states[] = {"version", "branch", "revision"};
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	const struct json *pins = json_get(doc, "pins"), *object = json_get(doc, "object");
	pins = pins ? pins : json_get(object, "pins");
	if (!pins || json_kind(pins) != JSON_ARRAY)
		return err_set(e, -EBADMSG, "no list of pins");
	for (size_t i = 0; i < json_count(pins); i++) {
		const struct json *pin = json_at(pins, i), *state = json_get(pin, "state");
		const char *url = scan_member(o, pin, "location"), *version = NULL;
		url = url ? url : scan_member(o, pin, "repositoryURL");
		url = url ? url : scan_member(o, pin, "identity");
		for (size_t k = 0; k < ARRAY_LEN(states) && !version; k++)
			version = scan_member(o, state, states[k]);
		scan_pin(o, MODEL_PACKAGE_SWIFT, repository(url), scan_line_of(version), false);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

/* ---- R ---- */

static int take_r_package(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *name = scan_member(o, value, "Package");

	scan_pin(o, MODEL_PACKAGE_CRAN, scan_line_of(name ? name : scan_text(o, key, strlen(key))),
		 scan_line_of(scan_member(o, value, "Version")), false);
	return 0;
}

int scan_read_renv_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *packages = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "Packages", &packages, e);
	if (r == 0 && packages)
		r = json_each(packages, take_r_package, o, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* ---- Conan ---- */

/* NAME/VERSION[@USER/CHANNEL][#REVISION][:PACKAGE][%TIME] */
static void take_reference(struct scan_out *o, const char *text, bool dev)
{
	struct scan_line whole = scan_line_of(text ? scan_text(o, text, strlen(text)) : NULL);
	struct scan_line version = scan_behind(whole, '/');

	for (const char *mark = "@#:%"; *mark; mark++)
		version = scan_before(version, *mark);
	if (version.len)
		scan_pin(o, MODEL_PACKAGE_CONAN, scan_before(whole, '/'), version, dev);
}

static int take_node(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *reference = scan_member(o, value, "ref");

	take_reference(o, reference ? reference : scan_member(o, value, "pref"),
		       str_eq(scan_member(o, value, "context"), "build"));
	return 0;
}

int scan_read_conan_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char *const lists[] = {"requires", "build_requires", "python_requires"};
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *graph = NULL, *nodes = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "graph_lock", &graph, e);
	if (r == 0 && graph)
		r = json_get_object(graph, "nodes", &nodes, e);
	if (r == 0 && nodes)
		r = json_each(nodes, take_node, o, e);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(lists); i++) {
		const struct json *list = NULL;
		r = json_get_array(doc, lists[i], &list, e);
		for (size_t k = 0; r == 0 && list && k < json_count(list); k++) {
			const char *text = NULL;
			r = json_str(json_at(list, k), &text, e);
			if (r == 0)
				take_reference(o, text, i == 1);
		}
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* ---- Conda ---- */

/* conda-meta/NAME-VERSION-BUILD.json; the folder has other files beside, which are no packages. */
int scan_read_conda_meta(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	const char *version = scan_member(o, doc, "version");
	if (version)
		scan_add_simple(o, MODEL_PACKAGE_CONDA, scan_member(o, doc, "name"), version,
				scan_member(o, doc, "license"));
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

/* ---- dub, vcpkg ---- */

static int take_selection(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *version = NULL;

	if (json_kind(value) == JSON_STRING && json_str(value, &version, NULL) == 0)
		version = scan_text(o, version, strlen(version));
	else if (json_kind(value) == JSON_OBJECT)
		version = scan_member(o, value, "version");
	if (str_starts_with(version ? version : "", "=="))
		version += 2;
	scan_pin(o, MODEL_PACKAGE_DUB, scan_line_of(scan_text(o, key, strlen(key))), scan_line_of(version), false);
	return 0;
}

int scan_read_dub(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *versions = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "versions", &versions, e);
	if (r == 0 && versions)
		r = json_each(versions, take_selection, o, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* The version that V gives a package, of whichever scheme. */
static const char *vcpkg_version(struct scan_out *o, const struct json *v)
{
	static const char *const keys[] = {"version", "version-semver", "version-string", "version-date"};
	const char *version = NULL;

	for (size_t i = 0; i < ARRAY_LEN(keys) && !version; i++)
		version = scan_member(o, v, keys[i]);
	return version;
}

/* Overrides pin; what is only wanted is taken from a baseline that is not here. */
int scan_read_vcpkg(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *overrides = NULL, *wanted = NULL;
	struct scan_loose loose = {0};
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_array(doc, "overrides", &overrides, e);
	if (r == 0)
		r = json_get_array(doc, "dependencies", &wanted, e);
	if (r < 0)
		return r;
	for (size_t i = 0; overrides && i < json_count(overrides); i++)
		scan_pin(o, MODEL_PACKAGE_VCPKG, scan_line_of(scan_member(o, json_at(overrides, i), "name")),
			 scan_line_of(vcpkg_version(o, json_at(overrides, i))), false);
	for (size_t i = 0; wanted && i < json_count(wanted); i++) {
		const char *name = NULL;
		if (json_kind(json_at(wanted, i)) == JSON_OBJECT)
			name = scan_member(o, json_at(wanted, i), "name");
		else if (json_kind(json_at(wanted, i)) != JSON_STRING || json_str(json_at(wanted, i), &name, NULL) < 0)
			continue;
		bool pinned = false;
		for (size_t k = 0; k < o->package_count && k < 1000 && !pinned; k++)
			pinned = str_eq(o->packages[k].name, name);
		if (name && !pinned)
			scan_loose_add(&loose, scan_line_of(name));
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	scan_loose_end(&loose, o, f, MODEL_PACKAGE_VCPKG);
	return 0;
}

/* ---- SPDX documents of what is installed ---- */

static const char *url_of(struct scan_out *o, const struct json *package)
{
	const struct json *refs = json_get(package, "externalRefs");

	for (size_t i = 0; refs && json_kind(refs) == JSON_ARRAY && i < json_count(refs); i++)
		if (str_eq(scan_member(o, json_at(refs, i), "referenceType"), "purl"))
			return scan_member(o, json_at(refs, i), "referenceLocator");
	return NULL;
}

int scan_read_spdx(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *packages = NULL;
	bool vcpkg = str_ends_with(f->path, "vcpkg.spdx.json");
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_array(doc, "packages", &packages, e);
	for (size_t i = 0; r == 0 && packages && i < json_count(packages); i++) {
		const struct json *v = json_at(packages, i);
		struct model_package p = {.version = ""};
		struct model_release release;
		const char *url = url_of(o, v);
		if (vcpkg && str_eq(scan_member(o, v, "SPDXID"), "SPDXRef-port"))
			scan_pin(o, MODEL_PACKAGE_VCPKG, scan_line_of(scan_member(o, v, "name")),
				 scan_line_of(scan_member(o, v, "versionInfo")), false);
		else if (!vcpkg && url && model_purl_parse(url, &o->arena, &p, &release) == 0 &&
			 !model_package_is_os(p.type))
			scan_add(o, &p);
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return r;
}
