/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values as field values. The type of a field decides; what does not fit is noted and absent. Nothing is derived:
 * proc.aname and proc.aname[2] are what the line says, each for itself.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "detect/schema.h"
#include "trace.h"

#define EVENT_BYTES_MAX (8u << 20)
#define ITEMS_MAX 10000

struct reading {
	struct trace_event *t;
	trace_problem_fn *problem;
	void *ctx;
};

void trace_event_done(struct trace_event *t)
{
	arena_done(&t->arena);
}

static void note(const struct reading *r, const char *key, const char *what)
{
	char text[300];

	snprintf(text, sizeof(text), "%.150s: %s", key, what);
	r->problem(r->ctx, text);
}

static int read_text(struct trace_event *t, const struct json *v, struct rule_str *ret)
{
	const char *text = NULL;
	int64_t number;
	bool flag;

	if (json_kind(v) == JSON_STRING) {
		if (json_str(v, &text, NULL) < 0)
			return -EINVAL;
	} else if (json_i64(v, &number, NULL) == 0) {
		text = arena_printf(&t->arena, "%lld", (long long)number);
	} else if (json_bool(v, &flag, NULL) == 0) {
		text = flag ? "true" : "false";
	} else {
		return -EINVAL;
	}
	*ret = rule_str_of(text ? text : "");
	return text ? 0 : -ENOMEM;
}

static int read_number(const struct json *v, int64_t *ret)
{
	const char *text;
	double real;
	bool flag;

	if (json_i64(v, ret, NULL) == 0)
		return 0;
	/* Some writers make 1e9 of large numbers. */
	if (json_kind(v) == JSON_REAL && json_real(v, &real, NULL) == 0 && real > -9e15 && real < 9e15 &&
	    real == (double)(int64_t)real) {
		*ret = (int64_t)real;
		return 0;
	}
	if (json_bool(v, &flag, NULL) == 0) {
		*ret = flag;
		return 0;
	}
	return json_str(v, &text, NULL) == 0 ? str_to_i64(text, ret) : -EINVAL;
}

static int read_flag(const struct json *v, bool *ret)
{
	const char *text;
	int64_t number;

	if (json_bool(v, ret, NULL) == 0)
		return 0;
	if (json_i64(v, &number, NULL) == 0 && (number == 0 || number == 1)) {
		*ret = number;
		return 0;
	}
	if (json_str(v, &text, NULL) < 0 || (!str_eq(text, "true") && !str_eq(text, "false")))
		return -EINVAL;
	*ret = text[0] == 't';
	return 0;
}

static int read_ip(const struct json *v, struct rule_ip *ret)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	const char *text;

	if (json_str(v, &text, NULL) < 0)
		return -EINVAL;
	if (inet_pton(AF_INET6, text, ret->bytes) == 1)
		return 0;
	memcpy(ret->bytes, v4_prefix, sizeof(v4_prefix));
	return inet_pton(AF_INET, text, ret->bytes + 12) == 1 ? 0 : -EINVAL;
}

static int read_single(struct trace_event *t, const struct json *v, enum rule_type type, struct rule_value *out)
{
	out->type = type;
	switch (type) {
	case RULE_TIME:
		if (json_kind(v) == JSON_STRING)
			out->type = RULE_STRING;
		else
			return read_number(v, &out->number);
		return read_text(t, v, &out->str);
	case RULE_STRING:
		return read_text(t, v, &out->str);
	case RULE_NUMBER:
	case RULE_PORT:
		return read_number(v, &out->number);
	case RULE_REAL:
		return json_real(v, &out->real, NULL);
	case RULE_BOOL:
		return read_flag(v, &out->flag);
	case RULE_IP:
	case RULE_NET:
		break;
	}
	return read_ip(v, &out->ip);
}

/* Room for COUNT items of the type, in the value and for writing. */
static void *make_items(struct trace_event *t, enum rule_type type, size_t count, struct rule_value *out)
{
	*out = (struct rule_value){.type = type, .list_count = (uint32_t)count};
	if (type == RULE_STRING)
		return (void *)(out->strs = ARENA_ARRAY(&t->arena, count, struct rule_str));
	if (type == RULE_IP || type == RULE_NET)
		return (void *)(out->ips = ARENA_ARRAY(&t->arena, count, struct rule_ip));
	return (void *)(out->numbers = ARENA_ARRAY(&t->arena, count, int64_t));
}

static int read_list(struct trace_event *t, const struct json *v, enum rule_type type, struct rule_value *out)
{
	size_t count = json_count(v);

	if (count > ITEMS_MAX || type == RULE_REAL || type == RULE_BOOL || type == RULE_TIME)
		return -EINVAL;
	void *items = make_items(t, type, count, out);
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct rule_value one = {.type = type};
		int r = read_single(t, json_at(v, i), type, &one);
		if (r < 0)
			return r;
		if (type == RULE_STRING)
			((struct rule_str *)items)[i] = one.str;
		else if (type == RULE_IP || type == RULE_NET)
			((struct rule_ip *)items)[i] = one.ip;
		else
			((int64_t *)items)[i] = one.number;
	}
	return 0;
}

static int read_member(const char *key, const struct json *v, void *data, struct err *e)
{
	const struct reading *r = data;
	struct trace_event *t = r->t;
	struct trace_key *k = &t->keys[t->count];
	int field = rule_schema_parse(&detect_schema, key, strlen(key), &k->arg);

	if (field < 0) {
		note(r, key, "no such field");
		return 0;
	}
	if (!v || json_kind(v) == JSON_NULL)
		return 0;
	if (t->count + 1 == TRACE_KEYS_MAX)
		return -E2BIG;
	enum rule_type type = detect_schema.fields[field].type;
	bool list = json_kind(v) == JSON_ARRAY;
	int result = list ? read_list(t, v, type, &k->value) : read_single(t, v, type, &k->value);
	if (result == -ENOMEM)
		return result;
	if (result < 0) {
		note(r, key, "its value does not fit the field's type");
		return 0;
	}
	k->field = (unsigned)field;
	/* An empty list is an absent field. */
	t->count += !list || k->value.list_count > 0;
	return 0;
}

static const struct rule_value *plain(const struct trace_event *t, unsigned field)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->keys[i].field == field && t->keys[i].arg.form == RULE_ARG_ABSENT && !t->keys[i].value.list_count)
			return &t->keys[i].value;
	}
	return NULL;
}

int trace_event_read(struct trace_event *t, const struct json *object, trace_problem_fn *problem, void *ctx)
{
	struct reading r = {t, problem, ctx};

	*t = (struct trace_event){.arena = ARENA_INIT(EVENT_BYTES_MAX)};
	t->keys = ARENA_ARRAY(&t->arena, MIN_OF(json_count(object) + 1, TRACE_KEYS_MAX), struct trace_key);
	if (!t->keys)
		return -ENOMEM;
	int result = json_each(object, read_member, &r, NULL);
	if (result < 0)
		return result;
	const struct rule_value *type = plain(t, FIELD_EVT_TYPE), *time = plain(t, FIELD_EVT_TIME);
	int event = type ? rule_schema_event(&detect_schema, type->str.at, type->str.len) : -1;
	t->type = event < 0 ? DETECT_EVENT_COUNT : (unsigned)event;
	t->time_ns = time && time->type == RULE_TIME ? (uint64_t)time->number : 0;
	return 0;
}

static bool same_arg(const struct rule_arg *a, const struct rule_arg *b)
{
	if (a->form != b->form)
		return false;
	if (a->form == RULE_ARG_IS_INDEX)
		return a->index == b->index;
	return a->form == RULE_ARG_ABSENT ||
	       (a->key.len == b->key.len && memcmp(a->key.at, b->key.at, a->key.len) == 0);
}

int trace_event_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	const struct trace_event *t = ctx;

	for (size_t i = 0; i < t->count; i++) {
		if (t->keys[i].field != field || !same_arg(&t->keys[i].arg, arg))
			continue;
		*out = t->keys[i].value;
		return 1;
	}
	return 0;
}
