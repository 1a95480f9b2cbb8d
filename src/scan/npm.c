/* SPDX-License-Identifier: Apache-2.0 */
/*
 * npm (docs.npmjs.com: package.json, package-lock.json): what lies in node_modules is installed, by its package.json; a
 * lock says what is to be. Locks of versions 1 (nested "dependencies") and 2 and 3 ("packages" by place).
 */
#include <string.h>

#include "base/str.h"
#include "pin.h"
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

/* VS Code and Unity use the same file for extensions that npm does not know. */
static bool is_extension(const struct json *doc)
{
	const struct json *engines = json_get(doc, "engines");

	return (engines && json_kind(engines) == JSON_OBJECT && json_get(engines, "vscode")) || json_get(doc, "unity");
}

static int read_package(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	/* Folders of modules hold package.json files without a version that only say how to load what is there. */
	const char *version = scan_member(o, doc, "version");
	if (version && !is_extension(doc))
		scan_add_simple(o, MODEL_PACKAGE_NPM, scan_member(o, doc, "name"), version, licence_of(o, doc));
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

static enum scan_want wants_lock(const struct scan_file *f)
{
	bool lock = str_eq(f->base, "package-lock.json") || str_eq(f->base, "npm-shrinkwrap.json");

	return lock && !below_modules(f->path) ? SCAN_YES : SCAN_NO;
}

static bool flag_of(const struct json *v, const char *key)
{
	bool set = false;

	return json_get_bool(v, key, &set, NULL) == 0 && set;
}

/* A link stands for the folder it leads to, which has an entry of its own; the entry "" is the project itself. */
static int take_place(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *name = scan_member(o, value, "name"), *behind = below_modules(key);
	struct model_package p = {.type = MODEL_PACKAGE_NPM,
				  .name = name || !behind ? name : scan_text(o, behind, strlen(behind)),
				  .version = scan_member(o, value, "version"),
				  .licence = scan_member(o, value, "license"),
				  .dev = flag_of(value, "dev")};

	if (!*key || flag_of(value, "link") || !p.name || (!behind && !p.version))
		return 0;
	p.version = p.version ? p.version : "";
	scan_add(o, &p);
	return 0;
}

struct nested {
	struct scan_out *out;
	int depth;
};

/* ".../NAME-1.2.3.tgz" is version 1.2.3 of NAME; other addresses say none. */
static struct scan_line version_of_archive(struct scan_line name, struct scan_line url)
{
	static const char *const ends[] = {".tgz", ".tar.gz"};
	const char *slash = memrchr(url.text, '/', url.len), *scope = memrchr(name.text, '/', name.len);
	struct scan_line base = {slash ? slash + 1 : url.text, 0};

	base.len = url.len - (size_t)(base.text - url.text);
	base = scan_before(base, '#');
	if (scope)
		name = (struct scan_line){scope + 1, name.len - (size_t)(scope + 1 - name.text)};
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t end = strlen(ends[i]);
		if (base.len <= name.len + 1 + end || memcmp(base.text + base.len - end, ends[i], end) != 0 ||
		    memcmp(base.text, name.text, name.len) != 0 || base.text[name.len] != '-')
			continue;
		struct scan_line v = {base.text + name.len + 1, base.len - name.len - 1 - end};
		if (scan_is_version(v))
			return v;
	}
	return (struct scan_line){0};
}

/* "npm:other@1.2" names another package; an address is a commit, an archive or a folder. */
static void take_version_1(struct scan_out *o, struct scan_line name, struct scan_line version, bool dev)
{
	if (scan_line_starts(&version, "npm:")) {
		struct scan_line real = {version.text + 4, version.len - 4};
		const char *at = real.len > 1 ? memrchr(real.text + 1, '@', real.len - 1) : NULL;
		if (at) {
			name = (struct scan_line){real.text, (size_t)(at - real.text)};
			version = (struct scan_line){at + 1, real.len - (size_t)(at + 1 - real.text)};
		}
	} else if (memchr(version.text, ':', version.len) || memchr(version.text, '/', version.len)) {
		version = version_of_archive(name, version);
	}
	scan_pin(o, MODEL_PACKAGE_NPM, name, version, dev);
}

static int take_dependency(const char *key, const struct json *value, void *data, struct err *e)
{
	struct nested *n = data;
	struct nested below = {n->out, n->depth + 1};
	const struct json *more = json_get(value, "dependencies");
	const char *version = scan_member(n->out, value, "version");

	/* A workspace: "file:packages/a". */
	if (version && !str_starts_with(version, "file:"))
		take_version_1(n->out, scan_line_of(scan_text(n->out, key, strlen(key))), scan_line_of(version),
			       flag_of(value, "dev"));
	else if (version && str_ends_with(version, "gz"))
		scan_pin(n->out, MODEL_PACKAGE_NPM, scan_line_of(scan_text(n->out, key, strlen(key))),
			 version_of_archive(scan_line_of(key), scan_line_of(version)), flag_of(value, "dev"));
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
	else if (r == 0 && !json_get(doc, "lockfileVersion"))
		r = err_set(e, -EBADMSG, "neither packages nor dependencies");
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
	.grave = true,
};
