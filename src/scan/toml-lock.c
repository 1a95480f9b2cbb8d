/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks in TOML that are lists of [[package]] tables with a name and a version: Cargo.lock, poetry.lock, uv.lock and
 * pdm.lock. Their writers put one key on a line, so lines are all that is read.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static const struct {
	const char *name;
	enum model_package_type type;
} locks[] = {
	{"Cargo.lock", MODEL_PACKAGE_CARGO},
	{"poetry.lock", MODEL_PACKAGE_PYPI},
	{"uv.lock", MODEL_PACKAGE_PYPI},
	{"pdm.lock", MODEL_PACKAGE_PYPI},
};

static enum scan_want wants(const struct scan_file *f)
{
	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		if (str_eq(f->base, locks[i].name))
			return SCAN_YES;
	return SCAN_NO;
}

struct entry {
	struct scan_line name, version;
	bool local; /* of the project itself, from no registry */
};

static void take(struct scan_out *o, enum model_package_type type, struct entry *n)
{
	if (n->name.len && n->version.len && !n->local)
		scan_add_simple(o, type, scan_text(o, n->name.text, n->name.len),
				scan_text(o, n->version.text, n->version.len), NULL);
	*n = (struct entry){0};
}

/* KEY = "value" */
static bool string_of(const struct scan_line *line, const char *key, struct scan_line *ret)
{
	struct scan_line v;

	if (!scan_after(line, key, &v) || v.len < 4 || *v.text != '=')
		return false;
	v = scan_trim((struct scan_line){v.text + 1, v.len - 1});
	if (v.len < 2 || *v.text != '"' || v.text[v.len - 1] != '"')
		return false;
	*ret = (struct scan_line){v.text + 1, v.len - 2};
	return true;
}

static int read_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	enum model_package_type type = MODEL_PACKAGE_PYPI;
	struct scan_line line;
	struct entry entry = {0};
	bool inside = false;

	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		if (str_eq(f->base, locks[i].name))
			type = locks[i].type;
	while (scan_next_line(&lines, &line)) {
		if (line.len && *line.text == '[') {
			bool table = scan_line_is(&line, "[[package]]");
			if (table || !(line.len > 9 && memcmp(line.text, "[package.", 9) == 0))
				take(o, type, &entry);
			inside = table;
		} else if (inside && !string_of(&line, "name", &entry.name)) {
			ignore(string_of(&line, "version", &entry.version)); /* other keys say nothing */
			if (scan_line_is(&line, "source = { virtual = \".\" }") ||
			    scan_line_is(&line, "source = { editable = \".\" }"))
				entry.local = true;
		}
	}
	take(o, type, &entry);
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

const struct scan_reader scan_toml_lock = {
	.name = "lock file",
	.wants = wants,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_lock,
};
