/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the fuzz targets: a few fields of each kind, and events whose values follow from a number.
 */
#pragma once

#include "rule/judge.h"
#include "rule/load.h"

static const struct rule_field fuzz_fields[] = {
	{"evt.type", "", RULE_STRING, RULE_ARG_NONE},
	{"evt.num", "", RULE_NUMBER, RULE_ARG_NONE},
	{"evt.time", "", RULE_TIME, RULE_ARG_NONE},
	{"evt.arg", "", RULE_STRING, RULE_ARG_EVENT},
	{"evt.is_open_read", "", RULE_BOOL, RULE_ARG_NONE},
	{"proc.name", "", RULE_STRING, RULE_ARG_NONE},
	{"proc.aname", "", RULE_STRING, RULE_ARG_INDEX_OR_ALL},
	{"proc.args", "", RULE_STRING, RULE_ARG_KEY_OR_ALL},
	{"proc.pid", "", RULE_NUMBER, RULE_ARG_NONE},
	{"fd.types", "", RULE_STRING, RULE_ARG_INDEX_OR_SET},
	{"fd.name", "", RULE_STRING, RULE_ARG_NONE},
	{"fd.ip", "", RULE_IP, RULE_ARG_NONE},
	{"fd.net", "", RULE_NET, RULE_ARG_NONE},
	{"fd.port", "", RULE_PORT, RULE_ARG_NONE},
	{"proc.fdusage", "", RULE_REAL, RULE_ARG_NONE},
	{"container.mount.dest", "", RULE_STRING, RULE_ARG_PLACE},
};
static const char *const fuzz_events[] = {"open", "execve", "connect"};
static const char *const fuzz_args[] = {"flags", "fd"};
static const struct rule_schema fuzz_schema = {fuzz_fields, ARRAY_LEN(fuzz_fields), fuzz_events, 3, fuzz_args, 2, 0, 1};

static int fuzz_get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	static const struct rule_str texts[] = {{"/etc/passwd", 11}, {"bash", 4}, {"", 0}, {NULL, 0}, {"a\xff/b c", 6}};
	static const int64_t numbers[] = {-1, 0, 22, INT64_MAX};
	static const struct rule_ip ips[] = {{{[10] = 0xff, [11] = 0xff, [12] = 10}}, {{0xfe, 0x80}}};
	unsigned n = *(const unsigned *)ctx + field;

	if (n % 5 == 0)
		return 0;
	*out = (struct rule_value){.type = fuzz_fields[field].type, .list_count = n % 7 == 1 ? 2 : 0};
	switch (out->type) {
	case RULE_STRING:
		if (out->list_count)
			out->strs = texts;
		else
			out->str = texts[n % 5];
		return 1;
	case RULE_IP:
	case RULE_NET:
		if (out->list_count)
			out->ips = ips;
		else
			out->ip = ips[n % 2];
		return 1;
	case RULE_REAL:
		*out = (struct rule_value){.type = RULE_REAL, .real = 0.5};
		return 1;
	case RULE_BOOL:
		*out = (struct rule_value){.type = RULE_BOOL, .flag = n % 2};
		return 1;
	case RULE_NUMBER:
	case RULE_PORT:
	case RULE_TIME:
		break;
	}
	if (out->list_count && out->type != RULE_TIME)
		out->numbers = numbers;
	else
		*out = (struct rule_value){.type = out->type, .number = numbers[n % 4]};
	return 1;
}

/* Loads, and judges a few events when that succeeds. */
static void fuzz_rules(const char *text, size_t len)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	struct rule_options options = {.enable_all = true, .least_urgent = RULE_DEBUG};
	struct rule_file file = {"f", text, len};
	SCOPED(buf) struct buf out = BUF_INIT(1 << 20);

	int r = rule_load(&fuzz_schema, &file, 1, &options, &problems, &set);
	if ((r == -EINVAL) != (problems.errors > 0) || (r == 0) != (set != NULL))
		abort();
	if (r < 0 || rule_judge_new(set, &judge) < 0)
		return;
	for (unsigned i = 0; i < 8; i++) {
		struct json_out json = JSON_OUT(&out);
		const uint32_t *rules;
		size_t count = rule_judge_event(judge, i % 4, i, fuzz_get, &i, &rules);
		buf_reset(&out);
		json_out_object(&json, NULL);
		for (size_t k = 0; k < count; k++) {
			ignore(rule_judge_output(judge, rules[k], &out)); /* it may be too long */
			rule_judge_output_fields(judge, rules[k], &json);
			rule_judge_reasons(judge, rules[k], &json);
		}
	}
	buf_reset(&out);
	for (size_t i = 0; i < rule_set_count(set); i++)
		ignore(rule_explain(set, i, &out)); /* as above */
}
