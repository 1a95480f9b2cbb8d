/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule's condition for people: macros replaced by what they stand for, lists by their items.
 */
#include <stdlib.h>

#include "compiled.h"

#define DEPTH_MAX 64

struct printer {
	struct rule_set *set;
	struct buf *out;
	unsigned visible, depth;
};

static void print(struct printer *p, const struct node *n, enum node_kind outer);

static void print_text(struct printer *p, struct rule_str text, bool quoted)
{
	bool plain = text.len && !quoted;

	for (uint32_t i = 0; i < text.len && plain; i++)
		plain = !strchr(" \t\n\r(),=\"'", text.at[i]);
	if (plain) {
		buf_add(p->out, text.at, text.len);
		return;
	}
	buf_add_char(p->out, '"');
	for (uint32_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (c == '"' || c == '\\')
			buf_add_char(p->out, '\\');
		if (c < ' ' || c == 0x7f)
			buf_printf(p->out, "\\x%02x", c);
		else
			buf_add_char(p->out, (char)c);
	}
	buf_add_char(p->out, '"');
}

static void print_operand(struct printer *p, const struct operand *o)
{
	if (o->kind == OPERAND_TEXT) {
		print_text(p, o->text, o->quoted);
		return;
	}
	if (o->kind != OPERAND_LIST)
		buf_add(p->out, o->text.at, o->text.len);
	if (o->kind == OPERAND_FIELD)
		return;
	buf_add_char(p->out, '(');
	for (uint32_t i = 0; i < o->arg_count; i++) {
		buf_add_str(p->out, i ? ", " : "");
		print_operand(p, &o->args[i]);
	}
	buf_add_char(p->out, ')');
}

static void print_values(struct printer *p, const struct check *check)
{
	bool list = check_op_takes_list(check->op) && check->values && check->values->kind == OPERAND_TEXT;
	const char *comma = "";

	buf_add_str(p->out, list || check->list ? "(" : "");
	for (const struct operand *o = check->values; o; o = o->next) {
		const struct list *named = list_named(p->set, o);
		for (size_t i = 0; named && i < named->count; i++) {
			buf_add_str(p->out, comma);
			print_text(p, named->items[i].text, named->items[i].quoted);
			comma = ", ";
		}
		if (named)
			continue;
		buf_add_str(p->out, comma);
		print_operand(p, o);
		comma = ", ";
	}
	buf_add_str(p->out, list || check->list ? ")" : "");
}

static void print_check(struct printer *p, const struct check *check)
{
	print_operand(p, check->left);
	buf_printf(p->out, " %s%s%s", check_op_names[check->op], check->each ? " " : "", check_each_names[check->each]);
	if (check->op == OP_EXISTS)
		return;
	buf_add_char(p->out, ' ');
	print_values(p, check);
}

static void new_line(struct printer *p)
{
	buf_add_char(p->out, '\n');
	for (unsigned i = 0; i < p->depth; i++)
		buf_add_str(p->out, "  ");
}

static void print_join(struct printer *p, const struct node *n, enum node_kind outer)
{
	bool brackets = n->kind != outer && (outer == NODE_AND || outer == NODE_OR);

	if (brackets) {
		buf_add_char(p->out, '(');
		p->depth++;
	}
	for (const struct node *k = n->first; k; k = k->next) {
		print(p, k, n->kind);
		if (k->next) {
			new_line(p);
			buf_add_str(p->out, n->kind == NODE_AND ? "and " : "or ");
		}
	}
	if (brackets) {
		p->depth--;
		buf_add_char(p->out, ')');
	}
}

/* A macro's tree is read again: only its meaning was kept. */
static void print_macro(struct printer *p, const struct node *n, enum node_kind outer)
{
	struct macro *m = names_get(&p->set->lib.macro_names, n->macro);
	struct node *tree;

	if (!m || p->depth > DEPTH_MAX || macro_tree(p->set, m, &tree) < 0) {
		buf_add(p->out, n->macro.at, n->macro.len);
		return;
	}
	print(p, tree, outer);
}

static void print(struct printer *p, const struct node *n, enum node_kind outer)
{
	if (buf_error(p->out))
		return;
	switch (n->kind) {
	case NODE_AND:
	case NODE_OR:
		print_join(p, n, outer);
		return;
	case NODE_NOT:
		buf_add_str(p->out, "not ");
		p->depth++;
		if (n->first->kind == NODE_CHECK) {
			print(p, n->first, NODE_NOT);
		} else {
			buf_add_char(p->out, '(');
			print(p, n->first, NODE_NOT);
			buf_add_char(p->out, ')');
		}
		p->depth--;
		return;
	case NODE_MACRO:
		print_macro(p, n, outer);
		return;
	case NODE_CHECK:
		break;
	}
	print_check(p, n->check);
}

int rule_explain(struct rule_set *set, size_t rule, struct buf *out)
{
	const struct rule_entry *e = &set->rules[rule];
	bool sequence = e->watch.kind == WATCH_SEQUENCE;
	struct rule_problems none = RULE_PROBLEMS_INIT;
	int r = 0;

	set->lib.problems = &none;
	for (uint32_t i = 0; r == 0 && i < e->condition_count; i++) {
		const struct condition *c = sequence ? &e->def->watch.steps[i] : &e->def->condition;
		struct printer p = {.set = set, .out = out};
		struct node *tree;
		r = condition_parse(set->lib.arena, c, &none, &tree);
		if (r == 0 && sequence)
			buf_printf(out, "%sstep %u:\n", i ? "\n" : "", i + 1);
		if (r == 0)
			print(&p, tree, NODE_CHECK);
	}
	set->lib.problems = NULL;
	rule_problems_done(&none);
	return r < 0 ? r : buf_error(out);
}
