/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said about a match: its output, the fields of the output, and the fields that made it true.
 */
#include <stdlib.h>

#include "judging.h"

#define FIELD_TEXT_MAX 65536

int rule_judge_output(struct rule_judge *j, size_t rule, struct buf *out)
{
	const struct rule_entry *e = &j->set->rules[rule];

	for (size_t i = 0; i < e->output_count; i++) {
		const struct output_piece *p = &e->output[i];
		buf_add(out, p->text.at, p->text.len);
		if (p->slot == NO_SLOT)
			continue;
		const struct cell *c = cell_of(j, p->slot);
		if (c->present)
			render_value(out, &c->value);
		else
			buf_add_str(out, "<NA>");
	}
	return buf_error(out);
}

/* As in Falco: numbers and truth values as such, everything else as text, absent as null. */
static void tell(struct rule_judge *j, uint32_t slot, struct json_out *out)
{
	const struct cell *c = cell_of(j, slot);
	const char *name = j->set->slots[slot].text.at;
	const struct rule_value *v = &c->value;
	SCOPED(buf) struct buf text = BUF_INIT(FIELD_TEXT_MAX);

	if (!c->present) {
		json_out_null(out, name);
		return;
	}
	if (!v->list_count && (v->type == RULE_NUMBER || v->type == RULE_PORT)) {
		json_out_i64(out, name, v->number);
		return;
	}
	if (!v->list_count && (v->type == RULE_BOOL || v->type == RULE_REAL)) {
		if (v->type == RULE_BOOL)
			json_out_bool(out, name, v->flag);
		else
			json_out_real(out, name, v->real);
		return;
	}
	render_value(&text, v);
	json_out_str(out, name, buf_str(&text));
}

static bool told_before(const struct rule_entry *e, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (e->output[k].slot == e->output[i].slot)
			return true;
	}
	return false;
}

void rule_judge_output_fields(struct rule_judge *j, size_t rule, struct json_out *out)
{
	const struct rule_entry *e = &j->set->rules[rule];

	for (size_t i = 0; i < e->output_count; i++) {
		if (e->output[i].slot != NO_SLOT && !told_before(e, i))
			tell(j, e->output[i].slot, out);
	}
}

#define REASONS_MAX 64
#define VISITS_MAX 10000

struct reasons {
	uint32_t slots[REASONS_MAX];
	size_t count;
};

static void note(struct reasons *r, uint32_t slot)
{
	for (size_t i = 0; i < r->count; i++) {
		if (r->slots[i] == slot)
			return;
	}
	if (r->count < REASONS_MAX)
		r->slots[r->count++] = slot;
}

/* The tests of the parts that hold; judged again, since not all may have been judged one by one. */
static bool find_reasons(struct rule_judge *j, uint32_t e, struct reasons *r, unsigned *visits)
{
	const struct expr *x = &j->set->exprs.at[e];
	size_t before = r->count;
	bool holds = x->kind == EXPR_AND;

	if (x->kind == EXPR_CONST || ++*visits > VISITS_MAX)
		return e == EXPR_TRUE;
	if (x->kind == EXPR_TEST) {
		holds = test_holds(j, x->test) != x->negated;
		/* What had to be absent or different says little; the tests that name a value say why. */
		if (holds && !x->negated)
			note(r, j->set->tests[x->test].slot);
		return holds;
	}
	for (uint32_t i = 0; i < x->count; i++) {
		bool part = find_reasons(j, x->kids[i], r, visits);
		holds = x->kind == EXPR_AND ? holds && part : holds || part;
	}
	if (!holds)
		r->count = before;
	return holds;
}

void rule_judge_reasons(struct rule_judge *j, size_t rule, struct json_out *out)
{
	const struct rule_entry *e = &j->set->rules[rule];
	struct reasons r = {.count = 0};
	unsigned visits = 0;

	for (uint32_t i = 0; i < e->condition_count; i++)
		find_reasons(j, e->conditions[i], &r, &visits);
	for (size_t i = 0; i < r.count; i++)
		tell(j, r.slots[i], out);
}
