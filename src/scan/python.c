/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python: installed distributions by their metadata (PyPA core metadata: METADATA of .dist-info, PKG-INFO of .egg-info),
 * and requirements.txt and Pipfile.lock, of which only what is pinned to one version counts.
 */
#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "pin.h"
#include "readers.h"

/* The folder's name ends in END, whatever its case: "a-1.0.dist-info/METADATA", "A/EGG-INFO/PKG-INFO". */
static bool in_folder_of(const char *path, const char *end, const char *file)
{
	size_t len = strlen(path), tail = strlen(end) + 1 + strlen(file);

	return len >= tail && scan_path_ends(path, file) && strncasecmp(path + len - tail, end, strlen(end)) == 0;
}

static enum scan_want wants_metadata(const struct scan_file *f)
{
	return in_folder_of(f->path, "dist-info", "METADATA") || in_folder_of(f->path, "egg-info", "PKG-INFO") ||
			       str_ends_with(f->base, ".egg-info")
		       ? SCAN_YES
		       : SCAN_NO;
}

/* The head of a mail, by RFC 822's rules; the body is a description. */
static int read_metadata(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0}, version = {0}, licence = {0};

	while (scan_next_line(&lines, &line) && line.len) {
		if (!name.len && scan_after(&line, "Name:", &v))
			name = v;
		else if (!version.len && scan_after(&line, "Version:", &v))
			version = v;
		else if (scan_after(&line, "License-Expression:", &v))
			licence = v;
		else if (!licence.len && scan_after(&line, "License:", &v) && !scan_line_is(&v, "UNKNOWN"))
			licence = v;
	}
	if (!name.len || !version.len)
		return err_set(e, -EBADMSG, "no name or no version");
	scan_add_simple(o, MODEL_PACKAGE_PYPI, scan_text(o, name.text, name.len),
			scan_text(o, version.text, version.len),
			licence.len ? scan_text(o, licence.text, MIN_OF(licence.len, (size_t)200)) : NULL);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

static enum scan_want wants_requirements(const struct scan_file *f)
{
	bool named =
		strstr(f->base, "requirements") || strstr(f->path, "requirements/") || strstr(f->base, "constraints");

	return named && (str_ends_with(f->base, ".txt") || str_ends_with(f->base, ".lock")) ? SCAN_YES : SCAN_NO;
}

/* The requirement in LINE: without a marker behind ";", a comment, and its own options ("--hash=...", "-C x"). */
static struct scan_line requirement_of(struct scan_line line)
{
	for (size_t i = 0; i < line.len; i++) {
		bool blank = !i || line.text[i - 1] == ' ' || line.text[i - 1] == '\t';
		bool option = i && line.len - i > 1 && line.text[i] == '-';
		if (line.text[i] == ';' || (blank && (line.text[i] == '#' || option))) {
			line.len = i;
			break;
		}
	}
	return scan_trim(line);
}

/* What "==" names in LINE, a list of clauses parted by commas: one version, or nothing. */
static struct scan_line pinned_version(struct scan_line clauses)
{
	for (; clauses.len; clauses = scan_behind(clauses, ',')) {
		struct scan_line one = scan_trim(scan_before(clauses, ','));
		if (!scan_line_starts(&one, "=="))
			continue;
		while (one.len && *one.text == '=')
			one = (struct scan_line){one.text + 1, one.len - 1};
		one = scan_trim(one);
		if (scan_is_version(one))
			return one;
	}
	return (struct scan_line){0};
}

/* "name[extra] == 1.2", or in parentheses; everything else that names something is not pinned. */
static void take_requirement(struct scan_out *o, struct scan_line line, struct scan_loose *loose)
{
	struct scan_line name = {line.text, 0}, rest;

	while (name.len < line.len &&
	       (isalnum((unsigned char)line.text[name.len]) || strchr("._-", line.text[name.len])))
		name.len++;
	rest = scan_trim((struct scan_line){line.text + name.len, line.len - name.len});
	if (rest.len && *rest.text == '[')
		rest = scan_trim(scan_behind(rest, ']'));
	if (rest.len > 2 && *rest.text == '(' && rest.text[rest.len - 1] == ')')
		rest = scan_trim((struct scan_line){rest.text + 1, rest.len - 2});
	struct scan_line version = pinned_version(rest);
	if (name.len && version.len)
		scan_pin(o, MODEL_PACKAGE_PYPI, name, version, false);
	else
		scan_loose_add(loose, line);
}

#define LOGICAL_LINE_MAX 65536
#define REQUIREMENTS_BYTES_MAX (4u << 20)

/* Names and versions are ASCII; other characters of UTF-16 become a question mark. */
static void take_utf16(const struct scan_file *f, struct buf *plain)
{
	for (size_t i = 2; i + 1 < f->len; i += 2)
		buf_add_char(plain, f->data[i + 1] || f->data[i] > 126 || !f->data[i] ? '?' : (char)f->data[i]);
}

/* The next line with those it goes on in, behind a backslash, put together in B. */
static bool next_logical(struct scan_lines *lines, struct buf *b)
{
	struct scan_line line;

	buf_reset(b);
	while (scan_next_line(lines, &line)) {
		bool more = line.len && line.text[line.len - 1] == '\\';
		buf_add(b, line.text, line.len - more);
		if (!more)
			return true;
		buf_add_char(b, ' ');
	}
	return b->len;
}

static int read_requirements(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(LOGICAL_LINE_MAX), plain = BUF_INIT(REQUIREMENTS_BYTES_MAX);
	struct scan_lines lines = scan_lines_of(f);
	struct scan_loose loose = {0};

	if (f->len >= 2 && memcmp(f->data, "\xff\xfe", 2) == 0) {
		take_utf16(f, &plain);
		lines = (struct scan_lines){buf_str(&plain), buf_str(&plain) + plain.len};
	} else if (f->len && memchr(f->data, '\0', f->len)) {
		return err_set(e, -EBADMSG, "neither text in UTF-8 nor in UTF-16");
	}
	if (f->len >= 3 && memcmp(f->data, "\xef\xbb\xbf", 3) == 0)
		lines.at += 3;
	while (next_logical(&lines, &b)) {
		if (buf_error(&b) < 0)
			return err_set(e, -EBADMSG, "a line longer than %d bytes", LOGICAL_LINE_MAX);
		struct scan_line line = scan_trim((struct scan_line){buf_str(&b), b.len});
		if (line.len && *line.text != '#' && *line.text != '-')
			line = requirement_of(line);
		/* Options that install something: "-e ADDRESS". */
		if (scan_line_starts(&line, "-e ") || scan_line_starts(&line, "--editable"))
			scan_loose_add(&loose, line);
		else if (line.len && *line.text != '#' && *line.text != '-')
			take_requirement(o, line, &loose);
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	scan_loose_end(&loose, o, f, MODEL_PACKAGE_PYPI);
	return 0;
}

static enum scan_want wants_pipfile(const struct scan_file *f)
{
	return str_eq(f->base, "Pipfile.lock") ? SCAN_YES : SCAN_NO;
}

struct pipfile {
	struct scan_out *out;
	bool dev;
};

/* Repositories and archives have no version of their own; folders are the project's. */
static int take_locked(const char *key, const struct json *value, void *data, struct err *e)
{
	struct pipfile *p = data;
	const char *version = scan_member(p->out, value, "version");
	bool elsewhere = json_get(value, "git") || json_get(value, "file");

	if (version && str_starts_with(version, "=="))
		version += str_starts_with(version, "===") ? 3 : 2;
	if (version ? scan_is_version(scan_line_of(version)) : elsewhere)
		scan_pin(p->out, MODEL_PACKAGE_PYPI, scan_line_of(scan_text(p->out, key, strlen(key))),
			 scan_line_of(version), p->dev);
	return 0;
}

static int read_pipfile(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const char *const parts[] = {"default", "develop"};
	SCOPED_PTR(json) struct json *doc = NULL;
	bool any = false;
	int r = scan_json(f, &doc, e);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(parts); i++) {
		const struct json *part = NULL;
		struct pipfile p = {.out = o, .dev = i == 1};
		r = json_get_object(doc, parts[i], &part, e);
		any = any || part;
		if (r == 0 && part)
			r = json_each(part, take_locked, &p, e);
	}
	if (r == 0 && !any)
		r = err_set(e, -EBADMSG, "neither default nor develop");
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return r;
}

const struct scan_reader scan_python = {
	.name = "Python metadata",
	.wants = wants_metadata,
	.bytes_max = 4u << 20,
	.read = read_metadata,
	.grave = true,
};

const struct scan_reader scan_requirements = {
	.name = "requirements.txt",
	.wants = wants_requirements,
	.bytes_max = REQUIREMENTS_BYTES_MAX,
	.read = read_requirements,
	.grave = true,
};

const struct scan_reader scan_pipfile = {
	.name = "Pipfile.lock",
	.wants = wants_pipfile,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_pipfile,
	.grave = true,
};
