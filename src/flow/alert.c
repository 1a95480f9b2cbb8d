/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts as text and as JSON. */
#include "alert.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "flow/watch.h"

void alert_json(const struct alert_of *a, struct buf *out)
{
	struct json_out o = JSON_OUT(out);
	char time[CLOCK_TEXT_MAX];
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10);

	clock_text(detect_time(a->detect), time);
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

void alert_words(const struct alert_of *a, struct buf *out)
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
	char time[FLOW_CLOCK_MAX];

	flow_clock(a->time, time);
	buf_printf(out, "%s: %s", time, a->words);
}

void flow_loss_words(const struct flow_loss *l, struct buf *out)
{
	double seconds = (double)(l->until - l->from) / 1e9;
	char time[FLOW_CLOCK_MAX];

	if (!l->killed) {
		buf_printf(out, "Critical events lost: %llu within %.1f s", (unsigned long long)l->lost, seconds);
		return;
	}
	flow_clock(l->from, time);
	if (l->counted)
		buf_printf(out,
			   "Critical events lost: %llu that the watch of pid %d had not dealt with when it was killed;",
			   (unsigned long long)l->lost, (int)l->killed);
	else
		buf_printf(out, "Critical events lost: nobody can say how many, the watch of pid %d was killed;",
			   (int)l->killed);
	buf_printf(out, " nobody watched from %.8s on, for %.1f s", time, seconds);
}

void flow_loss_json(const struct flow_loss *l, struct buf *out)
{
	char time[CLOCK_TEXT_MAX], hostname[256] = "";
	SCOPED(buf) struct buf words = BUF_INIT(1024);
	struct json_out o = JSON_OUT(out);

	gethostname(hostname, sizeof(hostname) - 1);
	flow_loss_words(l, &words);
	clock_text(l->until, time);
	json_out_object(&o, NULL);
	json_out_str(&o, "time", time);
	json_out_str(&o, "rule", "Events lost");
	json_out_str(&o, "priority", "Critical");
	json_out_str(&o, "source", "skep");
	json_out_str(&o, "hostname", hostname);
	json_out_str(&o, "output", buf_str(&words));
	json_out_object(&o, "output_fields");
	if (!l->killed || l->counted)
		json_out_u64(&o, "lost", l->lost);
	json_out_i64(&o, "from", l->from);
	json_out_i64(&o, "until", l->until);
	if (l->killed)
		json_out_i64(&o, "killed", l->killed);
	json_out_object(&o, "by_type");
	for (unsigned i = 0; i < WATCH_TYPES; i++)
		if (l->by_type[i])
			json_out_u64(&o, detect_record_name(i), l->by_type[i]);
	json_out_object_end(&o);
	json_out_object_end(&o);
	json_out_array(&o, "tags");
	json_out_array_end(&o);
	json_out_object_end(&o);
}
