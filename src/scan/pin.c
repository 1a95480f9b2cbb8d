/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins and what is not pinned. YAML is read by lines: locks are written by tools in its block style, one key on a line.
 */
#include "pin.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct scan_line scan_line_of(const char *text)
{
	return (struct scan_line){text ? text : "", text ? strlen(text) : 0};
}

struct scan_line scan_before(struct scan_line line, char mark)
{
	const char *at = line.len ? memchr(line.text, mark, line.len) : NULL;

	return at ? (struct scan_line){line.text, (size_t)(at - line.text)} : line;
}

struct scan_line scan_behind(struct scan_line line, char mark)
{
	const char *at = line.len ? memchr(line.text, mark, line.len) : NULL;

	return at ? (struct scan_line){at + 1, line.len - (size_t)(at + 1 - line.text)} : (struct scan_line){0};
}

struct scan_line scan_unquoted(struct scan_line v)
{
	v = scan_trim(v);
	if (v.len >= 2 && (*v.text == '"' || *v.text == '\'') && v.text[v.len - 1] == *v.text)
		v = (struct scan_line){v.text + 1, v.len - 2};
	return v;
}

bool scan_line_starts(const struct scan_line *line, const char *word)
{
	size_t len = strlen(word);

	return line->len >= len && memcmp(line->text, word, len) == 0;
}

bool scan_line_has(const struct scan_line *line, const char *word)
{
	return line->len && memmem(line->text, line->len, word, strlen(word));
}

void scan_pin(struct scan_out *o, enum model_package_type type, struct scan_line name, struct scan_line version,
	      bool dev)
{
	struct model_package p = {.type = type,
				  .name = scan_text(o, name.text, name.len),
				  .version = version.len ? scan_text(o, version.text, version.len) : "",
				  .dev = dev};

	if (name.len && p.name)
		scan_add(o, &p);
}

void scan_loose_add(struct scan_loose *l, struct scan_line name)
{
	size_t used = strlen(l->names);

	l->count++;
	if (used + 40 < sizeof(l->names))
		snprintf(l->names + used, sizeof(l->names) - used, "%s%.*s", used ? ", " : "",
			 (int)MIN_OF(name.len, (size_t)36), name.len ? name.text : "");
}

void scan_loose_end(const struct scan_loose *l, struct scan_out *o, const struct scan_file *f,
		    enum model_package_type type)
{
	char why[256];

	snprintf(why, sizeof(why), "%zu named without the version that will be used: %s", l->count, l->names);
	if (l->count)
		scan_unpinned(o, f, type, why);
}

bool scan_is_vendored(const char *path)
{
	static const char *const places[] = {"node_modules/",	 "site-packages/",  "dist-packages/",	 "pkg/mod/",
					     ".cargo/registry/", "/gems/",	    "bower_components/", "cargo/git/",
					     ".nuget/packages/", ".m2/repository/", "/vendor/"};

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (strstr(path, places[i]))
			return true;
	return false;
}

void scan_unpinned(struct scan_out *o, const struct scan_file *f, enum model_package_type type, const char *why)
{
	char rule[64];

	if (scan_is_vendored(f->path))
		return;
	snprintf(rule, sizeof(rule), MODEL_GAP_UNPINNED "%s", model_package_type_name(type));
	scan_remark(o, MODEL_REMARK_UNREAD, rule, SCAN_AT(f->path), "seen, not judged: %s packages, %s",
		    model_package_type_name(type), why);
}

bool scan_is_version(struct scan_line v)
{
	size_t skip = v.len > 1 && *v.text == 'v';

	if (!v.len || !isdigit((unsigned char)v.text[skip]))
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (strchr("<>=^*, |()[]{}$", v.text[i]) || !v.text[i])
			return false;
	return true;
}

/* The end of a quoted text, or the beginning of " #". */
static struct scan_line without_comment(struct scan_line v, struct scan_line *comment)
{
	size_t from = 0;

	if (v.len && (*v.text == '"' || *v.text == '\'')) {
		const char *close = memchr(v.text + 1, *v.text, v.len - 1);
		from = close ? (size_t)(close - v.text) : 0;
	}
	for (size_t i = from; i < v.len; i++)
		if (v.text[i] == '#' && (!i || v.text[i - 1] == ' ')) {
			*comment = scan_trim((struct scan_line){v.text + i + 1, v.len - i - 1});
			return scan_trim((struct scan_line){v.text, i});
		}
	return scan_trim(v);
}

/* Where the key ends: a colon before a blank or the end, outside of quotes. */
static size_t key_length(struct scan_line v)
{
	size_t from = 0;

	if (v.len && (*v.text == '"' || *v.text == '\'')) {
		const char *close = memchr(v.text + 1, *v.text, v.len - 1);
		from = close ? (size_t)(close - v.text) + 1 : 0;
	}
	for (size_t i = from; i < v.len; i++)
		if (v.text[i] == ':' && (i + 1 == v.len || v.text[i + 1] == ' '))
			return i;
	return v.len;
}

bool scan_yaml_next(struct scan_lines *lines, struct scan_yaml_line *ret)
{
	struct scan_line line;

	while (scan_next_line(lines, &line)) {
		struct scan_yaml_line y = {0};
		while (y.indent < line.len && line.text[y.indent] == ' ')
			y.indent++;
		while (y.indent + 1 < line.len && line.text[y.indent] == '-' && line.text[y.indent + 1] == ' ') {
			y.item = true;
			for (y.indent++; y.indent < line.len && line.text[y.indent] == ' ';)
				y.indent++;
		}
		struct scan_line rest = {line.text + y.indent, line.len - y.indent};
		rest = without_comment(rest, &y.comment);
		if (!rest.len)
			continue;
		size_t key = key_length(rest);
		y.colon = key < rest.len;
		y.key = scan_unquoted((struct scan_line){rest.text, key});
		if (key < rest.len)
			y.value = scan_unquoted((struct scan_line){rest.text + key + 1, rest.len - key - 1});
		*ret = y;
		return true;
	}
	return false;
}
