/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ruby: installed gems by the specification that RubyGems writes (s.name = "x".freeze), and Gemfile.lock.
 */
#include <string.h>

#include "base/str.h"
#include "pin.h"
#include "readers.h"

static enum scan_want wants_gemspec(const struct scan_file *f)
{
	return strstr(f->path, "specifications/") && str_ends_with(f->base, ".gemspec") ? SCAN_YES : SCAN_NO;
}

/* The first string in quotes. */
static struct scan_line quoted(struct scan_line v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.text[i] != '"' && v.text[i] != '\'')
			continue;
		const char *end = memchr(v.text + i + 1, v.text[i], v.len - i - 1);
		if (end)
			return (struct scan_line){v.text + i + 1, (size_t)(end - v.text) - i - 1};
		break;
	}
	return (struct scan_line){0};
}

static int read_gemspec(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, v, name = {0}, version = {0}, licence = {0};

	while (scan_next_line(&lines, &line)) {
		line = scan_trim(line);
		if (!name.len && scan_after(&line, "s.name =", &v))
			name = quoted(v);
		else if (!version.len && scan_after(&line, "s.version =", &v))
			version = quoted(v);
		else if (!licence.len && scan_after(&line, "s.licenses =", &v))
			licence = quoted(v);
	}
	if (!name.len || !version.len)
		return err_set(e, -EBADMSG, "no name or no version");
	scan_add_simple(o, MODEL_PACKAGE_GEM, scan_text(o, name.text, name.len),
			scan_text(o, version.text, version.len),
			licence.len ? scan_text(o, licence.text, licence.len) : NULL);
	scan_group_end(o, f->path, MODEL_GROUP_INSTALLED);
	return 0;
}

static enum scan_want wants_lock(const struct scan_file *f)
{
	return str_eq(f->base, "Gemfile.lock") || str_eq(f->base, "gems.locked") ? SCAN_YES : SCAN_NO;
}

/* Sections have capital letters: "GEM", "BUNDLED WITH". */
static bool is_section(struct scan_line line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!(line.text[i] >= 'A' && line.text[i] <= 'Z') && line.text[i] != ' ')
			return false;
	return true;
}

/* Below "specs:", four blanks, a name, and a version in parentheses; six blanks are what that gem wants. */
static bool take_spec(struct scan_out *o, struct scan_line line)
{
	const char *open = memmem(line.text + 5, line.len - 5, " (", 2);

	if (!open || line.text[line.len - 1] != ')')
		return false;
	struct scan_line version = {open + 2, line.len - 1 - (size_t)(open + 2 - line.text)};
	/* "1.2-x86_64-linux" is version 1.2 for a platform. */
	scan_pin(o, MODEL_PACKAGE_GEM, (struct scan_line){line.text + 4, (size_t)(open - line.text) - 4},
		 scan_before(version, '-'), false);
	return true;
}

static int read_lock(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line;
	bool specs = false;
	size_t number = 0;

	while (scan_next_line(&lines, &line)) {
		number++;
		if (line.len && *line.text != ' ') {
			if (!is_section(line))
				return err_set(e, -EBADMSG, "line %zu: no section of a Gemfile.lock", number);
			specs = false;
		} else if (scan_line_is(&line, "  specs:")) {
			specs = true;
		} else if (specs && line.len >= 6 && memcmp(line.text, "    ", 4) == 0 && line.text[4] != ' ') {
			if (!take_spec(o, line))
				return err_set(e, -EBADMSG, "line %zu: a gem without a version", number);
		}
	}
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}

const struct scan_reader scan_gemspec = {
	.name = "gemspec",
	.wants = wants_gemspec,
	.bytes_max = 4u << 20,
	.read = read_gemspec,
	.grave = true,
};

const struct scan_reader scan_gem_lock = {
	.name = "Gemfile.lock",
	.wants = wants_lock,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_lock,
	.grave = true,
};
