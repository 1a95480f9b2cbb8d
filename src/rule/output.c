/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output texts to pieces: words, then a field, words, a field. "%proc.name" is a field, "%%" a percent sign, "%upper"
 * functions work as in conditions.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "lex.h"
#include "compiled.h"

#define PIECES_MAX 1000

struct reader {
	struct rule_set *set;
	struct rule_str text;
	size_t at;
	struct where place;
	struct output_piece *pieces;
	size_t count;
	struct buf words; /* since the last field */
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static int add_piece(struct reader *r, uint32_t slot)
{
	size_t len = r->words.len;
	const char *words = arena_strn(&r->set->arena, buf_str(&r->words), len);

	if (!words || buf_error(&r->words))
		return -ENOMEM;
	if (r->count == PIECES_MAX) {
		rule_problem_add(r->set->lib.problems, where_place(r->set, r->place), "too many fields in one output");
		return -EINVAL;
	}
	r->pieces[r->count++] = (struct output_piece){.text = {words, (uint32_t)len}, .slot = slot};
	buf_reset(&r->words);
	return 0;
}

/* The end of a function's arguments: the parenthesis that closes the first. */
static size_t call_end(const struct reader *r, size_t at)
{
	unsigned depth = 0;

	for (; at < r->text.len; at++) {
		depth += r->text.at[at] == '(';
		depth -= r->text.at[at] == ')';
		if (!depth)
			return at + 1;
	}
	return r->text.len;
}

/* %tolower(proc.name): read as the left side of a condition. */
static int add_call(struct reader *r, size_t start, size_t end)
{
	char *text = arena_printf(r->set->lib.arena, "%.*s exists", (int)(end - start), r->text.at + start);
	struct condition c = {.text = text};
	struct node *tree;
	uint32_t slot;

	if (!text)
		return -ENOMEM;
	c.len = strlen(text);
	int e = condition_parse(r->set->lib.arena, &c, r->set->lib.problems, &tree);
	if (e == 0 && tree->kind != NODE_CHECK)
		return -EINVAL;
	e = e < 0 ? e : slot_of_operand(r->set, tree->check->left, r->place, &slot);
	if (e < 0)
		return e;
	r->at = end;
	return add_piece(r, slot);
}

/* Behind the percent sign. A full stop at the end of a sentence is not part of the field. */
static int add_field(struct reader *r)
{
	size_t start = r->at, end = start;
	struct rule_str text;
	uint32_t slot;

	while (end < r->text.len && is_name_char(r->text.at[end]))
		end++;
	/* "%user.name(%user.uid)" is a field and a parenthesis, not a call. */
	if (end < r->text.len && r->text.at[end] == '(' && !memchr(r->text.at + start, '.', end - start))
		return add_call(r, start, call_end(r, end));
	const char *close =
		end < r->text.len && r->text.at[end] == '[' ? memchr(r->text.at + end, ']', r->text.len - end) : NULL;
	if (close)
		end = (size_t)(close - r->text.at) + 1;
	while (end > start && r->text.at[end - 1] == '.')
		end--;
	text = (struct rule_str){r->text.at + start, (uint32_t)(end - start)};
	if (rule_str_eq(text, rule_str_of("container.info"))) {
		buf_add_str(&r->words, "container_id=");
		int e = slot_of_text(r->set, rule_str_of("container.id"), r->place, &slot);
		e = e < 0 ? e : add_piece(r, slot);
		buf_add_str(&r->words, " container_name=");
		text = rule_str_of("container.name");
		if (e < 0)
			return e;
	}
	r->at = end;
	int e = slot_of_text(r->set, text, r->place, &slot);
	return e < 0 ? e : add_piece(r, slot);
}

static int read_all(struct reader *r)
{
	int result = 0;

	while (r->at < r->text.len) {
		char c = r->text.at[r->at++];
		char next = r->at < r->text.len ? r->text.at[r->at] : '\0';
		/* "*%field" asks for output even where the field is absent, which is always given. */
		if (c == '*' && next == '%')
			continue;
		if (c != '%' || !(is_name_char(next) || next == '%')) {
			buf_add_char(&r->words, c);
			continue;
		}
		if (next == '%') {
			buf_add_char(&r->words, '%');
			r->at++;
			continue;
		}
		size_t before = r->at;
		int e = add_field(r);
		if (e < 0 && e != -EINVAL)
			return e;
		result = e < 0 ? e : result;
		r->at = r->at == before ? before + 1 : r->at;
	}
	return result;
}

int output_parse(struct rule_set *set, struct rule_str text, struct where place, struct rule_entry *rule)
{
	struct reader r = {.set = set, .text = text, .place = place, .words = BUF_INIT(CONDITION_BYTES_MAX)};

	r.pieces = calloc(PIECES_MAX, sizeof(*r.pieces));
	int e = r.pieces ? read_all(&r) : -ENOMEM;
	if (e == 0 && r.words.len)
		e = add_piece(&r, NO_SLOT);
	if (e == 0) {
		rule->output = ARENA_ARRAY(&set->arena, r.count + 1, struct output_piece);
		rule->output_count = r.count;
		if (rule->output && r.count)
			memcpy(rule->output, r.pieces, r.count * sizeof(*r.pieces));
		e = rule->output ? 0 : -ENOMEM;
	}
	free(r.pieces);
	buf_done(&r.words);
	return e;
}
