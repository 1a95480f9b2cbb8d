/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of slots: asked for once an event, and then remembered, absent ones as well.
 */
#include "judging.h"

void *scratch_take(struct rule_judge *j, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;

	if (rounded > SCRATCH_BYTES - j->scratch_used)
		return NULL;
	void *p = j->scratch + j->scratch_used;
	j->scratch_used += rounded;
	return p;
}

/* Whether what the getter gave is of the kind its field has. */
static bool fits(enum rule_type wanted, const struct rule_value *v)
{
	switch (wanted) {
	case RULE_NUMBER:
	case RULE_PORT:
		return v->type == RULE_NUMBER || v->type == RULE_PORT;
	case RULE_TIME:
		return v->type == RULE_STRING || v->type == RULE_NUMBER || v->type == RULE_TIME;
	case RULE_IP:
	case RULE_NET:
		return v->type == RULE_IP || v->type == RULE_NET;
	case RULE_STRING:
	case RULE_REAL:
	case RULE_BOOL:
		break;
	}
	return v->type == wanted;
}

/* A time becomes the text its field stands for. */
static bool time_text(struct rule_judge *j, const struct slot *slot, struct rule_value *v)
{
	char *text = scratch_take(j, RENDER_TIME_MAX);

	if (!text || v->list_count)
		return false;
	*v = (struct rule_value){.type = RULE_TIME,
				 .str = render_time(slot->style, (uint64_t)v->number, text, RENDER_TIME_MAX)};
	return true;
}

static bool fetch_field(struct rule_judge *j, const struct slot *slot, struct rule_value *v)
{
	*v = (struct rule_value){.type = slot->type};
	if (j->get(j->ctx, slot->field, &slot->arg, v) != 1 || !fits(slot->type, v))
		return false;
	bool text = v->type == RULE_STRING;
	v->type = slot->type;
	if (slot->type == RULE_TIME && !text)
		return time_text(j, slot, v);
	/* Absent and empty differ; nobody need give a pointer for the latter. */
	if (slot->type == RULE_STRING && !v->list_count && !v->str.at)
		v->str = (struct rule_str){"", 0};
	return true;
}

const struct cell *cell_get(struct rule_judge *j, uint32_t number)
{
	const struct slot *slot = &j->set->slots[number];
	struct cell *c = &j->cells[number];

	if (slot->kind == SLOT_FIELD) {
		c->present = fetch_field(j, slot, &c->value);
	} else if (slot->kind == SLOT_TEXT) {
		c->value = rule_value_str(slot->text.at, slot->text.len);
		c->present = true;
	} else {
		c->present = transform_value(j, slot, &c->value);
	}
	c->mark = j->mark;
	return c;
}
