/* SPDX-License-Identifier: Apache-2.0 */
/*
 * go.mod (go.dev/ref/mod): what it requires, with its replacements. Go selects the lowest version that all requirements
 * allow, so since Go 1.17, whose files list every module, these are the versions that are built.
 */
#include <string.h>

#include "base/str.h"
#include "manifest.h"
#include "pin.h"

#define REPLACEMENTS_MAX 1000

struct replacement {
	struct scan_line path, version; /* what is replaced; an empty version is any */
	struct scan_line new_path, new_version;
};

struct go_mod {
	struct replacement *list;
	size_t count;
};

/* The next word of LINE; a text in quotes is one. */
static struct scan_line take_word(struct scan_line *line)
{
	size_t len = 0;

	*line = scan_trim(*line);
	while (len < line->len && line->text[len] != ' ' && line->text[len] != '\t')
		len++;
	struct scan_line word = {line->text, len};
	*line = (struct scan_line){line->text + len, line->len - len};
	return scan_unquoted(word);
}

static bool same(struct scan_line a, struct scan_line b)
{
	return a.len == b.len && (!a.len || memcmp(a.text, b.text, a.len) == 0);
}

static void take_replacement(struct go_mod *g, struct scan_line line)
{
	struct replacement r = {.path = take_word(&line)};
	struct scan_line word = take_word(&line);

	if (!scan_line_is(&word, "=>")) {
		r.version = word;
		word = take_word(&line);
	}
	r.new_path = take_word(&line);
	r.new_version = take_word(&line);
	if (scan_line_is(&word, "=>") && r.new_path.len && g->count < REPLACEMENTS_MAX)
		g->list[g->count++] = r;
}

/* A folder that stands in for a module has no version that a feed could know. */
static void take_requirement(struct scan_out *o, const struct go_mod *g, struct scan_line line)
{
	struct scan_line path = take_word(&line), version = take_word(&line);

	for (size_t i = 0; i < g->count; i++) {
		const struct replacement *r = &g->list[i];
		if (!same(r->path, path) || (r->version.len && !same(r->version, version)))
			continue;
		if (!r->new_version.len)
			return;
		path = r->new_path;
		version = r->new_version;
		break;
	}
	if (path.len && version.len)
		scan_pin(o, MODEL_PACKAGE_GOLANG, path, version, false);
}

static struct scan_line without_comment(struct scan_line line)
{
	const char *at = line.text && line.len ? memmem(line.text, line.len, "//", 2) : NULL;

	/* An address in a path has no blank before its slashes. */
	if (at && (at == line.text || at[-1] == ' ' || at[-1] == '\t'))
		line.len = (size_t)(at - line.text);
	return scan_trim(line);
}

/* Replacements first, whose place in the file is free; then what is required. */
static bool walk(struct scan_out *o, const struct scan_file *f, struct go_mod *g, bool replacements)
{
	struct scan_lines lines = scan_lines_of(f);
	struct scan_line line, block = {0};
	bool module = false;

	while (scan_next_line(&lines, &line)) {
		line = without_comment(line);
		if (!line.len || scan_line_is(&line, ")")) {
			block = line.len ? (struct scan_line){0} : block;
			continue;
		}
		struct scan_line rest = line;
		struct scan_line verb = block.len ? block : take_word(&rest);
		struct scan_line left = scan_trim(rest);
		if (!block.len && scan_line_is(&left, "(")) {
			block = verb;
			continue;
		}
		module = module || scan_line_is(&verb, "module");
		if (replacements && scan_line_is(&verb, "replace"))
			take_replacement(g, rest);
		else if (!replacements && scan_line_is(&verb, "require"))
			take_requirement(o, g, rest);
		else if (!replacements && scan_line_is(&verb, "toolchain") && scan_line_starts(&left, "go"))
			scan_pin(o, MODEL_PACKAGE_GOLANG, SCAN_LINE("stdlib"),
				 (struct scan_line){left.text + 2, left.len - 2}, false);
	}
	return module;
}

int scan_read_go_mod(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct go_mod g = {.list = arena_array(&o->arena, REPLACEMENTS_MAX, sizeof(*g.list))};

	if (!g.list)
		return 0; /* the arena's failure is seen at the end */
	if (!walk(o, f, &g, true))
		return err_set(e, -EBADMSG, "no module line");
	if (g.count == REPLACEMENTS_MAX)
		return err_set(e, -EBADMSG, "more than %d replacements", REPLACEMENTS_MAX);
	ignore(walk(o, f, &g, false)); /* it has a module line */
	scan_group_end(o, f->path, MODEL_GROUP_LOCK);
	return 0;
}
