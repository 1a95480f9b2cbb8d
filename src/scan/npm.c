/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npm (docs.npmjs.com: package.json, package-lock.json): what lies in node_modules is installed, by its package.json; a
 * lock says what is to be. Locks of versions 1 (nested "dependencies") and 2 and 3 ("packages" by place).
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

#define NODE_MODULES "node_modules/"
#define LOCK_DEPTH_MAX 32

/* The last part of PATH behind a node_modules folder; NULL when there is none. */
static const char *below_modules(const char *path)
{
	const char *found = NULL;

	for (const char *at = path; (at = strstr(at, NODE_MODULES)); at += strlen(NODE_MODULES))
		if (at == path || at[-1] == '/')
			found = at + strlen(NODE_MODULES);
	return found;
}

/* node_modules/NAME/package.json or node_modules/@SCOPE/NAME/package.json */
static enum scan_want wants_package(const struct scan_file *f)
{
	const char *rest = str_eq(f->base, "package.json") ? below_modules(f->path) : NULL;

	if (!rest)
		return SCAN_NO;
	const char *slash = strchr(rest, '/');
	if (slash && *rest == '@')
		slash = strchr(slash + 1, '/');
	return slash && str_eq(slash, "/package.json") ? SCAN_YES : SCAN_NO;
}

static const char *licence_of(struct scan_out *o, const struct json *doc)
{
	const struct json *member = json_get(doc, "license");
	const char *text = scan_member(o, doc, "license");

	if (!text && member)
		text = scan_member(o, member, "type");
	if (!text && (member = json_get(doc, "licenses")))
		text = scan_member(o, json_kind(member) == JSON_ARRAY ? json_at(member, 0) : member, "type");
	return text;
}

static int read_package(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	/* Folders of modules hold package.json files without a version that only say how to load what is there. */
	const char *version = scan_member(o, doc, "version");
	if (version)
		scan_add_simple(o, MODEL_PACKAGE_NPM, scan_member(o, doc, "name"), version, licence_of(o, doc));
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

static enum scan_want wants_lock(const struct scan_file *f)
{
	bool lock = str_eq(f->base, "package-lock.json") || str_eq(f->base, "npm-shrinkwrap.json");

	return lock && !below_modules(f->path) ? SCAN_YES : SCAN_NO;
}

static int take_place(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *name = scan_member(o, value, "name"), *behind = below_modules(key);
	bool link = false;

	if (json_get_bool(value, "link", &link, NULL) < 0 || link || !behind)
		return 0;
	scan_add_simple(o, MODEL_PACKAGE_NPM, name ? name : scan_text(o, behind, strlen(behind)),
			scan_member(o, value, "version"), scan_member(o, value, "license"));
	return 0;
}

struct nested {
	struct scan_out *out;
	int depth;
};

static int take_dependency(const char *key, const struct json *value, void *data, struct err *e)
{
	struct nested *n = data;
	struct nested below = {n->out, n->depth + 1};
	const struct json *more = json_get(value, "dependencies");
	const char *version = scan_member(n->out, value, "version");

	/* "npm:other@1.2" names another package; addresses and paths have no version. */
	if (version && str_starts_with(version, "npm:") && strrchr(version, '@') > version + 4) {
		const char *at = strrchr(version, '@');
		scan_add_simple(n->out, MODEL_PACKAGE_NPM, scan_text(n->out, version + 4, (size_t)(at - version - 4)),
				at + 1, NULL);
	} else if (version && !strchr(version, ':')) {
		scan_add_simple(n->out, MODEL_PACKAGE_NPM, scan_text(n->out, key, strlen(key)), version, NULL);
	}
	if (more && json_kind(more) == JSON_OBJECT && below.depth < LOCK_DEPTH_MAX)
		return json_each(more, take_dependency, &below, e);
	return 0;
}

static int read_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *packages = NULL, *dependencies = NULL;
	struct nested n = {.out = o};
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "packages", &packages, e);
	if (r == 0)
		r = json_get_object(doc, "dependencies", &dependencies, e);
	if (r == 0 && packages)
		r = json_each(packages, take_place, o, e);
	else if (r == 0 && dependencies)
		r = json_each(dependencies, take_dependency, &n, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

const struct scan_reader scan_npm = {
	.name = "package.json",
	.wants = wants_package,
	.bytes_max = 4u << 20,
	.read = read_package,
	.grave = true,
};

const struct scan_reader scan_npm_lock = {
	.name = "npm lock",
	.wants = wants_lock,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_lock,
};
