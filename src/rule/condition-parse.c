/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of conditions, by recursive descent with a bounded depth:
 *
 *   or    = and { "or" and }          check   = operand operator right | operand "exists"
 *   and   = not { "and" not }         operand = field [ "[" argument "]" ] | function "(" argument {, argument} ")"
 *   not   = { "not" } primary         right   = value | function "(" ... ")" | "(" value {, value} ")" | list
 *   primary = "(" or ")" | macro | check           argument = operand | text | "(" argument {, argument} ")"
 *
 * A right side in parentheses may follow "oneof", "anyof" or "allof"; getopt(...) may have an option's letter behind it, in brackets.
 */
#include <stdlib.h>
#include <string.h>

#include "lex.h"
#include "names.h"

const char *const call_names[] = {"tolower", "toupper", "b64",	  "basename", "len",
				  "join",    "concat",	"getopt", "val",      NULL};

static int parse_or(struct lexer *l, struct node **ret);
static int parse_operand(struct lexer *l, bool text_allowed, struct operand *ret);

static bool is_call(struct rule_str name)
{
	for (size_t i = 0; call_names[i]; i++) {
		if (strlen(call_names[i]) == name.len && memcmp(call_names[i], name.at, name.len) == 0)
			return true;
	}
	return false;
}

/* The function that makes a field of what would be text. */
static bool is_val(struct rule_str name)
{
	return name.len == 3 && memcmp(name.at, "val", 3) == 0;
}

/* Words that join conditions name no macro. */
static bool is_reserved(struct rule_str name)
{
	static const char *const words[] = {"and", "or", "not"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == name.len && memcmp(words[i], name.at, name.len) == 0)
			return true;
	}
	return false;
}

static struct node *new_node(struct lexer *l, enum node_kind kind, size_t at)
{
	struct node *n = ARENA_NEW(l->arena, struct node);

	if (n)
		*n = (struct node){.kind = kind, .at = (uint32_t)at};
	return n;
}

static int enter(struct lexer *l)
{
	if (++l->depth > CONDITION_DEPTH_MAX)
		return lex_problem(l, l->at, "nested too deeply");
	return 0;
}

/* The arguments up to the closing parenthesis; the opening one is behind us. */
static int parse_arguments(struct lexer *l, struct operand *ret)
{
	struct operand args[CALL_ARGS_MAX];
	uint32_t count = 0;
	int r = enter(l);

	if (r < 0)
		return r;
	do {
		if (count == CALL_ARGS_MAX)
			return lex_problem(l, l->at, "too many arguments");
		r = parse_operand(l, true, &args[count]);
		if (r < 0)
			return r;
		count++;
	} while (lex_char(l, ','));
	if (!lex_char(l, ')'))
		return lex_expected(l, "',' or ')' after an argument");
	l->depth--;
	ret->args = ARENA_ARRAY(l->arena, count, struct operand);
	if (!ret->args)
		return -ENOMEM;
	memcpy(ret->args, args, count * sizeof(*args));
	ret->arg_count = count;
	return 0;
}

/* "[t]" behind a function is one more argument of it. */
static int parse_selector(struct lexer *l, struct operand *call)
{
	size_t start = l->at;
	struct rule_str text;
	int r = lex_bracket(l, start, &text);

	if (r < 0)
		return r;
	struct operand *args = ARENA_ARRAY(l->arena, call->arg_count + 1, struct operand);
	if (!args)
		return -ENOMEM;
	memcpy(args, call->args, call->arg_count * sizeof(*args));
	args[call->arg_count] = (struct operand){
		.kind = OPERAND_TEXT, .at = (uint32_t)start, .quoted = true, .text = {text.at + 1, text.len - 2}};
	call->args = args;
	call->arg_count++;
	call->selects = true;
	return 0;
}

static int parse_call(struct lexer *l, struct rule_str name, struct operand *ret)
{
	lex_char(l, '(');
	ret->kind = OPERAND_CALL;
	ret->text = name;
	int r = parse_arguments(l, ret);
	if (r < 0 || l->at == l->len || l->text[l->at] != '[')
		return r;
	if (!rule_str_eq(name, rule_str_of("getopt")))
		return lex_problem(l, l->at, "only getopt(...) takes a name in brackets");
	return parse_selector(l, ret);
}

/* No blank stands between a function and its parenthesis: "tolower and (macro)" is no call. */
static bool call_follows(const struct lexer *l)
{
	return l->at < l->len && l->text[l->at] == '(';
}

static int parse_operand(struct lexer *l, bool text_allowed, struct operand *ret)
{
	lex_blank(l);
	size_t start = l->at;
	struct rule_str name = lex_name(l, true);

	*ret = (struct operand){.kind = OPERAND_FIELD, .at = (uint32_t)start, .text = name};
	if (is_val(name) && call_follows(l))
		return lex_problem(l, start, "val() stands alone on the right side of a comparison");
	if (name.len && is_call(name) && call_follows(l))
		return parse_call(l, name, ret);
	bool dotted = name.len && memchr(name.at, '.', name.len);
	if (dotted && l->at < l->len && l->text[l->at] == '[')
		return lex_bracket(l, start, &ret->text);
	if (dotted)
		return 0;
	l->at = start;
	if (text_allowed && lex_char(l, '(')) {
		ret->kind = OPERAND_LIST;
		return lex_char(l, ')') ? 0 : parse_arguments(l, ret);
	}
	return text_allowed ? lex_value(l, ret) : lex_expected(l, "a field, a macro or '('");
}

/* A right side that is not in parentheses. */
static int parse_single(struct lexer *l, struct operand *ret)
{
	lex_blank(l);
	size_t start = l->at;
	struct rule_str name = lex_name(l, false);

	*ret = (struct operand){.at = (uint32_t)start};
	if (name.len && is_call(name) && call_follows(l)) {
		int r = parse_call(l, name, ret);
		if (r == 0 && is_val(name) && (ret->arg_count != 1 || ret->args[0].kind != OPERAND_FIELD))
			return lex_problem(l, start, "val() takes one field, and nothing around it");
		return r;
	}
	l->at = start;
	return lex_value(l, ret);
}

static int add_value(struct lexer *l, struct operand ***tail)
{
	struct operand *value = ARENA_NEW(l->arena, struct operand);
	if (!value)
		return -ENOMEM;
	int r = parse_single(l, value);
	**tail = value;
	*tail = &value->next;
	return r;
}

static int parse_list(struct lexer *l, struct check *check)
{
	struct operand **tail = &check->values;

	check->list = true;
	if (lex_char(l, ')'))
		return 0;
	do {
		int r = add_value(l, &tail);
		if (r < 0)
			return r;
	} while (lex_char(l, ','));
	return lex_char(l, ')') ? 0 : lex_expected(l, "',' or ')' in the list");
}

/* The word is one only in front of a list: "proc.name = anyof" compares with a text. */
static enum check_each parse_each(struct lexer *l, enum check_op op)
{
	size_t start = l->at;

	lex_blank(l);
	for (int each = EACH_ONE; check_op_takes_each(op) && each < EACH_COUNT; each++) {
		if (!lex_keyword(l, check_each_names[each]))
			continue;
		lex_blank(l);
		if (l->at < l->len && l->text[l->at] == '(')
			return (enum check_each)each;
		break;
	}
	l->at = start;
	return EACH_NONE;
}

static int parse_check(struct lexer *l, struct node **ret)
{
	struct node *n = new_node(l, NODE_CHECK, l->at);
	struct check *check = ARENA_NEW(l->arena, struct check);
	struct operand *left = ARENA_NEW(l->arena, struct operand);

	if (!n || !check || !left)
		return -ENOMEM;
	int r = parse_operand(l, false, left);
	if (r < 0)
		return r;
	check->left = left;
	check->op = lex_operator(l);
	if (check->op == OP_COUNT)
		return lex_expected(l,
				    "an operator (= != < <= > >= contains icontains bcontains startswith bstartswith "
				    "endswith glob iglob regex in intersects pmatch exists)");
	n->check = check;
	*ret = n;
	if (check->op == OP_EXISTS)
		return 0;
	check->each = parse_each(l, check->op);
	if ((check->each || check_op_takes_list(check->op)) && lex_char(l, '('))
		return parse_list(l, check);
	struct operand **tail = &check->values;
	return add_value(l, &tail);
}

static int parse_primary(struct lexer *l, struct node **ret)
{
	if (lex_char(l, '(')) {
		int r = enter(l);
		if (r == 0)
			r = parse_or(l, ret);
		if (r < 0)
			return r;
		l->depth--;
		return lex_char(l, ')') ? 0 : lex_expected(l, "'and', 'or' or ')'");
	}
	lex_blank(l);
	size_t start = l->at;
	struct rule_str name = lex_name(l, true);
	if (is_reserved(name)) {
		l->at = start;
		return lex_expected(l, "a field, a macro or '('");
	}
	bool macro = name.len && !memchr(name.at, '.', name.len) && !(is_call(name) && call_follows(l));
	if (!macro) {
		l->at = start;
		return parse_check(l, ret);
	}
	struct node *n = new_node(l, NODE_MACRO, start);
	if (!n)
		return -ENOMEM;
	n->macro = name;
	*ret = n;
	return 0;
}

static int parse_not(struct lexer *l, struct node **ret)
{
	lex_blank(l);
	size_t start = l->at;

	if (!lex_keyword(l, "not"))
		return parse_primary(l, ret);
	struct node *n = new_node(l, NODE_NOT, start);
	if (!n)
		return -ENOMEM;
	int r = enter(l);
	if (r == 0)
		r = parse_not(l, &n->first);
	l->depth--;
	*ret = n;
	return r;
}

/* One or more of PART joined by WORD; a single part stays itself. */
static int parse_joined(struct lexer *l, enum node_kind kind, int (*part)(struct lexer *, struct node **),
			struct node **ret)
{
	const char *word = kind == NODE_AND ? "and" : "or";
	struct node *first, *last;
	int r = part(l, &first);

	if (r < 0)
		return r;
	*ret = last = first;
	for (lex_blank(l); lex_keyword(l, word); lex_blank(l)) {
		if (*ret == first) {
			*ret = new_node(l, kind, first->at);
			if (!*ret)
				return -ENOMEM;
			(*ret)->first = first;
		}
		r = part(l, &last->next);
		if (r < 0)
			return r;
		last = last->next;
	}
	return 0;
}

static int parse_and(struct lexer *l, struct node **ret)
{
	return parse_joined(l, NODE_AND, parse_not, ret);
}

static int parse_or(struct lexer *l, struct node **ret)
{
	return parse_joined(l, NODE_OR, parse_and, ret);
}

int condition_parse(struct arena *arena, const struct condition *c, struct rule_problems *problems, struct node **ret)
{
	struct lexer l = {.arena = arena, .condition = c, .problems = problems, .text = c->text, .len = c->len};

	int r = parse_or(&l, ret);
	if (r < 0)
		return r;
	lex_blank(&l);
	return l.at == l.len ? 0 : lex_expected(&l, "'and', 'or' or the end of the condition");
}
