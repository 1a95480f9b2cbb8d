/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kit for tests of rules.
 */
#include "test-kit.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ITEMS_MAX 8

static const struct rule_field fields[] = {
	{"evt.type", "", RULE_STRING, RULE_ARG_NONE},
	{"evt.num", "", RULE_NUMBER, RULE_ARG_NONE},
	{"evt.time", "", RULE_TIME, RULE_ARG_NONE},
	{"evt.dir", "", RULE_STRING, RULE_ARG_NONE},
	{"evt.arg", "", RULE_STRING, RULE_ARG_EVENT},
	{"evt.rawres", "", RULE_NUMBER, RULE_ARG_NONE},
	{"evt.is_open_read", "", RULE_BOOL, RULE_ARG_NONE},
	{"evt.buffer", "", RULE_STRING, RULE_ARG_NONE},
	{"proc.name", "", RULE_STRING, RULE_ARG_NONE},
	{"proc.pname", "", RULE_STRING, RULE_ARG_NONE},
	{"proc.aname", "", RULE_STRING, RULE_ARG_INDEX_OR_ALL},
	{"proc.args", "", RULE_STRING, RULE_ARG_NONE},
	{"proc.pid", "", RULE_NUMBER, RULE_ARG_NONE},
	{"proc.fdusage", "", RULE_REAL, RULE_ARG_NONE},
	{"fd.name", "", RULE_STRING, RULE_ARG_NONE},
	{"fd.types", "", RULE_STRING, RULE_ARG_INDEX_OR_SET},
	{"fd.ip", "", RULE_IP, RULE_ARG_NONE},
	{"fd.net", "", RULE_NET, RULE_ARG_NONE},
	{"fd.port", "", RULE_PORT, RULE_ARG_NONE},
	{"user.name", "", RULE_STRING, RULE_ARG_NONE},
	{"container.id", "", RULE_STRING, RULE_ARG_NONE},
	{"container.mount.dest", "", RULE_STRING, RULE_ARG_PLACE},
};
static const char *const events[] = {"open", "openat", "execve", "connect", "close"};
static const char *const args[] = {"flags", "mode"};

const struct rule_schema kit_schema = {
	.fields = fields,
	.field_count = ARRAY_LEN(fields),
	.events = events,
	.event_count = ARRAY_LEN(events),
	.args = args,
	.arg_count = ARRAY_LEN(args),
	.evt_type = 0,
	.evt_num = 1,
};

static struct rule_ip read_ip(const char *text)
{
	struct rule_ip ip = {.bytes = {[10] = 0xff, [11] = 0xff}};

	if (inet_pton(AF_INET6, text, ip.bytes) != 1)
		assert_int_equal(inet_pton(AF_INET, text, ip.bytes + 12), 1);
	return ip;
}

/* Texts of the items of one value; they live until the same field of the next event is asked. */
struct values {
	char text[256];
	struct rule_str strs[ITEMS_MAX];
	int64_t numbers[ITEMS_MAX];
	struct rule_ip ips[ITEMS_MAX];
	uint32_t count;
};

static void split(struct values *v, const char *from, size_t len)
{
	assert_true(len < sizeof(v->text));
	memcpy(v->text, from, len);
	v->text[len] = '\0';
	for (size_t i = 0; i < len; i++)
		v->text[i] = v->text[i] == '~' ? ' ' : v->text[i];
	v->count = 0;
	for (char *at = v->text; at && v->count < ITEMS_MAX;) {
		char *bar = strchr(at, '|');
		if (bar)
			*bar = '\0';
		v->strs[v->count++] = rule_str_of(at);
		at = bar ? bar + 1 : NULL;
	}
}

static void fill_list(const struct values *v, enum rule_type type, struct rule_value *out)
{
	if (type == RULE_STRING)
		out->strs = v->strs;
	else if (type == RULE_IP || type == RULE_NET)
		out->ips = v->ips;
	else
		out->numbers = v->numbers;
}

static void fill(struct values *v, enum rule_type type, struct rule_value *out)
{
	for (uint32_t i = 0; i < v->count; i++) {
		if (type == RULE_NUMBER || type == RULE_PORT || type == RULE_TIME)
			v->numbers[i] = strtoll(v->strs[i].at, NULL, 0);
		else if (type == RULE_IP || type == RULE_NET)
			v->ips[i] = read_ip(v->strs[i].at);
	}
	*out = (struct rule_value){.type = type, .list_count = v->count > 1 ? v->count : 0};
	if (v->count > 1)
		fill_list(v, type, out);
	else if (type == RULE_STRING)
		out->str = v->strs[0];
	else if (type == RULE_IP || type == RULE_NET)
		out->ip = v->ips[0];
	else if (type == RULE_BOOL)
		out->flag = strcmp(v->text, "true") == 0;
	else if (type == RULE_REAL)
		out->real = strtod(v->text, NULL);
	else
		out->number = v->numbers[0];
}

static void write_name(char *name, size_t size, unsigned field, const struct rule_arg *arg)
{
	const char *base = fields[field].name;

	if (arg->form == RULE_ARG_IS_INDEX)
		snprintf(name, size, "%s[%u]=", base, arg->index);
	else if (arg->form == RULE_ARG_IS_KEY && fields[field].arg == RULE_ARG_PLACE)
		snprintf(name, size, "%s[%.*s]=", base, (int)arg->key.len, arg->key.at);
	else if (arg->form == RULE_ARG_IS_KEY)
		snprintf(name, size, "%s.%.*s=", base, (int)arg->key.len, arg->key.at);
	else
		snprintf(name, size, "%s=", base);
}

int kit_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	static struct values values[ARRAY_LEN(fields) * 4];
	const struct kit_event *event = ctx;
	char name[128];

	write_name(name, sizeof(name), field, arg);
	for (const char *at = event->text; *at;) {
		size_t len = strcspn(at, " ");
		if (strncmp(at, name, strlen(name)) == 0) {
			struct values *v =
				&values[field * 4 + (arg->form == RULE_ARG_IS_INDEX ? arg->index % 3 + 1 : 0)];
			split(v, at + strlen(name), len - strlen(name));
			fill(v, fields[field].type, out);
			return 1;
		}
		at += len + (at[len] == ' ');
	}
	return 0;
}

struct rule_set *kit_load(const char *text)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_file file = {"rules.yaml", text, strlen(text)};
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_set *set = NULL;
	int r = rule_load(&kit_schema, &file, 1, &options, &problems, &set);

	for (size_t i = 0; i < problems.count && r < 0; i++)
		print_message("%u:%u: %s\n", problems.items[i].place.line, problems.items[i].place.column,
			      problems.items[i].text);
	assert_int_equal(r, 0);
	return set;
}

static int load_for_problems(const char *text, struct rule_problems *problems)
{
	struct rule_file file = {"rules.yaml", text, strlen(text)};
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	struct rule_set *set = NULL;
	int r = rule_load(&kit_schema, &file, 1, &options, problems, &set);

	assert_true((r == 0) == (set != NULL));
	rule_set_free(set);
	return r;
}

const char *kit_problems(const char *text)
{
	static char out[4096];
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	size_t len = 0;

	ignore(load_for_problems(text, &problems));
	out[0] = '\0';
	for (size_t i = 0; i < problems.count && len < sizeof(out); i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s:%u:%u: %s%s\n", problems.items[i].place.file,
					problems.items[i].place.line, problems.items[i].place.column,
					problems.items[i].warning ? "warning: " : "", problems.items[i].text);
	return out;
}

static const char *one_rule(const char *condition)
{
	static char text[1 << 16];

	snprintf(
		text, sizeof(text),
		"- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  warn_evttypes: false\n  condition: >\n    %s\n",
		condition);
	return text;
}

bool kit_matches(const char *condition, const char *event)
{
	SCOPED_PTR(rule_set) struct rule_set *set = kit_load(one_rule(condition));
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	struct kit_event e = {event};
	const uint32_t *rules;
	unsigned type = 0;

	assert_int_equal(rule_judge_new(set, &judge), 0);
	for (unsigned i = 0; i < kit_schema.event_count; i++) {
		char name[64];
		int len = snprintf(name, sizeof(name), "evt.type=%s", events[i]);
		const char *found = strstr(event, name);
		if (found && (found[len] == ' ' || !found[len]))
			type = i;
	}
	size_t count = rule_judge_event(judge, type, 0, kit_get, &e, &rules);
	assert_int_equal(rule_judge_event(judge, type, 0, kit_get, &e, &rules), count);
	return count == 1;
}

const char *kit_condition_problem(const char *condition)
{
	static char out[1024];
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;

	ignore(load_for_problems(one_rule(condition), &problems));
	snprintf(out, sizeof(out), "%s", problems.count ? problems.items[0].text : "");
	return out;
}
