/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of conditions.
 */
#include "lex.h"

#include <string.h>

const char *const check_op_names[OP_COUNT] = {
	[OP_EXISTS] = "exists",
	[OP_EQ] = "=",
	[OP_NE] = "!=",
	[OP_LT] = "<",
	[OP_LE] = "<=",
	[OP_GT] = ">",
	[OP_GE] = ">=",
	[OP_CONTAINS] = "contains",
	[OP_ICONTAINS] = "icontains",
	[OP_BCONTAINS] = "bcontains",
	[OP_STARTSWITH] = "startswith",
	[OP_BSTARTSWITH] = "bstartswith",
	[OP_ENDSWITH] = "endswith",
	[OP_GLOB] = "glob",
	[OP_IGLOB] = "iglob",
	[OP_REGEX] = "regex",
	[OP_IN] = "in",
	[OP_INTERSECTS] = "intersects",
	[OP_PMATCH] = "pmatch",
};

const char *const check_each_names[EACH_COUNT] = {"", "oneof", "anyof", "allof"};

bool check_op_takes_each(enum check_op op)
{
	return op == OP_EQ || op == OP_NE || (op >= OP_CONTAINS && op <= OP_REGEX);
}

bool check_op_takes_list(enum check_op op)
{
	return op == OP_IN || op == OP_INTERSECTS || op == OP_PMATCH;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\b';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Everything but blanks, parentheses, commas, equal signs and quotes. */
static bool is_bare(char c)
{
	return !is_blank(c) && !strchr("(),=\"'", c);
}

int lex_problem(struct lexer *l, size_t at, const char *what)
{
	rule_problem_add(l->problems, condition_place(l->condition, at), "%s", what);
	return -EINVAL;
}

int lex_expected(struct lexer *l, const char *what)
{
	size_t end = l->at;

	while (end < l->len && is_bare(l->text[end]) && end - l->at < 40)
		end++;
	if (end == l->at && end < l->len)
		end++;
	struct rule_place place = condition_place(l->condition, l->at);
	if (l->at == l->len)
		rule_problem_add(l->problems, place, "expected %s, but the condition ends here", what);
	else
		rule_problem_add(l->problems, place, "expected %s, found '%.*s'", what, (int)(end - l->at),
				 l->text + l->at);
	return -EINVAL;
}

void lex_blank(struct lexer *l)
{
	while (l->at < l->len && is_blank(l->text[l->at]))
		l->at++;
}

bool lex_keyword(struct lexer *l, const char *word)
{
	size_t len = strlen(word);

	if (l->len - l->at < len || memcmp(l->text + l->at, word, len) != 0)
		return false;
	if (l->at + len < l->len && (is_word(l->text[l->at + len]) || l->text[l->at + len] == '.'))
		return false;
	l->at += len;
	return true;
}

bool lex_char(struct lexer *l, char c)
{
	lex_blank(l);
	if (l->at == l->len || l->text[l->at] != c)
		return false;
	l->at++;
	return true;
}

struct rule_str lex_name(struct lexer *l, bool dots)
{
	size_t start = l->at, at = start;

	if (at < l->len && is_letter(l->text[at])) {
		while (at < l->len && (is_word(l->text[at]) || (dots && l->text[at] == '.')))
			at++;
		while (l->text[at - 1] == '.')
			at--;
	}
	l->at = at;
	return (struct rule_str){l->text + start, (uint32_t)(at - start)};
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c | 0x20) : NULL;
	return found && (c < 'A' || is_letter(c)) ? (int)(found - digits) : -1;
}

/* The character an escape stands for, -1 when it stands for itself with its backslash. Moves *AT to its last one. */
static int escaped(const struct lexer *l, size_t *at)
{
	static const char from[] = "bfnrt\"'\\", to[] = "\b\f\n\r\t\"'\\";
	const char *known = strchr(from, l->text[*at]);

	if (known && *known)
		return (unsigned char)to[known - from];
	if (l->text[*at] == 'x' && l->len - *at > 2) {
		int high = hex_digit(l->text[*at + 1]), low = hex_digit(l->text[*at + 2]);
		if (high >= 0 && low >= 0) {
			*at += 2;
			return high * 16 + low;
		}
	}
	return -1;
}

static int quoted(struct lexer *l, struct operand *ret)
{
	char quote = l->text[l->at];
	size_t at = l->at + 1, end = at, len = 0;

	while (end < l->len && l->text[end] != quote)
		end += l->text[end] == '\\' && end + 1 < l->len ? 2 : 1;
	if (end >= l->len)
		return lex_problem(l, l->at, "a quote that does not end");
	char *text = arena_alloc(l->arena, end - at + 1);
	if (!text)
		return -ENOMEM;
	for (; at < end; at++) {
		int c = -1;
		if (l->text[at] == '\\') {
			size_t next = at + 1;
			c = escaped(l, &next);
			at = c < 0 ? at : next;
			if (c != quote && (c == '"' || c == '\''))
				return lex_problem(l, at, "the other kind of quote needs no backslash");
		}
		text[len++] = c < 0 ? l->text[at] : (char)c;
	}
	ret->text = (struct rule_str){text, (uint32_t)len};
	ret->quoted = true;
	l->at = end + 1;
	return 0;
}

int lex_bracket(struct lexer *l, size_t start, struct rule_str *ret)
{
	struct operand quote = {.quoted = false};
	size_t open = l->at++;

	if (l->at < l->len && (l->text[l->at] == '"' || l->text[l->at] == '\'')) {
		int r = quoted(l, &quote);
		if (r < 0)
			return r;
	}
	while (!quote.quoted && l->at < l->len && l->text[l->at] != ']' && !is_blank(l->text[l->at]))
		l->at++;
	if (l->at == l->len || l->text[l->at] != ']') {
		l->at = open;
		return lex_problem(l, open, "expected ']' at the end of the field's argument");
	}
	l->at++;
	*ret = (struct rule_str){l->text + start, (uint32_t)(l->at - start)};
	if (!quote.quoted)
		return 0;
	/* name[arg] without the quotes */
	size_t head = open + 1 - start;
	char *plain = arena_alloc(l->arena, head + quote.text.len + 1);
	if (!plain)
		return -ENOMEM;
	memcpy(plain, l->text + start, head);
	memcpy(plain + head, quote.text.at, quote.text.len);
	plain[head + quote.text.len] = ']';
	*ret = (struct rule_str){plain, (uint32_t)(head + quote.text.len + 1)};
	return 0;
}

int lex_value(struct lexer *l, struct operand *ret)
{
	lex_blank(l);
	*ret = (struct operand){.kind = OPERAND_TEXT, .at = (uint32_t)l->at};
	if (l->at < l->len && (l->text[l->at] == '"' || l->text[l->at] == '\''))
		return quoted(l, ret);
	size_t start = l->at;
	while (l->at < l->len && is_bare(l->text[l->at]))
		l->at++;
	if (l->at == start)
		return lex_expected(l, "a value");
	ret->text = (struct rule_str){l->text + start, (uint32_t)(l->at - start)};
	return 0;
}

enum check_op lex_operator(struct lexer *l)
{
	static const struct {
		const char *text;
		enum check_op op;
	} signs[] = {{"==", OP_EQ}, {"=", OP_EQ},  {"!=", OP_NE}, {"<=", OP_LE},
		     {"<", OP_LT},  {">=", OP_GE}, {">", OP_GT}};

	lex_blank(l);
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t len = strlen(signs[i].text);
		if (l->len - l->at >= len && memcmp(l->text + l->at, signs[i].text, len) == 0) {
			l->at += len;
			return signs[i].op;
		}
	}
	for (int op = 0; op < OP_COUNT; op++) {
		if (is_letter(check_op_names[op][0]) && lex_keyword(l, check_op_names[op]))
			return (enum check_op)op;
	}
	return OP_COUNT;
}
