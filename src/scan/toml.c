/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of TOML by characters. What it does not know (dates, inline tables) is an error that names the line.
 */
#include "toml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct toml {
	const char *at, *end;
	size_t line;
	struct arena *arena;
	const char *table;
	bool is_element;
	scan_toml_fn *fn;
	void *data;
	struct err *e;
};

static int wrong(struct toml *t, const char *what)
{
	return err_set(t->e, -EINVAL, "line %zu: %s", t->line, what);
}

static bool looking_at(const struct toml *t, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(t->end - t->at) >= len && memcmp(t->at, word, len) == 0;
}

static void skip(struct toml *t, bool lines)
{
	while (t->at < t->end) {
		if (*t->at == '#')
			while (t->at < t->end && *t->at != '\n')
				t->at++;
		else if (*t->at == ' ' || *t->at == '\t' || *t->at == '\r')
			t->at++;
		else if (lines && *t->at == '\n') {
			t->line++;
			t->at++;
		} else
			break;
	}
}

static void put_utf8(char *out, size_t *n, unsigned long c)
{
	if (c < 0x80) {
		out[(*n)++] = (char)c;
	} else if (c < 0x800) {
		out[(*n)++] = (char)(0xc0 | c >> 6);
		out[(*n)++] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		out[(*n)++] = (char)(0xe0 | c >> 12);
		out[(*n)++] = (char)(0x80 | (c >> 6 & 0x3f));
		out[(*n)++] = (char)(0x80 | (c & 0x3f));
	} else {
		out[(*n)++] = (char)(0xf0 | (c >> 18 & 7));
		out[(*n)++] = (char)(0x80 | (c >> 12 & 0x3f));
		out[(*n)++] = (char)(0x80 | (c >> 6 & 0x3f));
		out[(*n)++] = (char)(0x80 | (c & 0x3f));
	}
}

/* Behind a backslash. */
static int take_escape(struct toml *t, bool many, char *out, size_t *n)
{
	static const char from[] = "btnfr\"\\e", to[] = "\b\t\n\f\r\"\\\033";
	const char *known = t->at < t->end && *t->at ? strchr(from, *t->at) : NULL;

	if (known) {
		out[(*n)++] = to[known - from];
		t->at++;
		return 0;
	}
	size_t digits = looking_at(t, "u") ? 4 : looking_at(t, "U") ? 8 : 0;
	if (digits && (size_t)(t->end - t->at) > digits) {
		char hex[9] = {0}, *stop;
		memcpy(hex, t->at + 1, digits);
		unsigned long c = strtoul(hex, &stop, 16);
		if (*stop || !c || c > 0x10ffff)
			return wrong(t, "a character's number is wrong");
		put_utf8(out, n, c);
		t->at += digits + 1;
		return 0;
	}
	/* At the end of a line of several: it goes on, blanks left out. */
	if (many && t->at < t->end && isspace((unsigned char)*t->at)) {
		while (t->at < t->end && isspace((unsigned char)*t->at))
			t->line += *t->at++ == '\n';
		return 0;
	}
	return wrong(t, "an unknown escape");
}

static const char *take_string(struct toml *t)
{
	bool basic = *t->at == '"', many = looking_at(t, basic ? "\"\"\"" : "'''");
	const char *quote = many ? basic ? "\"\"\"" : "'''" : basic ? "\"" : "'";
	size_t n = 0;

	t->at += strlen(quote);
	if (many && looking_at(t, "\n")) {
		t->line++;
		t->at++;
	}
	/* What it becomes is never longer than it is. */
	const char *stop = t->at;
	while (stop < t->end && (many || *stop != '\n'))
		stop++;
	char *out = malloc((size_t)(stop - t->at) + 5);
	int r = out ? 0 : -ENOMEM;
	while (r == 0 && !looking_at(t, quote)) {
		if (t->at >= t->end || (!many && *t->at == '\n')) {
			r = wrong(t, "a string without an end");
		} else if (basic && *t->at == '\\') {
			t->at++;
			r = take_escape(t, many, out, &n);
		} else {
			t->line += *t->at == '\n';
			out[n++] = *t->at++;
		}
	}
	if (r == 0)
		t->at += strlen(quote);
	/* Three quotes may have one or two of the string's own before them. */
	while (r == 0 && many && looking_at(t, quote + 2))
		out[n++] = *t->at++;
	const char *text = r == 0 ? arena_strn(t->arena, out, n) : NULL;
	free(out);
	return text;
}

static const char *take_bare(struct toml *t, const char *more)
{
	const char *from = t->at;

	while (t->at < t->end && (isalnum((unsigned char)*t->at) || strchr(more, *t->at)) && *t->at)
		t->at++;
	return t->at > from ? arena_strn(t->arena, from, (size_t)(t->at - from)) : NULL;
}

static int give(struct toml *t, struct scan_toml_event v)
{
	v.table = t->table;
	v.is_element = t->is_element;
	v.line = t->line;
	return t->fn(&v, t->data, t->e);
}

static int take_array(struct toml *t, const char *key)
{
	int r = 0;

	t->at++;
	for (skip(t, true); r == 0; skip(t, true)) {
		if (t->at >= t->end)
			return wrong(t, "a list without an end");
		if (*t->at == ']') {
			t->at++;
			return 0;
		}
		if (*t->at == '"' || *t->at == '\'') {
			const char *text = take_string(t);
			r = text ? give(t, (struct scan_toml_event){.kind = SCAN_TOML_ITEM, .key = key, .text = text})
			    : t->e && t->e->code ? t->e->code
						 : -ENOMEM;
		} else if (!take_bare(t, "+-._")) {
			return wrong(t, "lists of strings and numbers are read, nothing else");
		}
		skip(t, true);
		if (r == 0 && t->at < t->end && *t->at == ',')
			t->at++;
	}
	return r;
}

static int take_value(struct toml *t, const char *key)
{
	struct scan_toml_event v = {.key = key};
	char *stop;

	if (t->at >= t->end)
		return wrong(t, "a value is missing");
	if (*t->at == '[')
		return take_array(t, key);
	if (*t->at == '"' || *t->at == '\'') {
		v.kind = SCAN_TOML_STRING;
		v.text = take_string(t);
		return v.text ? give(t, v) : t->e && t->e->code ? t->e->code : -ENOMEM;
	}
	v.text = take_bare(t, "+-._:");
	if (!v.text)
		return wrong(t, "expected a string, a number, true, false or a list");
	v.kind = SCAN_TOML_BOOL;
	v.number = strcmp(v.text, "true") == 0;
	if (!v.number && strcmp(v.text, "false") != 0) {
		v.kind = SCAN_TOML_NUMBER;
		v.number = strtod(v.text, &stop);
		if (*stop)
			return wrong(t, "expected a string, a number, true, false or a list");
	}
	return give(t, v);
}

static int take_table(struct toml *t)
{
	t->is_element = looking_at(t, "[[");
	t->at += t->is_element ? 2 : 1;
	skip(t, false);
	t->table = take_bare(t, "_-.");
	skip(t, false);
	if (!t->table || !looking_at(t, t->is_element ? "]]" : "]"))
		return wrong(t, "a table's name is wrong");
	t->at += t->is_element ? 2 : 1;
	return give(t, (struct scan_toml_event){.kind = SCAN_TOML_TABLE, .key = "", .text = ""});
}

static int take_line(struct toml *t)
{
	if (*t->at == '[')
		return take_table(t);
	const char *key = *t->at == '"' || *t->at == '\'' ? take_string(t) : take_bare(t, "_-.");
	skip(t, false);
	if (!key || t->at >= t->end || *t->at != '=')
		return wrong(t, "expected NAME = VALUE");
	t->at++;
	skip(t, false);
	return take_value(t, key);
}

int scan_toml_read(const char *text, size_t len, struct arena *a, scan_toml_fn *fn, void *data, struct err *e)
{
	struct err own = {0};
	struct toml t = {.at = text,
			 .end = text + len,
			 .line = 1,
			 .arena = a,
			 .table = "",
			 .fn = fn,
			 .data = data,
			 .e = e ? e : &own};
	int r = 0;

	if (len > SCAN_TOML_BYTES_MAX)
		return err_set(e, -E2BIG, "larger than %u MiB", SCAN_TOML_BYTES_MAX >> 20);
	for (skip(&t, true); r == 0 && t.at < t.end; skip(&t, true)) {
		r = take_line(&t);
		skip(&t, false);
		if (r == 0 && t.at < t.end && *t.at != '\n')
			r = wrong(&t, "something stands behind the value");
	}
	return r == 0 && arena_failed(a) ? err_set(e, -ENOMEM, "out of memory") : r;
}
