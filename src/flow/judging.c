/* SPDX-License-Identifier: Apache-2.0 */
/* State, rules, handlers, for one event after the other; and how an alert is written. */
#include "judging.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

int judging_begin(struct judging *j, int64_t boot, const char *hostname, struct err *e)
{
	snprintf(j->hostname, sizeof(j->hostname), "%s", hostname);
	int r = detect_new(&j->detect, boot, hostname);
	if (r == 0 && j->options->rules)
		r = rule_judge_new(j->options->rules, &j->judge);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

void judging_done(struct judging *j)
{
	rule_judge_free(j->judge);
	detect_free(j->detect);
	j->judge = NULL;
	j->detect = NULL;
}

static int judge(struct judging *j)
{
	const uint32_t *rules;
	int r = 0;
	size_t count = rule_judge_event(j->judge, detect_type(j->detect), (uint64_t)detect_time(j->detect), detect_get,
					j->detect, &rules);
	for (size_t i = 0; i < count && r >= 0; i++) {
		struct flow_alert alert = {rule_set_info(j->options->rules, rules[i]), rules[i], j->detect, j->judge,
					   j->hostname};
		j->alerts++;
		if (j->handlers->alert)
			r = j->handlers->alert(j->handlers->ctx, &alert);
	}
	return r;
}

static bool wanted(const struct judging *j)
{
	const char *only = j->options->container;
	return !only || strcmp(only, detect_container(j->detect)) == 0;
}

int judging_event(struct judging *j, const struct event *event)
{
	bool judged;
	uint32_t pid;
	int r = 0;
	if (detect_begin(j->detect, event, &judged) < 0)
		return 0;
	const char *unnamed = j->name_users ? detect_unnamed(j->detect, &pid) : NULL;
	if (unnamed)
		r = j->name_users(j->ctx, unnamed, pid);
	if (r >= 0 && judged && wanted(j)) {
		if (j->handlers->event)
			r = j->handlers->event(j->handlers->ctx, j->detect, event);
		if (r >= 0 && j->judge)
			r = judge(j);
	}
	detect_end(j->detect);
	return r;
}

void flow_alert_json(const struct flow_alert *a, struct buf *out)
{
	struct json_out o = JSON_OUT(out);
	char time[64];
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10);
	int64_t ns = detect_time(a->detect);
	struct tm tm;

	gmtime_r(&(time_t){ns / 1000000000}, &tm);
	size_t n = strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(time + n, sizeof(time) - n, ".%09lldZ", (long long)(ns % 1000000000));
	ignore(rule_judge_output(a->judge, a->number, &text)); /* cut text is still text */
	json_out_object(&o, NULL);
	json_out_str(&o, "time", time);
	json_out_str(&o, "rule", a->rule->name);
	json_out_str(&o, "priority", rule_priority_name(a->rule->priority));
	json_out_str(&o, "source", a->rule->source);
	json_out_str(&o, "hostname", a->hostname);
	json_out_str(&o, "output", buf_str(&text));
	json_out_object(&o, "output_fields");
	rule_judge_output_fields(a->judge, a->number, &o);
	json_out_object_end(&o);
	json_out_array(&o, "tags");
	for (const char *const *tag = a->rule->tags; tag && *tag; tag++)
		json_out_str(&o, NULL, *tag);
	json_out_array_end(&o);
	json_out_object(&o, "skep");
	json_out_array(&o, "techniques");
	for (const char *const *tag = a->rule->tags; tag && *tag; tag++)
		if ((*tag)[0] == 'T' && strspn(*tag + 1, "0123456789.") == strlen(*tag + 1))
			json_out_str(&o, NULL, *tag);
	json_out_array_end(&o);
	json_out_str(&o, "file", a->rule->file);
	json_out_u64(&o, "line", a->rule->line);
	json_out_object(&o, "event");
	detect_describe(a->detect, &o);
	json_out_object_end(&o);
	json_out_object(&o, "because");
	rule_judge_reasons(a->judge, a->number, &o);
	json_out_object_end(&o);
	detect_ancestry(a->detect, &o, "ancestry");
	json_out_object_end(&o);
	json_out_object_end(&o);
}

void flow_alert_words(const struct flow_alert *a, struct buf *out)
{
	buf_printf(out, "%s ", rule_priority_name(a->rule->priority));
	ignore(rule_judge_output(a->judge, a->number, out)); /* cut text is still text */
	str_plain(out->data, out->len);			     /* one line, and nothing that a terminal would obey */
}

void flow_clock(int64_t ns, char text[FLOW_CLOCK_MAX])
{
	struct tm tm;

	localtime_r(&(time_t){ns / 1000000000}, &tm);
	size_t n = strftime(text, FLOW_CLOCK_MAX, "%H:%M:%S", &tm);
	snprintf(text + n, FLOW_CLOCK_MAX - n, ".%09lld", (long long)(ns % 1000000000));
}

void flow_alert_text(const struct flow_alert *a, struct buf *out)
{
	SCOPED(buf) struct buf words = BUF_INIT(out->max);
	char time[FLOW_CLOCK_MAX];

	flow_clock(detect_time(a->detect), time);
	flow_alert_words(a, &words);
	buf_printf(out, "%s: %s", time, buf_str(&words));
}
