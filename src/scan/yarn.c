/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks of yarn (both syntaxes) and pnpm. All three are read by lines: an entry's key names the package, an indented
 * line its version; pnpm's key holds both.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"

static enum scan_want wants_yarn(const struct scan_file *f)
{
	return str_eq(f->base, "yarn.lock") && !strstr(f->path, "node_modules/") ? SCAN_YES : SCAN_NO;
}

/* A key's package: what is before the at sign that is not the first character. */
static struct scan_line name_of(struct scan_line key)
{
	if (key.len && *key.text == '"') {
		key.text++;
		key.len--;
	}
	const char *at = key.len > 1 ? memchr(key.text + 1, '@', key.len - 1) : NULL;
	const char *alias = at ? memmem(at, key.len - (size_t)(at - key.text), "@npm:", 5) : NULL;
	/* "foo@npm:lodash@4.17.4": lodash by another name. */
	if (alias) {
		struct scan_line real = {alias + 5, key.len - (size_t)(alias + 5 - key.text)};
		const char *real_at = real.len > 1 ? memchr(real.text + 1, '@', real.len - 1) : NULL;
		const char *stop = memchr(real.text, ',', real.len);
		if (real_at && (!stop || real_at < stop))
			return (struct scan_line){real.text, (size_t)(real_at - real.text)};
	}
	return (struct scan_line){key.text, at ? (size_t)(at - key.text) : 0};
}

static struct scan_line unquoted(struct scan_line v)
{
	v = scan_trim(v);
	if (v.len >= 2 && (*v.text == '"' || *v.text == '\'') && v.text[v.len - 1] == *v.text)
		v = (struct scan_line){v.text + 1, v.len - 2};
	return v;
}

static int read_yarn(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0};

	while (scan_next_line(&lines, &line)) {
		if (!line.len || *line.text == '#')
			continue;
		if (*line.text != ' ') {
			/* Workspaces and the lock's own head are no packages of a registry. */
			bool local =
				memmem(line.text, line.len, "@workspace:", 11) || scan_line_is(&line, "__metadata:");
			name = local ? (struct scan_line){0} : name_of(line);
			continue;
		}
		bool version = scan_after(&line, "  version ", &v) || scan_after(&line, "  version:", &v);
		if (!version || !name.len)
			continue;
		v = unquoted(v);
		scan_add_simple(o, MODEL_PACKAGE_NPM, scan_text(o, name.text, name.len), scan_text(o, v.text, v.len),
				NULL);
		name.len = 0;
	}
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

/* "/name/1.2_peer@3", "/name@1.2(peer@3)", "name@1.2": a scope begins with an at sign; what peers there are is left out. */
static void take_pnpm_key(struct scan_out *o, struct scan_line key)
{
	key = unquoted(key);
	bool slash = key.len && *key.text == '/';
	if (slash)
		key = (struct scan_line){key.text + 1, key.len - 1};
	const char *paren = memchr(key.text, '(', key.len);
	if (paren)
		key.len = (size_t)(paren - key.text);
	const char *at = version_mark(key, '@'), *old = slash ? version_mark(key, '/') : NULL;
	if (!at || (old && old < at && memchr(old, '_', (size_t)(at - old))))
		at = old;
	if (!at)
		return;
	size_t version = key.len - (size_t)(at + 1 - key.text);
	const char *peers = memchr(at + 1, '_', version);
	if (peers)
		version = (size_t)(peers - at - 1);
	scan_add_simple(o, MODEL_PACKAGE_NPM, scan_text(o, key.text, (size_t)(at - key.text)),
			scan_text(o, at + 1, version), NULL);
}

static int read_pnpm(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	bool packages = false;

	while (scan_next_line(&lines, &line)) {
		if (line.len && *line.text != ' ' && *line.text != '#')
			packages = scan_line_is(&line, "packages:");
		bool key = packages && line.len > 3 && memcmp(line.text, "  ", 2) == 0 && line.text[2] != ' ' &&
			   line.text[line.len - 1] == ':';
		if (key)
			take_pnpm_key(o, (struct scan_line){line.text + 2, line.len - 3});
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

const struct scan_reader scan_yarn = {
	.name = "yarn lock",
	.wants = wants_yarn,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_yarn,
};

const struct scan_reader scan_pnpm = {
	.name = "pnpm lock",
	.wants = wants_pnpm,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_pnpm,
};
