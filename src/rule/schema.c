/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to places in a schema. Linear: names are resolved when rules are compiled, never per event.
 */
#include "rule/schema.h"

#include <errno.h>

#define INDEX_MAX 65535

const char *rule_type_name(enum rule_type type)
{
	static const char *const names[] = {"string",	  "number",	"number", "bool",
					    "IP address", "IP network", "port",	  "time"};
	return names[type];
}

static bool same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

int rule_schema_field(const struct rule_schema *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->field_count; i++) {
		if (same(s->fields[i].name, name, len))
			return (int)i;
	}
	return -1;
}

static int place(const char *const *names, size_t count, const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (same(names[i], name, len))
			return (int)i;
	}
	return -1;
}

int rule_schema_event(const struct rule_schema *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->alias_count; i++) {
		if (same(s->aliases[i].name, name, len))
			return place(s->events, s->event_count, s->aliases[i].event, strlen(s->aliases[i].event));
	}
	return place(s->events, s->event_count, name, len);
}

int rule_schema_arg(const struct rule_schema *s, const char *name, size_t len)
{
	return place(s->args, s->arg_count, name, len);
}

static bool takes_key(enum rule_arg_kind kind)
{
	return kind == RULE_ARG_KEY || kind == RULE_ARG_KEY_OR_ALL || kind == RULE_ARG_EVENT;
}

/* "evt.arg.flags": the longest name before a dot that is a field with a key. */
static int find_dotted(const struct rule_schema *s, const char *text, size_t len, size_t *ret_name_len)
{
	for (size_t at = len; at > 0; at--) {
		if (text[at - 1] != '.')
			continue;
		int field = rule_schema_field(s, text, at - 1);
		if (field >= 0 && takes_key(s->fields[field].arg)) {
			*ret_name_len = at - 1;
			return field;
		}
	}
	return -ENOENT;
}

/* A number of at most INDEX_MAX, or -1. */
static int32_t to_index(struct rule_str key)
{
	int32_t value = 0;

	for (uint32_t i = 0; i < key.len; i++) {
		if (key.at[i] < '0' || key.at[i] > '9')
			return -1;
		value = value * 10 + (key.at[i] - '0');
		if (value > INDEX_MAX)
			return -1;
	}
	return key.len ? value : -1;
}

static int set_arg(const struct rule_schema *s, int field, struct rule_str key, bool bracket, struct rule_arg *ret)
{
	enum rule_arg_kind kind = s->fields[field].arg;
	bool number_only = kind == RULE_ARG_INDEX_OR_ALL || kind == RULE_ARG_INDEX_OR_SET;
	bool number_allowed = number_only || kind == RULE_ARG_EVENT || kind == RULE_ARG_PLACE;
	int32_t index = bracket && number_allowed ? to_index(key) : -1;

	if (index >= 0) {
		*ret = (struct rule_arg){.form = RULE_ARG_IS_INDEX, .index = (uint32_t)index};
		return field;
	}
	if (!key.len || kind == RULE_ARG_NONE || number_only)
		return -EINVAL;
	*ret = (struct rule_arg){.form = RULE_ARG_IS_KEY, .key = key};
	if (kind == RULE_ARG_EVENT) {
		int id = rule_schema_arg(s, key.at, key.len);
		if (id < 0)
			return -EINVAL;
		ret->id = (unsigned)id;
	}
	return field;
}

int rule_schema_parse(const struct rule_schema *s, const char *text, size_t len, struct rule_arg *ret_arg)
{
	const char *bracket = memchr(text, '[', len);
	size_t name_len = bracket ? (size_t)(bracket - text) : len;
	int field = rule_schema_field(s, text, name_len);

	if (field < 0 && !bracket) {
		field = find_dotted(s, text, len, &name_len);
		if (field >= 0)
			return set_arg(s, field, (struct rule_str){text + name_len + 1, (uint32_t)(len - name_len - 1)},
				       false, ret_arg);
	}
	if (field < 0)
		return -ENOENT;
	if (bracket) {
		if (text[len - 1] != ']')
			return -EINVAL;
		return set_arg(s, field, (struct rule_str){bracket + 1, (uint32_t)(len - name_len - 2)}, true, ret_arg);
	}
	enum rule_arg_kind kind = s->fields[field].arg;
	if (kind == RULE_ARG_KEY || kind == RULE_ARG_EVENT || kind == RULE_ARG_PLACE)
		return -EINVAL;
	*ret_arg = (struct rule_arg){.form = RULE_ARG_ABSENT};
	return field;
}
