/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks in TOML that are lists of tables with a name and a version: Cargo.lock, poetry.lock, uv.lock, pdm.lock, pylock.toml
 * (PEP 751) and Julia's Manifest.toml. Their writers put one key on a line, so lines are all that is read; what stands in
 * tables within a package's own is about something else.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "pin.h"
#include "readers.h"

static const struct lock {
	const char *name, *table; /* of a package; ending in a dot when its name follows */
	enum model_package_type type;
	const char *groups; /* the key that says what needs it */
	const char *main;   /* the group of what is not only for development */
} locks[] = {
	{"Cargo.lock", "[[package]]", MODEL_PACKAGE_CARGO, NULL, NULL},
	{"poetry.lock", "[[package]]", MODEL_PACKAGE_PYPI, "groups", "\"main\""},
	{"uv.lock", "[[package]]", MODEL_PACKAGE_PYPI, NULL, NULL},
	{"pdm.lock", "[[package]]", MODEL_PACKAGE_PYPI, "groups", "\"default\""},
	{"Manifest.toml", "[[deps.", MODEL_PACKAGE_JULIA, NULL, NULL},
	{"JuliaManifest.toml", "[[deps.", MODEL_PACKAGE_JULIA, NULL, NULL},
	{"pylock.toml", "[[packages]]", MODEL_PACKAGE_PYPI, NULL, NULL},
};

/* PEP 751 allows pylock.NAME.toml as well. */
static const struct lock *lock_of(const char *base)
{
	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		if (str_eq(base, locks[i].name))
			return &locks[i];
	return str_starts_with(base, "pylock.") && str_ends_with(base, ".toml") ? &locks[ARRAY_LEN(locks) - 1] : NULL;
}

static enum scan_want wants(const struct scan_file *f)
{
	return lock_of(f->base) ? SCAN_YES : SCAN_NO;
}

struct entry {
	struct scan_line name, version;
	bool dev;
	bool local; /* the project itself, from no registry */
};

static void take(struct scan_out *o, enum model_package_type type, struct entry *n)
{
	if (n->name.len && n->version.len && !n->local)
		scan_pin(o, type, n->name, n->version, n->dev);
	*n = (struct entry){0};
}

/* KEY = VALUE; the value. */
static bool value_of(struct scan_line line, const char *key, struct scan_line *ret)
{
	struct scan_line v;

	if (!scan_line_starts(&line, key) || !scan_after(&line, key, &v) || !v.len || *v.text != '=')
		return false;
	*ret = scan_trim((struct scan_line){v.text + 1, v.len - 1});
	return true;
}

/* KEY = "value", whatever stands behind it. */
static bool string_of(struct scan_line line, const char *key, struct scan_line *ret)
{
	struct scan_line v;

	if (!value_of(line, key, &v))
		return false;
	if (v.len < 2 || (*v.text != '"' && *v.text != '\''))
		return true;
	const char *close = memchr(v.text + 1, *v.text, v.len - 1);
	if (close && !ret->len)
		*ret = (struct scan_line){v.text + 1, (size_t)(close - v.text) - 1};
	return true;
}

static void take_field(const struct lock *lock, struct entry *n, struct scan_line line)
{
	struct scan_line v;

	if (string_of(line, "name", &n->name) || string_of(line, "version", &n->version))
		return;
	if (value_of(line, "source", &v) &&
	    (scan_line_has(&v, "virtual = ") || scan_line_is(&v, "{ editable = \".\" }")))
		n->local = true;
	/* Poetry before 1.5 had categories. */
	if (value_of(line, "category", &v))
		n->dev = scan_line_starts(&v, "\"dev\"");
	else if (lock->groups && value_of(line, lock->groups, &v))
		n->dev = v.len && *v.text == '[' && scan_line_has(&v, "]") && !scan_line_has(&v, lock->main);
}

/* "[[deps.Name]]" is a package, and "[[Name]]" in the first version of the form. */
static bool is_named_table(const struct lock *lock, struct scan_line line, struct entry *n)
{
	bool julia = lock->type == MODEL_PACKAGE_JULIA;
	size_t skip = scan_line_starts(&line, lock->table) ? strlen(lock->table) : 2;

	if (!julia || !scan_line_starts(&line, "[[") || line.len < skip + 3 ||
	    memchr(line.text + skip, '.', line.len - skip))
		return false;
	n->name = (struct scan_line){line.text + skip, line.len - skip - 2};
	return true;
}

/* Does a line that is not indented look like TOML? */
static bool is_toml(struct scan_line line)
{
	return memchr(line.text, '=', line.len) || strchr("[]{}#\"',", *line.text);
}

static int read_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	const struct lock *lock = lock_of(f->base);
	struct scan_line line;
	struct entry entry = {0};
	bool inside = false;
	size_t number = 0;

	while (scan_next_line(&lines, &line)) {
		number++;
		if (!line.len || *line.text == ' ' || *line.text == '\t' || *line.text == '#')
			continue;
		if (!is_toml(line))
			return err_set(e, -EBADMSG, "line %zu: not a lock in TOML", number);
		if (*line.text != '[') {
			if (inside)
				take_field(lock, &entry, line);
			continue;
		}
		struct scan_line table = scan_trim(scan_before(line, '#'));
		struct entry named = {0};
		bool own = scan_line_is(&table, lock->table) || is_named_table(lock, table, &named);
		if (own) {
			take(o, lock->type, &entry);
			entry = named;
		}
		inside = own;
	}
	take(o, lock->type, &entry);
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

const struct scan_reader scan_toml_lock = {
	.name = "lock file",
	.wants = wants,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_lock,
	.grave = true,
};
