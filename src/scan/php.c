/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP: Composer's composer.lock and what it wrote into vendor/composer/installed.json.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

#define DEV_NAMES_MAX 2000

static enum scan_want wants(const struct scan_file *f)
{
	return str_eq(f->base, "composer.lock") || scan_path_ends(f->path, "composer/installed.json") ? SCAN_YES
												      : SCAN_NO;
}

/* Is NAME one of the texts in LIST? */
static bool is_listed(const struct json *list, const char *name)
{
	for (size_t i = 0; list && name && json_kind(list) == JSON_ARRAY && i < json_count(list); i++) {
		const char *text = NULL;
		if (json_kind(json_at(list, i)) == JSON_STRING && json_str(json_at(list, i), &text, NULL) == 0 &&
		    str_eq(text, name))
			return true;
	}
	return false;
}

static void take_list(struct scan_out *o, const struct json *list, bool dev, const struct json *dev_names)
{
	for (size_t i = 0; list && json_kind(list) == JSON_ARRAY && i < json_count(list); i++) {
		const struct json *v = json_at(list, i), *licences = json_get(v, "license");
		const char *version = scan_member(o, v, "version"), *licence = NULL;
		/* A tag's name: "v1.2" is version 1.2. */
		if (version && *version == 'v' && version[1] >= '0' && version[1] <= '9')
			version++;
		if (licences && json_kind(licences) == JSON_ARRAY && json_at(licences, 0) &&
		    json_kind(json_at(licences, 0)) == JSON_STRING &&
		    json_str(json_at(licences, 0), &licence, NULL) == 0)
			licence = scan_text(o, licence, strlen(licence));
		struct model_package p = {.type = MODEL_PACKAGE_COMPOSER,
					  .name = scan_member(o, v, "name"),
					  .version = version ? version : "",
					  .licence = licence};
		p.dev = dev || is_listed(dev_names, p.name);
		if (p.name)
			scan_add(o, &p);
	}
}

static int read_packages(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	/* Composer 1 wrote installed.json as a list. */
	const struct json *packages = json_kind(doc) == JSON_ARRAY ? doc : json_get(doc, "packages");
	const struct json *dev_names = json_get(doc, "dev-package-names");
	if (!packages || json_kind(packages) != JSON_ARRAY)
		return err_set(e, -EBADMSG, "no list of packages");
	if (dev_names && json_kind(dev_names) == JSON_ARRAY && json_count(dev_names) > DEV_NAMES_MAX)
		return err_set(e, -EBADMSG, "more than %d packages for development", DEV_NAMES_MAX);
	take_list(o, packages, false, dev_names);
	take_list(o, json_get(doc, "packages-dev"), true, NULL);
	scan_group_end(o, f->path, str_eq(f->base, "composer.lock") ? MODEL_GROUP_LOCK : MODEL_GROUP_INSTALLED);
	return 0;
}

const struct scan_reader scan_php = {
	.name = "Composer packages",
	.wants = wants,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_packages,
	.grave = true,
};
