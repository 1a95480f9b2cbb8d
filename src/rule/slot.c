/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operands to slots: fields checked against the schema, functions against what they can be applied to. The same operand
 * is the same slot wherever it is written.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "compiled.h"
#include "suggest.h"

#define OPERAND_TEXT_MAX 4096

static struct rule_problems *problems(const struct rule_set *set)
{
	return set->lib.problems;
}

static int wrong(const struct rule_set *set, struct where place, const char *what, struct rule_str name)
{
	rule_problem_add(problems(set), where_place(set, place), "%s '%.*s'", what, (int)MIN_OF(name.len, 100u),
			 name.at);
	return -EINVAL;
}

static int unknown_field(struct rule_set *set, struct rule_str text, struct where place)
{
	const char *bracket = memchr(text.at, '[', text.len);
	struct suggestion s =
		suggest_start((struct rule_str){text.at, bracket ? (uint32_t)(bracket - text.at) : text.len});
	char words[100];

	for (size_t i = 0; i < set->schema->field_count; i++)
		suggest_offer(&s, rule_str_of(set->schema->fields[i].name));
	suggest_words(&s, words, sizeof(words));
	if (set->unused)
		rule_problem_warn(problems(set), where_place(set, place),
				  "unknown field '%.*s' in a macro that no rule uses%s", (int)MIN_OF(text.len, 100u),
				  text.at, words);
	else
		rule_problem_add(problems(set), where_place(set, place), "unknown field '%.*s'%s",
				 (int)MIN_OF(text.len, 100u), text.at, words);
	return -EINVAL;
}

/* The field exists, but its argument is wrong. */
static int wrong_argument(struct rule_set *set, struct rule_str text, struct where place)
{
	static const char *const expected[] = {
		[RULE_ARG_NONE] = "takes no argument",
		[RULE_ARG_INDEX_OR_ALL] = "takes a number in brackets, or nothing",
		[RULE_ARG_INDEX_OR_SET] = "takes a number in brackets, or nothing",
		[RULE_ARG_KEY] = "needs a name, as .name or [name]",
		[RULE_ARG_KEY_OR_ALL] = "takes a name in brackets, or nothing",
		[RULE_ARG_EVENT] = "needs the name of an event's argument that exists",
		[RULE_ARG_PLACE] = "needs a number or a path in brackets",
	};
	const struct rule_schema *s = set->schema;
	const char *bracket = memchr(text.at, '[', text.len);
	size_t len = bracket ? (size_t)(bracket - text.at) : text.len;
	int field = -1;
	char words[100] = "";

	for (; field < 0 && len; len--)
		field = rule_schema_field(s, text.at, len);
	if (field < 0)
		return unknown_field(set, text, place);
	size_t used = strlen(s->fields[field].name);
	if (s->fields[field].arg == RULE_ARG_EVENT && text.len > used + 1) {
		struct suggestion near = suggest_start((struct rule_str){
			text.at + used + 1, text.len - (uint32_t)used - 1 - (bracket && text.at[text.len - 1] == ']')});
		for (size_t i = 0; i < s->arg_count; i++)
			suggest_offer(&near, rule_str_of(s->args[i]));
		suggest_words(&near, words, sizeof(words));
	}
	rule_problem_add(problems(set), where_place(set, place), "wrong argument in '%.*s': %s %s%s",
			 (int)MIN_OF(text.len, 100u), text.at, s->fields[field].name, expected[s->fields[field].arg],
			 words);
	return -EINVAL;
}

static int add_slot(struct rule_set *set, struct slot slot, struct rule_str key, uint32_t *ret)
{
	uintptr_t known = (uintptr_t)names_get(&set->slot_names, key);

	if (known) {
		*ret = (uint32_t)known - 1;
		return 0;
	}
	if (set->slot_count == SLOTS_MAX)
		return -E2BIG;
	if (set->slot_count == set->slot_capacity) {
		size_t capacity = set->slot_capacity ? 2 * set->slot_capacity : 128;
		void *slots = reallocarray(set->slots, capacity, sizeof(*set->slots));
		if (!slots)
			return -ENOMEM;
		set->slots = slots;
		set->slot_capacity = capacity;
	}
	char *copy = arena_strn(&set->arena, key.at, key.len);
	slot.text = slot.kind == SLOT_TEXT ? slot.text : (struct rule_str){copy, key.len};
	uintptr_t number = set->slot_count + 1;
	if (!copy || names_add(&set->arena, &set->slot_names, (struct rule_str){copy, key.len}, (void *)number) < 0)
		return -ENOMEM;
	set->slots[set->slot_count] = slot;
	*ret = (uint32_t)set->slot_count++;
	return 0;
}

static enum time_style style_of(const char *name)
{
	static const char *const names[] = {[TIME_CLOCK] = "evt.time",
					    [TIME_CLOCK_S] = "evt.time.s",
					    [TIME_ISO] = "evt.time.iso8601",
					    [TIME_DATE] = "evt.datetime",
					    [TIME_DATE_S] = "evt.datetime.s"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return (enum time_style)i;
	}
	return TIME_CLOCK;
}

static void warn_absent(struct rule_set *set, unsigned field, struct where place)
{
	const struct rule_schema *s = set->schema;

	if (s->has_field && !s->has_field(field))
		rule_problem_warn(problems(set), where_place(set, place),
				  "%s is never present in this program's events: a comparison with it is false, and an "
				  "output shows <NA>",
				  s->fields[field].name);
}

static int add_field(struct rule_set *set, struct rule_str text, struct where place, uint32_t *ret)
{
	struct slot slot = {.kind = SLOT_FIELD};
	uintptr_t known = (uintptr_t)names_get(&set->slot_names, text);
	if (known) {
		*ret = (uint32_t)known - 1;
		return 0;
	}
	const char *copy = arena_strn(&set->arena, text.at, text.len);

	if (!copy)
		return -ENOMEM;
	int field = rule_schema_parse(set->schema, copy, text.len, &slot.arg);
	if (field == -ENOENT)
		return unknown_field(set, text, place);
	if (field < 0)
		return wrong_argument(set, text, place);
	const struct rule_field *f = &set->schema->fields[field];
	slot.field = (unsigned)field;
	slot.type = f->type;
	slot.style = style_of(f->name);
	if (slot.arg.form == RULE_ARG_IS_KEY && set->schema->evt_rawarg && slot.field == set->schema->evt_rawarg &&
	    set->schema->arg_is_text(slot.arg.id))
		slot.type = RULE_STRING;
	warn_absent(set, slot.field, place);
	slot.any = f->arg == RULE_ARG_INDEX_OR_ALL || f->type == RULE_IP || f->type == RULE_NET || f->type == RULE_PORT;
	slot.is_type = slot.field == set->schema->evt_type;
	if (strcmp(f->name, "evt.dir") == 0) {
		/* Events are seen when they are complete. */
		slot.kind = SLOT_TEXT;
		slot.text = rule_str_of("<");
	}
	return add_slot(set, slot, (struct rule_str){copy, text.len}, ret);
}

int slot_of_text(struct rule_set *set, struct rule_str text, struct where place, uint32_t *ret)
{
	return add_field(set, text, place, ret);
}

static int add_text(struct rule_set *set, struct rule_str text, uint32_t *ret)
{
	const char *key = arena_printf(&set->arena, "\"%.*s\"", (int)text.len, text.at);
	const char *copy = arena_strn(&set->arena, text.at, text.len);
	struct slot slot = {.kind = SLOT_TEXT, .type = RULE_STRING, .text = {copy, text.len}};

	if (!key || !copy)
		return -ENOMEM;
	return add_slot(set, slot, rule_str_of(key), ret);
}

struct signature {
	const char *name;
	uint32_t least, most;
	enum rule_type type;
	int list; /* which argument has to be a list, the others not; NONE, or EACH: one for each of a list */
};

enum { NONE = -1, EACH = -2 };

static const struct signature signatures[] = {
	[CALL_TOLOWER] = {"tolower", 1, 1, RULE_STRING, EACH},
	[CALL_TOUPPER] = {"toupper", 1, 1, RULE_STRING, EACH},
	[CALL_B64] = {"b64", 1, 1, RULE_STRING, EACH},
	[CALL_BASENAME] = {"basename", 1, 1, RULE_STRING, EACH},
	[CALL_LEN] = {"len", 1, 1, RULE_NUMBER, EACH},
	[CALL_JOIN] = {"join", 2, 2, RULE_STRING, 1},
	[CALL_CONCAT] = {"concat", 2, CALL_ARGS_MAX, RULE_STRING, NONE},
	[CALL_GETOPT] = {"getopt", 2, 2, RULE_STRING, 0}, /* and one in brackets */
	[CALL_VAL] = {"val", 1, 1, RULE_STRING, NONE},
	[CALL_LIST] = {"", 0, CALL_ARGS_MAX, RULE_STRING, NONE},
};

static int find_signature(const struct operand *o)
{
	if (o->kind == OPERAND_LIST)
		return CALL_LIST;
	for (int i = 0; i < CALL_LIST; i++) {
		if (strlen(signatures[i].name) == o->text.len &&
		    memcmp(signatures[i].name, o->text.at, o->text.len) == 0)
			return i;
	}
	return -1;
}

static bool is_list(const struct slot *slot)
{
	return slot->kind == SLOT_CALL && (slot->call == CALL_LIST || slot->call == CALL_GETOPT);
}

static int check_call(struct rule_set *set, const struct operand *o, enum call call, const uint32_t *args,
		      struct where place)
{
	int list = signatures[call].list;

	for (uint32_t i = 0; i < o->arg_count; i++) {
		const struct slot *arg = &set->slots[args[i]];
		if (list == EACH && (arg->type != RULE_STRING || arg->kind == SLOT_TEXT))
			return wrong(set, place, "a field that holds text is needed in", o->text);
		if (list == (int)i && arg->kind == SLOT_TEXT)
			return wrong(set, place, "a list is needed where there is text in", o->text);
		if (list != EACH && list != (int)i && is_list(arg))
			return wrong(set, place, "text is needed where there is a list in", o->text);
	}
	return 0;
}

/* As rules write it: the same text is the same slot. */
static void write_call(struct rule_set *set, const char *name, const uint32_t *args, uint32_t count, struct buf *key)
{
	buf_printf(key, "%s(", name);
	for (uint32_t i = 0; i < count; i++) {
		const struct slot *arg = &set->slots[args[i]];
		const char *quote = arg->kind == SLOT_TEXT ? "\"" : "";
		buf_printf(key, "%s%s%.*s%s", i ? ", " : "", quote, (int)arg->text.len, arg->text.at, quote);
	}
	buf_add_char(key, ')');
}

static int add_call(struct rule_set *set, const struct operand *o, struct where place, uint32_t *ret)
{
	int call = find_signature(o);
	uint32_t args[CALL_ARGS_MAX];
	SCOPED(buf) struct buf key = BUF_INIT(OPERAND_TEXT_MAX);

	if (call < 0)
		return wrong(set, place, "unknown function", o->text);
	uint32_t given = o->arg_count - o->selects;
	if (given < signatures[call].least || given > signatures[call].most)
		return wrong(set, place, "wrong number of arguments in", o->text);
	for (uint32_t i = 0; i < o->arg_count; i++) {
		int r = slot_of_operand(set, &o->args[i], place, &args[i]);
		if (r < 0)
			return r;
	}
	int r = check_call(set, o, (enum call)call, args, place);
	if (r < 0)
		return r;
	if (call == CALL_VAL) {
		*ret = args[0];
		return 0;
	}
	write_call(set, signatures[call].name, args, o->arg_count, &key);
	if (buf_error(&key) == -EMSGSIZE)
		return wrong(set, place, "too long:", o->text);
	struct slot slot = {.kind = SLOT_CALL,
			    .type = signatures[call].type,
			    .call = (enum call)call,
			    .arg_count = o->arg_count,
			    .any = o->arg_count && set->slots[args[0]].any};
	slot.args = ARENA_ARRAY(&set->arena, o->arg_count + 1, uint32_t);
	if (!slot.args || buf_error(&key))
		return -ENOMEM;
	memcpy(slot.args, args, o->arg_count * sizeof(*args));
	return add_slot(set, slot, (struct rule_str){buf_str(&key), (uint32_t)key.len}, ret);
}

int slot_of_operand(struct rule_set *set, const struct operand *o, struct where place, uint32_t *ret)
{
	switch (o->kind) {
	case OPERAND_FIELD:
		return add_field(set, o->text, place, ret);
	case OPERAND_TEXT:
		return add_text(set, o->text, ret);
	case OPERAND_LIST:
	case OPERAND_CALL:
		return add_call(set, o, place, ret);
	}
	return -EINVAL;
}
