/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacman's local database: var/lib/pacman/local/NAME-VERSION/desc, sections of %KEY% and lines, and files beside it.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

#define LOCAL "var/lib/pacman/local/"

static enum scan_want wants(const struct scan_file *f)
{
	return str_starts_with(f->path, LOCAL) && (str_eq(f->base, "desc") || str_eq(f->base, "files")) ? SCAN_YES
													: SCAN_NO;
}

static int read_local(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct model_package p = {.type = MODEL_PACKAGE_ALPM};
	const struct {
		const char *key;
		const char **into;
	} keys[] = {{"%NAME%", &p.name},
		    {"%VERSION%", &p.version},
		    {"%ARCH%", &p.arch},
		    {"%LICENSE%", &p.licence},
		    {"%BASE%", &p.source_name}};
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, key = {0};
	bool files = str_eq(f->base, "files");

	while (scan_next_line(&lines, &line)) {
		if (line.len > 2 && *line.text == '%' && line.text[line.len - 1] == '%') {
			key = line;
			continue;
		}
		if (files && line.len && scan_line_is(&key, "%FILES%"))
			scan_own(o, line.text, line.len);
		for (size_t i = 0; !files && line.len && i < ARRAY_LEN(keys); i++)
			if (scan_line_is(&key, keys[i].key) && !*keys[i].into)
				*keys[i].into = scan_text(o, line.text, line.len);
	}
	if (!files && (!p.name || !p.version))
		return err_set(e, -EBADMSG, "no name or no version");
	if (!files)
		scan_add(o, &p);
	scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return 0;
}

const struct scan_reader scan_alpm = {
	.name = "pacman database",
	.wants = wants,
	.bytes_max = 64u << 20,
	.read = read_local,
	.grave = true,
	.owned_below = "",
};
