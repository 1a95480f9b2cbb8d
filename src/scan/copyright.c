/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's copyright files (Policy 12.5): what licences a package is under. Those in the machine-readable form (copyright-format
 * 1.0, 7.2) name them; of others, what they refer to in /usr/share/common-licenses. Names become SPDX's where there is one.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "readers.h"

#define FOLDER "usr/share/doc/"
#define COMMON "/usr/share/common-licenses/"
#define NAMES_MAX 40
#define NAME_MAX_BYTES 120

struct names {
	char items[NAMES_MAX][NAME_MAX_BYTES];
	size_t count;
};

static void add_name(struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (str_eq(n->items[i], name))
			return;
	if (*name && n->count < NAMES_MAX)
		snprintf(n->items[n->count++], NAME_MAX_BYTES, "%s", name);
}

/* "GPL-2+", "LGPLv2.1", "GFDL-1.3+": *RET is SPDX's name. */
static bool versioned(const char *name, size_t len, bool or_later, char ret[NAME_MAX_BYTES])
{
	static const char *const families[] = {"LGPL", "AGPL", "GPL", "GFDL"};
	size_t i = 0, at;

	while (i < ARRAY_LEN(families) && strncasecmp(name, families[i], MIN_OF(len, strlen(families[i]))) != 0)
		i++;
	if (i == ARRAY_LEN(families) || len < strlen(families[i]))
		return false;
	at = strlen(families[i]);
	if (at == len) {
		snprintf(ret, NAME_MAX_BYTES, "%s-%s-or-later", families[i], *families[i] == 'L' ? "2.0" : "1.0");
		return true;
	}
	at += name[at] == '-';
	at += at < len && name[at] == 'v';
	size_t digits = at;
	while (digits < len && (isdigit((unsigned char)name[digits]) || name[digits] == '.'))
		digits++;
	bool plus = digits < len && name[digits] == '+';
	if (digits == at || digits + plus != len)
		return false;
	bool dotted = memchr(name + at, '.', digits - at);
	snprintf(ret, NAME_MAX_BYTES, "%s-%.*s%s-%s", families[i], (int)(digits - at), name + at, dotted ? "" : ".0",
		 plus || or_later ? "or-later" : "only");
	return true;
}

static void spdx_name(const char *name, size_t len, bool or_later, char ret[NAME_MAX_BYTES])
{
	static const char *const names[][2] = {
		{"Expat", "MIT"},
		{"MIT/X11", "MIT"},
		{"MIT", "MIT"},
		{"X11", "X11"},
		{"Apache-2", "Apache-2.0"},
		{"Apache-2.0", "Apache-2.0"},
		{"Artistic", "Artistic-1.0-Perl"},
		{"Artistic-2", "Artistic-2.0"},
		{"BSD-2-clause", "BSD-2-Clause"},
		{"BSD-3-clause", "BSD-3-Clause"},
		{"BSD-4-clause", "BSD-4-Clause"},
		{"3C-BSD", "BSD-3-Clause"},
		{"BSL", "BSL-1.0"},
		{"CC0", "CC0-1.0"},
		{"CC0-1", "CC0-1.0"},
		{"ZLIB", "Zlib"},
		{"MPL-2", "MPL-2.0"},
		{"OpenLDAP-2.8", "OLDAP-2.8"},
		{"PSF-2", "PSF-2.0"},
	};

	snprintf(ret, NAME_MAX_BYTES, "%.*s", (int)MIN_OF(len, (size_t)NAME_MAX_BYTES - 1), name);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcasecmp(ret, names[i][0]) == 0) {
			snprintf(ret, NAME_MAX_BYTES, "%s", names[i][1]);
			return;
		}
	versioned(name, len, or_later, ret);
}

/* "GPL-2+ and BSD-3-clause", "GPL-1+ or Artistic"; anything longer than names and those two words is left out. */
static void add_synopsis(struct names *n, struct scan_line v)
{
	char text[NAME_MAX_BYTES] = "", one[NAME_MAX_BYTES];
	size_t used = 0;
	bool after_name = false;

	for (size_t at = 0; at < v.len;) {
		size_t len = 0;
		while (at + len < v.len && !strchr(" \t,", v.text[at + len]))
			len++;
		const char *word = v.text + at;
		bool comma = at + len < v.len && v.text[at + len] == ',';
		at += len + 1;
		if (!len)
			continue;
		bool is_or = len == 2 && strncasecmp(word, "or", 2) == 0;
		if (is_or || (len == 3 && strncasecmp(word, "and", 3) == 0)) {
			if (!is_or && used) {
				add_name(n, text);
				used = 0;
			}
			after_name = false;
			continue;
		}
		if (after_name && len == 4 && strncasecmp(word, "with", 4) == 0)
			break; /* an exception only ever allows more */
		if (after_name)
			return; /* a sentence */
		spdx_name(word, len, false, one);
		int more = snprintf(text + used, sizeof(text) - used, "%s%s", used ? " OR " : "", one);
		used = more > 0 ? MIN_OF(used + (size_t)more, sizeof(text) - 1) : used;
		after_name = !comma;
		if (comma) {
			add_name(n, text);
			used = 0;
		}
	}
	if (used)
		add_name(n, text);
}

static void read_fields(const struct scan_file *f, struct names *n)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v;

	while (scan_next_line(&lines, &line))
		if (scan_after(&line, "License:", &v))
			add_synopsis(n, scan_trim(v));
}

static void read_references(const struct scan_file *f, struct names *n)
{
	const char *at = (const char *)f->data, *end = at + f->len;
	bool or_later = memmem(at, f->len, "any later version", 17);
	char name[NAME_MAX_BYTES];

	while (at < end && (at = memmem(at, (size_t)(end - at), COMMON, strlen(COMMON)))) {
		size_t len = 0;
		at += strlen(COMMON);
		while (at + len < end && (isalnum((unsigned char)at[len]) || strchr(".+-", at[len])) && at[len])
			len++;
		while (len && at[len - 1] == '.')
			len--;
		spdx_name(at, len, or_later, name);
		add_name(n, name);
	}
}

static int read_copyright(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(NAMES_MAX * (NAME_MAX_BYTES + 8));
	struct names n = {.count = 0};
	const char *first = f->len ? memchr(f->data, '\n', f->len) : NULL;

	if (first && memmem(f->data, (size_t)(first - (const char *)f->data), "copyright-format", 16))
		read_fields(f, &n);
	else
		read_references(f, &n);
	for (size_t i = 0; i < n.count; i++) {
		bool several = n.count > 1 && strstr(n.items[i], " OR ");
		buf_printf(&text, "%s%s%s%s", i ? " AND " : "", several ? "(" : "", n.items[i], several ? ")" : "");
	}
	if (n.count && !buf_error(&text))
		scan_remark(o, MODEL_REMARK_LICENCE, "text", SCAN_AT(f->path), "%s", buf_str(&text));
	return 0;
}

/* usr/share/doc/PACKAGE/copyright. */
static enum scan_want wants(const struct scan_file *f)
{
	if (!f->options->packages || !str_eq(f->base, "copyright") || !str_starts_with(f->path, FOLDER))
		return SCAN_NO;
	const char *slash = strchr(f->path + strlen(FOLDER), '/');
	return slash && !strchr(slash + 1, '/') ? SCAN_YES : SCAN_NO;
}

const struct scan_reader scan_copyright = {
	.name = "copyright file",
	.wants = wants,
	.bytes_max = 8u << 20,
	.read = read_copyright,
	.owned_below = FOLDER,
};
