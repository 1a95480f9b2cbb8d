/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0: a rule for each vulnerability or check, a result for each place. Ignored results are suppressed, not left
 * out; a result of the baseline is "unchanged".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "words.h"

static const char *level_of(enum vuln_severity_level l)
{
	return l >= VULN_SEVERITY_HIGH ? "error" : l == VULN_SEVERITY_MEDIUM ? "warning" : "note";
}

static void put_text(struct json_out *o, const char *key, const char *text)
{
	json_out_object(o, key);
	json_out_str(o, "text", *text ? text : "-");
	json_out_object_end(o);
}

static double number_of(const struct vuln_severity *s)
{
	static const double levels[VULN_SEVERITY_LEVELS] = {
		[VULN_SEVERITY_LOW] = 3,
		[VULN_SEVERITY_MEDIUM] = 5.5,
		[VULN_SEVERITY_HIGH] = 8,
		[VULN_SEVERITY_CRITICAL] = 9.5,
	};

	return s->tenths >= 0 ? s->tenths / 10.0 : levels[s->level];
}

static void put_notification(struct json_out *o, const char *level, const char *text)
{
	json_out_object(o, NULL);
	json_out_str(o, "level", level);
	put_text(o, "message", text);
	json_out_object_end(o);
}

static void put_rule(struct json_out *o, const char *id, const char *title, const char *help, const char *uri,
		     double severity)
{
	char number[16];

	json_out_object(o, NULL);
	json_out_str(o, "id", id);
	put_text(o, "shortDescription", title);
	put_text(o, "help", help);
	if (uri)
		json_out_str(o, "helpUri", uri);
	json_out_object(o, "properties");
	snprintf(number, sizeof(number), "%.1f", severity);
	json_out_str(o, "security-severity", number);
	json_out_object_end(o);
	json_out_object_end(o);
}

/* The first finding or issue of each rule; FIRSTS says which. */
static bool seen_finding(const struct assay_report *r, size_t i)
{
	for (size_t k = i; k-- > 0;)
		if (str_eq(r->findings[k].vuln.id, r->findings[i].vuln.id))
			return true;
	return false;
}

static bool seen_issue(const struct assay_report *r, size_t i)
{
	for (size_t k = i; k-- > 0;)
		if (str_eq(r->issues[k].rule, r->issues[i].rule))
			return true;
	return false;
}

static void put_rules(struct json_out *o, const struct assay_report *r)
{
	json_out_array(o, "rules");
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct vuln_finding *f = &r->findings[i].vuln;
		SCOPED(buf) struct buf uri = BUF_INIT(1024);
		if (seen_finding(r, i))
			continue;
		buf_printf(&uri, "https://osv.dev/vulnerability/%.200s", f->id);
		put_rule(o, f->id, f->id, f->row ? f->row : f->id, buf_str(&uri), number_of(&f->severity));
	}
	for (size_t i = 0; i < r->issue_count; i++) {
		const struct assay_issue *x = &r->issues[i];
		struct vuln_severity severity = {.level = x->level, .tenths = -1};
		if (!seen_issue(r, i))
			put_rule(o, x->rule, words_issue_name(x), x->fix, NULL, number_of(&severity));
	}
	json_out_array_end(o);
}

/* A path as a relative URI reference. */
static void put_location(struct json_out *o, const char *path, uint64_t line)
{
	SCOPED(buf) struct buf uri = BUF_INIT(64u << 10);

	for (const char *c = *path ? path : "image"; *c; c++)
		if (strchr("%?#[]@!$&'()*+,;=:\"<>\\^`{|} ", *c) || *c < 0x21)
			buf_printf(&uri, "%%%02X", (unsigned char)*c);
		else
			buf_add_char(&uri, *c);
	json_out_array(o, "locations");
	json_out_object(o, NULL);
	json_out_object(o, "physicalLocation");
	json_out_object(o, "artifactLocation");
	json_out_str(o, "uri", buf_str(&uri));
	json_out_object_end(o);
	json_out_object(o, "region");
	json_out_u64(o, "startLine", line ? line : 1);
	json_out_object_end(o);
	json_out_object_end(o);
	json_out_object_end(o);
	json_out_array_end(o);
}

static void put_end(struct json_out *o, const char *key, const char *ignored, bool old)
{
	json_out_object(o, "partialFingerprints");
	json_out_str(o, "skepKey/v1", key);
	json_out_object_end(o);
	json_out_str(o, "baselineState", old ? "unchanged" : "new");
	if (ignored) {
		json_out_array(o, "suppressions");
		json_out_object(o, NULL);
		json_out_str(o, "kind", "external");
		json_out_str(o, "justification", ignored);
		json_out_object_end(o);
		json_out_array_end(o);
	}
}

static void put_finding(struct json_out *o, const struct assay_report *r, const struct assay_finding *f)
{
	const struct model_package *p = &r->inventory.packages[f->package].package;
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10), key = BUF_INIT(64u << 10);

	words_finding_key(r, f, &key);
	buf_printf(&text, "%s %s: %s", p->name, p->version, f->vuln.id);
	if (f->vuln.fixed)
		buf_printf(&text, ", fixed in %s", f->vuln.fixed);
	json_out_object(o, NULL);
	json_out_str(o, "ruleId", f->vuln.id);
	json_out_str(o, "level", level_of(f->vuln.severity.level));
	put_text(o, "message", buf_str(&text));
	put_location(o, p->path, 0);
	put_end(o, buf_str(&key), f->ignored, f->old);
	json_out_object_end(o);
}

static void put_issue(struct json_out *o, const struct assay_issue *x)
{
	SCOPED(buf) struct buf key = BUF_INIT(64u << 10), text = BUF_INIT(64u << 10);

	words_issue_key(x, &key);
	buf_printf(&text, "%s%s%s", x->title, str_eq(x->title, x->text) || !*x->text ? "" : ": ",
		   str_eq(x->title, x->text) ? "" : x->text);
	json_out_object(o, NULL);
	json_out_str(o, "ruleId", x->rule);
	json_out_str(o, "level", level_of(x->level));
	put_text(o, "message", buf_str(&text));
	put_location(o, x->path, x->line);
	put_end(o, buf_str(&key), x->ignored, x->old);
	json_out_object_end(o);
}

/* Whether all of it was read; a consumer that sees no results must not take that for none. */
static void put_invocation(struct json_out *o, const struct assay_report *r)
{
	json_out_array(o, "invocations");
	json_out_object(o, NULL);
	json_out_bool(o, "executionSuccessful", !r->failed_layers && !r->inventory.grave);
	json_out_array(o, "toolExecutionNotifications");
	for (size_t i = 0; i < r->layer_count; i++)
		if (r->layers[i].error[0])
			put_notification(o, "error", r->layers[i].error);
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (m->kind == MODEL_REMARK_UNREAD)
			put_notification(o, assay_gap(m) ? "error" : "note", m->text);
	}
	json_out_array_end(o);
	json_out_object_end(o);
	json_out_array_end(o);
}

void assay_sarif(const struct assay_report *r, struct buf *b)
{
	struct json_out o = JSON_OUT_PRETTY(b);

	json_out_object(&o, NULL);
	json_out_str(&o, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_out_str(&o, "version", "2.1.0");
	json_out_array(&o, "runs");
	json_out_object(&o, NULL);
	json_out_object(&o, "tool");
	json_out_object(&o, "driver");
	json_out_str(&o, "name", "skep");
	json_out_str(&o, "version", SKEP_VERSION);
	put_rules(&o, r);
	json_out_object_end(&o);
	json_out_object_end(&o);
	put_invocation(&o, r);
	json_out_array(&o, "results");
	for (size_t i = 0; i < r->finding_count; i++)
		put_finding(&o, r, &r->findings[i]);
	for (size_t i = 0; i < r->issue_count; i++)
		put_issue(&o, &r->issues[i]);
	json_out_array_end(&o);
	json_out_object(&o, "properties");
	json_out_str(&o, "scanned", r->name);
	json_out_i64(&o, "score", r->score.value);
	json_out_object_end(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_object_end(&o);
}
