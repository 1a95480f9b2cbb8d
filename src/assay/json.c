/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON of our own: everything there is, in the form of docs/report.schema.json. What a baseline compares is
 * each finding's "key".
 */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "fix.h"
#include "words.h"

static void put_layer_number(struct json_out *o, const struct assay_report *r, uint32_t layer)
{
	if (layer < r->layer_count && r->layers[layer].digest[0])
		json_out_str(o, "layer", r->layers[layer].digest);
}

static void put_layers(struct json_out *o, const struct assay_report *r)
{
	json_out_array(o, "layers");
	for (size_t i = 0; i < r->layer_count; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "digest", r->layers[i].digest);
		json_out_u64(o, "bytes", r->layers[i].bytes);
		json_out_str(o, "createdBy", r->layers[i].created_by);
		if (r->layers[i].error[0])
			json_out_str(o, "error", r->layers[i].error);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_release(struct json_out *o, const struct assay_report *r)
{
	const struct model_release *release = &r->inventory.release;

	json_out_object(o, "release");
	json_out_str(o, "id", release->id);
	json_out_str(o, "versionId", release->version_id);
	json_out_str(o, "name", release->pretty_name);
	if (r->scope) {
		json_out_str(o, "state", vuln_release_state_name(r->scope->state));
		json_out_str(o, "words", r->scope->words);
		json_out_str(o, "feed", r->scope->feed);
	}
	json_out_object_end(o);
}

/* What the package at place I is to be brought to; AT is how many of LIST, the findings by package, were used. */
static void put_fix(struct json_out *o, const struct assay_report *r, size_t i, const struct assay_finding **list,
		    size_t *at)
{
	if (!list || *at >= r->finding_count || list[*at]->package != i)
		return;
	size_t count = fix_same_package(list + *at, r->finding_count - *at);
	struct fix fix = fix_of(&r->inventory.packages[i].package, list + *at, count);
	*at += count;
	if (fix.all)
		json_out_str(o, "fixedIn", fix.all);
	if (fix.first)
		json_out_str(o, "firstStep", fix.first);
}

static void put_packages(struct json_out *o, const struct assay_report *r)
{
	const struct assay_finding **list = fix_by_package(r);
	size_t at = 0;

	json_out_array(o, "packages");
	for (size_t i = 0; i < r->inventory.package_count; i++) {
		const struct assay_package *a = &r->inventory.packages[i];
		json_out_object(o, NULL);
		json_out_str(o, "type", model_package_type_name(a->package.type));
		json_out_str(o, "name", a->package.name);
		json_out_str(o, "version", a->package.version);
		if (a->package.arch)
			json_out_str(o, "arch", a->package.arch);
		if (a->package.source_name)
			json_out_str(o, "source", a->package.source_name);
		if (a->package.source_version)
			json_out_str(o, "sourceVersion", a->package.source_version);
		if (a->package.licence)
			json_out_str(o, "licence", a->package.licence);
		json_out_str(o, "path", a->package.path);
		json_out_bool(o, "lock", a->lock);
		if (a->package.dev)
			json_out_bool(o, "dev", true);
		put_layer_number(o, r, a->package.layer);
		put_fix(o, r, i, list, &at);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	free(list);
}

static void put_severity(struct json_out *o, const struct vuln_severity *s)
{
	json_out_str(o, "severity", vuln_severity_name(s->level));
	if (s->tenths >= 0)
		json_out_real(o, "cvss", s->tenths / 10.0);
	if (s->vector)
		json_out_str(o, "vector", s->vector);
	if (s->from && *s->from)
		json_out_str(o, "severityFrom", s->from);
}

/* The chance is null, not absent, when no table of chances was IMPORTED. */
static void put_exploitation(struct json_out *o, const struct vuln_finding *f, bool imported)
{
	if (f->kev) {
		json_out_object(o, "kev");
		json_out_str(o, "added", f->kev_entry.added);
		json_out_bool(o, "ransomware", f->kev_entry.ransomware);
		json_out_object_end(o);
	}
	if (f->has_epss) {
		json_out_object(o, "epss");
		json_out_real(o, "score", f->epss.score / 1e6);
		json_out_real(o, "percentile", f->epss.percentile / 1e6);
		json_out_object_end(o);
	} else if (!imported) {
		json_out_null(o, "epss");
	}
}

static void put_finding(struct json_out *o, const struct assay_report *r, const struct assay_finding *f)
{
	const struct model_package *p = &r->inventory.packages[f->package].package;
	SCOPED(buf) struct buf key = BUF_INIT(64u << 10);

	words_finding_key(r, f, &key);
	json_out_object(o, NULL);
	json_out_str(o, "key", buf_str(&key));
	json_out_str(o, "id", f->vuln.id);
	json_out_array(o, "ids");
	for (size_t i = 0; i < f->vuln.id_count; i++)
		json_out_str(o, NULL, f->vuln.ids[i]);
	json_out_array_end(o);
	json_out_str(o, "package", p->name);
	json_out_str(o, "type", model_package_type_name(p->type));
	json_out_str(o, "version", p->version);
	json_out_str(o, "path", p->path);
	put_layer_number(o, r, p->layer);
	json_out_str(o, "status", vuln_status_name(f->vuln.status));
	json_out_str(o, "fixed", f->vuln.fixed);
	put_severity(o, &f->vuln.severity);
	put_exploitation(o, &f->vuln, r->has_epss);
	json_out_bool(o, "malicious", f->vuln.malicious);
	json_out_str(o, "feed", f->vuln.ecosystem);
	json_out_str(o, "row", f->vuln.row);
	json_out_str(o, "reason", f->vuln.reason);
	if (f->ignored)
		json_out_str(o, "ignored", f->ignored);
	json_out_bool(o, "new", !f->old);
	json_out_object_end(o);
}

static void put_issue(struct json_out *o, const struct assay_report *r, const struct assay_issue *x)
{
	SCOPED(buf) struct buf key = BUF_INIT(64u << 10);

	words_issue_key(x, &key);
	json_out_object(o, NULL);
	json_out_str(o, "key", buf_str(&key));
	json_out_str(o, "kind", model_part_remark_name(x->kind));
	json_out_str(o, "rule", x->rule);
	json_out_str(o, "severity", vuln_severity_name(x->level));
	json_out_str(o, "title", x->title);
	json_out_str(o, "path", x->path);
	if (x->line)
		json_out_u64(o, "line", x->line);
	json_out_str(o, "text", x->text);
	json_out_str(o, "fix", x->fix);
	put_layer_number(o, r, x->layer);
	if (x->hidden)
		json_out_bool(o, "hidden", true);
	if (x->ignored)
		json_out_str(o, "ignored", x->ignored);
	json_out_bool(o, "new", !x->old);
	json_out_object_end(o);
}

static void put_programs(struct json_out *o, const struct assay_report *r)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} bits[] = {{MODEL_PROGRAM_PIE, "pie"},	      {MODEL_PROGRAM_RELRO, "relro"},
		    {MODEL_PROGRAM_NOW, "bindNow"},   {MODEL_PROGRAM_NX, "nx"},
		    {MODEL_PROGRAM_CANARY, "canary"}, {MODEL_PROGRAM_FORTIFY, "fortify"},
		    {MODEL_PROGRAM_STATIC, "static"}};

	json_out_array(o, "programs");
	for (size_t i = 0; i < r->inventory.program_count; i++) {
		const struct assay_program *p = &r->inventory.programs[i];
		json_out_object(o, NULL);
		json_out_str(o, "path", p->program.path);
		json_out_str(o, "note", p->program.note);
		json_out_str(o, "needed", p->program.needed);
		for (size_t k = 0; k < ARRAY_LEN(bits); k++)
			json_out_bool(o, bits[k].name, p->program.hardening & bits[k].bit);
		put_layer_number(o, r, p->layer);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_unread(struct json_out *o, const struct assay_report *r)
{
	json_out_array(o, "unread");
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (m->kind != MODEL_REMARK_UNREAD)
			continue;
		json_out_object(o, NULL);
		json_out_str(o, "path", m->path);
		json_out_str(o, "text", m->text);
		json_out_bool(o, "grave", assay_gap(m) != NULL);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_without_feed(struct json_out *o, const struct assay_report *r)
{
	json_out_object(o, "withoutFeed");
	for (size_t i = 0; i < MODEL_PACKAGE_TYPES; i++)
		if (r->without_feed[i])
			json_out_u64(o, model_package_type_name((enum model_package_type)i), r->without_feed[i]);
	json_out_object_end(o);
}

void assay_score_json(const struct assay_report *r, struct json_out *o)
{
	const struct assay_score *s = &r->score;

	if (assay_is_whole(r, NULL, NULL)) {
		json_out_i64(o, "value", s->value);
	} else {
		json_out_null(o, "value");
		json_out_i64(o, "atLeast", s->value);
	}
	json_out_array(o, "reasons");
	for (size_t i = 0; i < s->reason_count; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "text", s->reasons[i].text);
		json_out_real(o, "points", s->reasons[i].points);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	json_out_array(o, "fixes");
	for (size_t i = 0; i < s->fix_count; i++) {
		json_out_object(o, NULL);
		json_out_str(o, "package", s->fixes[i].package);
		json_out_str(o, "from", s->fixes[i].from);
		json_out_str(o, "to", s->fixes[i].to);
		json_out_u64(o, "findings", s->fixes[i].findings);
		json_out_i64(o, "scoreAfter", s->fixes[i].score_after);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

uint64_t assay_data_days(const struct assay_report *r)
{
	return r->judged && r->data_s > 0 && r->now_s > r->data_s ? (uint64_t)(r->now_s - r->data_s) / 86400 : 0;
}

static void put_data(struct json_out *o, const struct assay_report *r)
{
	char time[WORDS_TIME_MAX];

	if (!r->judged || r->data_s <= 0)
		return;
	words_time(r->data_s, time);
	json_out_object(o, "data");
	json_out_str(o, "time", time);
	json_out_u64(o, "ageDays", assay_data_days(r));
	json_out_bool(o, "stale", assay_data_is_stale(r));
	json_out_object_end(o);
}

void assay_json(const struct assay_report *r, struct buf *b)
{
	struct json_out o = JSON_OUT_PRETTY(b);
	char time[WORDS_TIME_MAX];

	words_time(r->now_s, time);
	json_out_object(&o, NULL);
	json_out_str(&o, "schema", "skep/report/v1");
	json_out_str(&o, "name", r->name);
	json_out_str(&o, "kind", r->is_image ? "image" : "files");
	json_out_str(&o, "manifest", r->manifest);
	json_out_str(&o, "configuration", r->config_digest);
	json_out_str(&o, "time", time);
	json_out_str(&o, "tool", "skep " SKEP_VERSION);
	json_out_bool(&o, "complete", assay_is_whole(r, NULL, NULL));
	json_out_bool(&o, "judged", r->judged);
	json_out_u64(&o, "packagesWithoutFeed", r->unjudged);
	put_without_feed(&o, r);
	put_data(&o, r);
	json_out_object(&o, "score");
	assay_score_json(r, &o);
	json_out_object_end(&o);
	put_release(&o, r);
	put_layers(&o, r);
	json_out_array(&o, "findings");
	for (size_t i = 0; i < r->finding_count; i++)
		put_finding(&o, r, &r->findings[i]);
	json_out_array_end(&o);
	json_out_array(&o, "issues");
	for (size_t i = 0; i < r->issue_count; i++)
		put_issue(&o, r, &r->issues[i]);
	json_out_array_end(&o);
	put_packages(&o, r);
	put_programs(&o, r);
	put_unread(&o, r);
	json_out_object_end(&o);
}
