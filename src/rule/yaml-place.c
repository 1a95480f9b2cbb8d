/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a position in a scalar's content back to its file. YAML folds lines, strips indents and drops quotes, but keeps
 * every other character in order: the N-th character that is not space is found again by counting.
 */
#include "yaml.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte offset of a line and column, which count characters. */
static size_t offset_of(const struct yaml_file *f, unsigned line, unsigned column)
{
	size_t at = line - 1 < f->line_count ? f->lines[line - 1] : f->len;

	for (unsigned left = column - 1; left > 0 && at < f->len; left--) {
		at++;
		while (at < f->len && ((unsigned char)f->text[at] & 0xc0) == 0x80)
			at++;
	}
	return at;
}

struct rule_place yaml_place_at(const struct yaml_file *f, size_t offset, unsigned line)
{
	unsigned column = 1;

	if (line > f->line_count)
		line = (unsigned)f->line_count;
	while (line < f->line_count && f->lines[line] <= offset)
		line++;
	for (size_t i = f->lines[line - 1]; i < offset; i++)
		column += ((unsigned char)f->text[i] & 0xc0) != 0x80;
	return (struct rule_place){f->name, line, column};
}

struct rule_place yaml_place_of(const struct yaml_node *node)
{
	return (struct rule_place){node->file->name, node->line, node->column};
}

struct rule_place yaml_place(const struct yaml_node *scalar, size_t offset)
{
	const struct yaml_file *f = scalar->file;
	size_t at = offset_of(f, scalar->line, scalar->column);
	size_t wanted = 0;

	for (size_t i = 0; i < offset && i < scalar->text.len; i++)
		wanted += !is_space(scalar->text.at[i]);
	if (scalar->style == YAML_BLOCK) {
		while (at < f->len && f->text[at] != '\n')
			at++;
	}
	char quote = '\0';
	if (scalar->style == YAML_QUOTED && at < f->len)
		quote = f->text[at++];
	size_t last = at;
	for (; at < f->len; at++) {
		char c = f->text[at];
		if (is_space(c))
			continue;
		/* Behind the end of the text stands whatever comes next in the file: it ends where its last character does. */
		if (!wanted && offset >= scalar->text.len) {
			at = last;
			break;
		}
		last = at + 1;
		/* A quoted quote is two characters for one. */
		if (at + 1 < f->len && ((quote == '"' && c == '\\') || (quote == '\'' && c == '\'')))
			c = f->text[++at];
		if (!wanted--)
			break;
	}
	return yaml_place_at(f, at, scalar->line);
}

struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
	if (mapping->kind != YAML_MAPPING)
		return NULL;
	for (struct yaml_node *k = mapping->first; k; k = k->next) {
		if (strcmp(k->text.at, key) == 0)
			return k->value;
	}
	return NULL;
}
