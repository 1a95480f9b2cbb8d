/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace, line by line, through the rules.
 */
#include "trace.h"

#include <stdlib.h>

#include "flow/rules.h"

#define LINE_LIMITS ((struct json_limits){.bytes_max = FLOW_TRACE_LINE_MAX, .depth_max = 4})

struct run {
	const struct flow_trace_handlers *handlers;
	struct rule_judge *judge;
	size_t line;
	bool broken; /* a line was no JSON object */
};

static void problem(void *ctx, const char *text)
{
	const struct run *r = ctx;

	r->handlers->problem(r->handlers->ctx, r->line, text);
}

static int judge_line(struct run *r, const char *text, size_t len)
{
	SCOPED_PTR(json) struct json *object = NULL;
	SCOPED(trace_event) struct trace_event event = {.count = 0};
	const uint32_t *rules;
	struct err e = {0};

	int result = json_parse(text, len, LINE_LIMITS, &object, &e);
	if (result == -ENOMEM)
		return result;
	if (result < 0 || json_kind(object) != JSON_OBJECT) {
		problem(r, result < 0 ? err_text(&e) : "expected a JSON object");
		r->broken = true;
		return 0;
	}
	result = trace_event_read(&event, object, problem, r);
	if (result < 0)
		return result;
	size_t count = rule_judge_event(r->judge, event.type, event.time_ns, trace_event_get, &event, &rules);
	for (size_t i = 0; i < count && result == 0; i++) {
		struct flow_match match = {.line = r->line, .rule = rules[i], .judge = r->judge};
		result = r->handlers->match(r->handlers->ctx, &match);
	}
	return result;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

int flow_trace(const struct rule_set *set, FILE *trace, const struct flow_trace_handlers *h, struct err *e)
{
	SCOPED_PTR(rule_judge) struct rule_judge *judge = NULL;
	scoped_free char *line = NULL;
	size_t capacity = 0;
	ssize_t len;

	int r = rule_judge_new(set, &judge);
	if (r < 0)
		return err_set(e, r, "out of memory");
	struct run run = {.handlers = h, .judge = judge};
	while (r == 0 && (errno = 0, len = getline(&line, &capacity, trace)) >= 0) {
		run.line++;
		r = is_blank(line) ? 0 : judge_line(&run, line, (size_t)len);
	}
	if (r == 0 && (ferror(trace) || errno == ENOMEM))
		return err_sys(e, errno ? -errno : -EIO, "cannot read the trace at line %zu", run.line + 1);
	if (r < 0)
		return err_sys(e, r, "cannot judge the trace at line %zu", run.line);
	return run.broken ? err_set(e, -EINVAL, "the trace has lines that are no JSON objects") : 0;
}
