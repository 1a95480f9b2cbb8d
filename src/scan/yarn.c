/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks of yarn (both syntaxes) and pnpm, read by lines. An entry of yarn is named by its resolution where it has one,
 * else by its key; pnpm's key holds name and version, but for archives, repositories and folders, which say them in fields.
 */
#include <string.h>

#include "base/str.h"
#include "pin.h"
#include "readers.h"

static enum scan_want wants_yarn(const struct scan_file *f)
{
	return str_eq(f->base, "yarn.lock") && !strstr(f->path, "node_modules/") ? SCAN_YES : SCAN_NO;
}

/* What is before the at sign that is not the first character: "@a/b@^1" is @a/b. */
static struct scan_line name_of(struct scan_line text)
{
	const char *at = text.len > 1 ? memchr(text.text + 1, '@', text.len - 1) : NULL;

	return (struct scan_line){text.text, at ? (size_t)(at - text.text) : 0};
}

/*
 * The name in a key, which may hold several descriptors. "foo@npm:lodash@4.17.4" is lodash by another name; the newer
 * syntax says so again, in the entry's resolution.
 */
static struct scan_line name_of_key(struct scan_line key)
{
	key = scan_trim(key);
	if (key.len && (*key.text == '"' || *key.text == '\''))
		key = (struct scan_line){key.text + 1, key.len - 1};
	struct scan_line first = scan_before(key, ',');
	const char *alias = first.len ? memmem(first.text, first.len, "@npm:", 5) : NULL;
	if (alias) {
		struct scan_line real =
			name_of((struct scan_line){alias + 5, first.len - (size_t)(alias + 5 - first.text)});
		if (real.len)
			return real;
	}
	return name_of(first);
}

/* KEY VALUE, or KEY: VALUE, either of them in quotes or not. */
static bool field_of(struct scan_line line, const char *key, struct scan_line *ret)
{
	size_t quote = line.len && *line.text == '"', len = strlen(key);

	if (line.len < len + 2 * quote + 1 || memcmp(line.text + quote, key, len) != 0 ||
	    (quote && line.text[len + 1] != '"') || !strchr(": ", line.text[len + 2 * quote]))
		return false;
	line = scan_trim((struct scan_line){line.text + len + 2 * quote, line.len - len - 2 * quote});
	if (line.len && *line.text == ':')
		line = (struct scan_line){line.text + 1, line.len - 1};
	*ret = scan_unquoted(line);
	return true;
}

struct yarn_entry {
	struct scan_line name, version, resolution;
};

static void take_yarn(struct scan_out *o, struct yarn_entry *n)
{
	struct scan_line name = n->resolution.len ? name_of(n->resolution) : n->name;

	/* Workspaces are the project's own. */
	if (n->version.len && !scan_line_has(&n->resolution, "@workspace:") &&
	    !scan_line_is(&n->version, "0.0.0-use.local"))
		scan_pin(o, MODEL_PACKAGE_NPM, name, n->version, false);
	*n = (struct yarn_entry){0};
}

static int read_yarn(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	struct yarn_entry entry = {0};
	size_t number = 0, indent = 0;

	while (scan_next_line(&lines, &line)) {
		struct scan_line rest = scan_trim(line);
		size_t before = (size_t)(rest.text - line.text);
		number++;
		if (!rest.len || *rest.text == '#' || scan_line_is(&rest, "---"))
			continue;
		if (before == 0) {
			if (rest.text[rest.len - 1] != ':')
				return err_set(e, -EBADMSG, "line %zu: no entry of a lock of yarn", number);
			take_yarn(o, &entry);
			entry.name = scan_line_is(&rest, "__metadata:") ? (struct scan_line){0} : name_of_key(rest);
			indent = 0;
			continue;
		}
		indent = indent ? indent : before;
		/* Fields of the entry itself; what it depends on is indented further. */
		if (before == indent && !field_of(rest, "version", &entry.version))
			ignore(field_of(rest, "resolution", &entry.resolution)); /* other fields say nothing */
	}
	take_yarn(o, &entry);
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

static enum scan_want wants_pnpm(const struct scan_file *f)
{
	return str_eq(f->base, "pnpm-lock.yaml") && !strstr(f->path, "node_modules/") ? SCAN_YES : SCAN_NO;
}

/* Where MARK stands before a digit, not at the beginning. */
static const char *version_mark(struct scan_line key, char mark)
{
	for (size_t i = 1; i + 1 < key.len; i++)
		if (key.text[i] == mark && key.text[i + 1] >= '0' && key.text[i + 1] <= '9')
			return key.text + i;
	return NULL;
}

struct pnpm_entry {
	struct scan_line key, name, version;
	bool dev;
};

/* A key of an archive, a repository or a folder holds an address instead of a version. */
static bool is_address(struct scan_line key)
{
	static const char *const marks[] = {"file:",	 "://",		"link:",       "git@",		"git+",
					    "codeload.", "github.com/", "gitlab.com/", "bitbucket.org/"};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (scan_line_has(&key, marks[i]))
			return true;
	return false;
}

/* "/name/1.2_peer@3", "registry/name/1.2", "/name@1.2(peer@3)", "name@1.2"; without the peers. */
static void split_pnpm_key(struct scan_line key, struct scan_line *name, struct scan_line *version)
{
	key = scan_before(key, '(');
	const char *slash = memchr(key.text, '/', key.len), *dot = memchr(key.text, '.', key.len);
	bool old_form = slash && (slash == key.text || (*key.text != '@' && dot && dot < slash));

	if (old_form)
		key = (struct scan_line){slash + 1, key.len - (size_t)(slash + 1 - key.text)};
	const char *at = version_mark(key, '@'), *old = old_form ? version_mark(key, '/') : NULL;
	if (!at || (old && old < at && memchr(old, '_', (size_t)(at - old))))
		at = old;
	if (!at)
		return;
	*name = (struct scan_line){key.text, (size_t)(at - key.text)};
	*version = scan_before((struct scan_line){at + 1, key.len - (size_t)(at + 1 - key.text)}, '_');
}

/* Entries say their name and version themselves where the key does not. */
static void take_pnpm(struct scan_out *o, struct pnpm_entry *n)
{
	struct scan_line name = {0}, version = {0};

	if (n->key.len && is_address(scan_before(n->key, '(')))
		name = *n->key.text == '/' || scan_line_starts(&n->key, "file:") ? (struct scan_line){0}
										 : name_of(n->key);
	else if (n->key.len)
		split_pnpm_key(n->key, &name, &version);
	if (n->key.len)
		scan_pin(o, MODEL_PACKAGE_NPM, n->name.len ? n->name : name, n->version.len ? n->version : version,
			 n->dev);
	*n = (struct pnpm_entry){0};
}

static int read_pnpm(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_yaml_line y;
	struct pnpm_entry entry = {0};
	bool packages = false, lock = false;

	while (scan_yaml_next(&lines, &y)) {
		if (y.indent <= 2)
			take_pnpm(o, &entry);
		if (y.indent == 0) {
			packages = scan_line_is(&y.key, "packages");
			lock = lock || scan_line_is(&y.key, "lockfileVersion") || packages;
		}
		if (!packages)
			continue;
		if (y.indent == 2)
			entry.key = y.key;
		else if (y.indent == 4 && scan_line_is(&y.key, "name"))
			entry.name = y.value;
		else if (y.indent == 4 && scan_line_is(&y.key, "version"))
			entry.version = y.value;
		else if (y.indent == 4 && scan_line_is(&y.key, "dev"))
			entry.dev = scan_line_is(&y.value, "true");
	}
	take_pnpm(o, &entry);
	if (!lock)
		return err_set(e, -EBADMSG, "no lockfileVersion");
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

const struct scan_reader scan_yarn = {
	.name = "yarn lock",
	.wants = wants_yarn,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_yarn,
	.grave = true,
};

const struct scan_reader scan_pnpm = {
	.name = "pnpm lock",
	.wants = wants_pnpm,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_pnpm,
	.grave = true,
};
