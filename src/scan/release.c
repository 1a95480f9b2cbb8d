/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os-release(5): which distribution this is. /etc/os-release wins over /usr/lib/os-release; as a link (the usual case) it
 * has no content of its own and the other is read.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static enum scan_want wants(const struct scan_file *f)
{
	return str_eq(f->path, "etc/os-release") || str_eq(f->path, "usr/lib/os-release") ? SCAN_YES : SCAN_NO;
}

/* The value as the shell would read it: quotes and their escapes away. */
static const char *value_of(struct scan_out *o, struct scan_line v)
{
	char text[256];
	size_t n = 0;
	char quote = v.len && (*v.text == '"' || *v.text == '\'') ? *v.text : '\0';

	for (size_t i = quote ? 1 : 0; i < v.len && n < sizeof(text); i++) {
		if (quote && v.text[i] == quote)
			break;
		if (quote == '"' && v.text[i] == '\\' && i + 1 < v.len)
			i++;
		text[n++] = v.text[i];
	}
	return scan_text(o, text, n);
}

static int read_release(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct model_release r = {0};
	const struct {
		const char *key;
		const char **into;
	} keys[] = {
		{"ID=", &r.id},
		{"ID_LIKE=", &r.id_like},
		{"VERSION_ID=", &r.version_id},
		{"VERSION_CODENAME=", &r.codename},
		{"CPE_NAME=", &r.cpe_name},
		{"PRETTY_NAME=", &r.pretty_name},
	};
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, value;

	if (o->part.release_path && str_eq(o->part.release_path, "etc/os-release"))
		return 0;
	while (scan_next_line(&lines, &line))
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (scan_after(&line, keys[i].key, &value))
				*keys[i].into = value_of(o, value);
	o->part.release = r;
	o->part.release_path = scan_text(o, f->path, strlen(f->path));
	return 0;
}

const struct scan_reader scan_release = {
	.name = "os-release",
	.wants = wants,
	.bytes_max = 64u << 10,
	.read = read_release,
	.grave = true,
	.owned_below = "",
};
