/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks of Bun (bun.lock, JSON with trailing commas) and Deno (deno.lock): packages of npm, named by what was resolved.
 */
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"

struct bun {
	struct scan_out *out;
	const struct json *workspaces;
	const char *wanted; /* the name that is looked for */
	bool dev, direct;   /* of which it is */
};

/* Where the last at sign parts the name from the version; not the one of a scope. */
static bool split(const char *text, struct scan_line *name, struct scan_line *version)
{
	const char *at = strlen(text) > 1 ? strchr(text + 1, '@') : NULL;

	if (!at)
		return false;
	*name = (struct scan_line){text, (size_t)(at - text)};
	*version = scan_line_of(at + 1);
	return true;
}

static int look_in_workspace(const char *key, const struct json *value, void *data, struct err *e)
{
	struct bun *b = data;

	b->dev = b->dev || json_get(json_get(value, "devDependencies"), b->wanted);
	b->direct = b->direct || json_get(json_get(value, "dependencies"), b->wanted) ||
		    json_get(json_get(value, "optionalDependencies"), b->wanted);
	return 0;
}

static int take_package(const char *key, const struct json *value, void *data, struct err *e)
{
	struct bun *b = data;
	struct scan_line name, version;
	const char *text = NULL;

	if (json_kind(value) != JSON_ARRAY || !json_at(value, 0) || json_kind(json_at(value, 0)) != JSON_STRING)
		return err_set(e, -EBADMSG, "package %.100s: not a list that begins with NAME@VERSION", key);
	int r = json_str(json_at(value, 0), &text, e);
	if (r < 0)
		return r;
	if (!split(text, &name, &version) || scan_line_starts(&version, "workspace:") ||
	    scan_line_starts(&version, "link:") || scan_line_starts(&version, "root:"))
		return 0;
	/* A commit, an archive or a folder is no version that a feed knows; the name stays. */
	if (!scan_is_version(version))
		version.len = 0;
	b->wanted = key;
	b->dev = b->direct = false;
	if (b->workspaces)
		r = json_each(b->workspaces, look_in_workspace, b, e);
	text = scan_text(b->out, text, strlen(text));
	if (r == 0 && text && split(text, &name, &(struct scan_line){0}))
		scan_pin(b->out, MODEL_PACKAGE_NPM, name, version, b->dev && !b->direct);
	return r;
}

int scan_read_bun_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *packages = NULL;
	struct bun b = {.out = o};
	int r = scan_json_relaxed(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "packages", &packages, e);
	if (r == 0)
		r = json_get_object(doc, "workspaces", &b.workspaces, e);
	if (r == 0 && !packages && !b.workspaces)
		return err_set(e, -EBADMSG, "neither packages nor workspaces");
	/* Every package asks every workspace. */
	if (r == 0 && packages && b.workspaces && json_count(packages) * json_count(b.workspaces) > 10000000)
		b.workspaces = NULL;
	if (r == 0 && packages)
		r = json_each(packages, take_package, &b, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

/* "name@1.2.3_peer@4.0.0" */
static int take_deno(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	const char *text = scan_text(o, key, strlen(key));
	struct scan_line name, version;

	if (text && split(text, &name, &version))
		scan_pin(o, MODEL_PACKAGE_NPM, name, scan_before(version, '_'), false);
	return 0;
}

/* Version 3 has them in packages.npm, later ones in npm. */
int scan_read_deno_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *outer = NULL, *npm = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "packages", &outer, e);
	if (r == 0)
		r = json_get_object(outer ? outer : doc, "npm", &npm, e);
	if (r == 0 && npm)
		r = json_each(npm, take_deno, o, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}
