/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .NET: NAME.deps.json beside a program ("libraries": "Name/1.2.3" of type package) and packages.lock.json.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static enum scan_want wants_deps(const struct scan_file *f)
{
	return str_ends_with(f->base, ".deps.json") ? SCAN_YES : SCAN_NO;
}

static int take_library(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;
	static const char pack[] = "runtimepack.";
	const char *slash = strchr(key, '/');
	const char *type = scan_member(o, value, "type");

	/* A runtime pack is the NuGet package behind the prefix. */
	if (str_starts_with(key, pack))
		key += strlen(pack);
	if (slash && slash > key && type && (str_eq(type, "package") || str_eq(type, "runtimepack")))
		scan_add_simple(o, MODEL_PACKAGE_NUGET, scan_text(o, key, (size_t)(slash - key)),
				scan_text(o, slash + 1, strlen(slash + 1)), NULL);
	return 0;
}

static int read_deps(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *libraries = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "libraries", &libraries, e);
	if (r == 0 && !libraries && !json_get(doc, "runtimeTarget"))
		r = err_set(e, -EBADMSG, "neither libraries nor a runtime target");
	if (r == 0 && libraries)
		r = json_each(libraries, take_library, o, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return r;
}

static enum scan_want wants_lock(const struct scan_file *f)
{
	return str_eq(f->base, "packages.lock.json") ? SCAN_YES : SCAN_NO;
}

static int take_locked(const char *key, const struct json *value, void *data, struct err *e)
{
	struct scan_out *o = data;

	if (!str_eq(scan_member(o, value, "type"), "Project") && scan_member(o, value, "resolved"))
		scan_add_simple(o, MODEL_PACKAGE_NUGET, scan_text(o, key, strlen(key)),
				scan_member(o, value, "resolved"), NULL);
	return 0;
}

static int take_target(const char *key, const struct json *value, void *data, struct err *e)
{
	return json_kind(value) == JSON_OBJECT ? json_each(value, take_locked, data, e) : 0;
}

static int read_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *targets = NULL;
	int r = scan_json(f, &doc, e);

	if (r == 0)
		r = json_get_object(doc, "dependencies", &targets, e);
	if (r == 0 && !targets)
		r = err_set(e, -EBADMSG, "no dependencies");
	if (r == 0 && targets)
		r = json_each(targets, take_target, o, e);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

const struct scan_reader scan_dotnet = {
	.name = "deps.json",
	.wants = wants_deps,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_deps,
	.grave = true,
};

const struct scan_reader scan_dotnet_lock = {
	.name = "packages.lock.json",
	.wants = wants_lock,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_lock,
	.grave = true,
};
