/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP: Composer's composer.lock and what it wrote into vendor/composer/installed.json.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static enum scan_want wants(const struct scan_file *f)
{
	return str_eq(f->base, "composer.lock") || scan_path_ends(f->path, "vendor/composer/installed.json") ? SCAN_YES
													     : SCAN_NO;
}

static void take_list(struct scan_out *o, const struct json *list)
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
		scan_add_simple(o, MODEL_PACKAGE_COMPOSER, scan_member(o, v, "name"), version, licence);
	}
}

static int read_packages(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = scan_json(f, &doc, e);

	if (r < 0)
		return r;
	/* Composer 1 wrote installed.json as a list. */
	if (json_kind(doc) == JSON_ARRAY)
		take_list(o, doc);
	take_list(o, json_get(doc, "packages"));
	take_list(o, json_get(doc, "packages-dev"));
	scan_group_end(o, f->path, str_eq(f->base, "composer.lock") ? MODEL_GROUP_LOCK : MODEL_GROUP_INSTALLED);
	return 0;
}

const struct scan_reader scan_php = {
	.name = "Composer packages",
	.wants = wants,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_packages,
};
