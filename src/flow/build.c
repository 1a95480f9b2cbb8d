/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image is read layer by layer, the layers are put on top of each other, what is there is judged, and what people
 * decided about it is applied. Each step is a room's; this file only hands things on.
 */
#include "flow/build.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "assay/checks.h"
#include "assay/config-text.h"
#include "assay/ignore.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "document.h"
#include "score-file.h"
#include "update-state.h"
#include "vuln/index.h"
#include "vuln/vex.h"

#define ARENA_BYTES (1024u << 20)
#define IGNORE_BYTES_MAX (4u << 20)
#define BASELINE_BYTES_MAX (256u << 20)

void flow_assessment_done(struct flow_assessment *a)
{
	flow_scan_done(&a->scan);
	vuln_index_free(a->index);
	arena_done(&a->arena);
}

/* What was found in the configuration is said of what it stands in, and steps with secrets are not shown. */
static int take_config_part(struct flow_assessment *a, struct model_part *ret)
{
	struct flow_scan *s = &a->scan;
	const struct flow_scan_layer *l = &s->layers[s->layer_count];

	*ret = l->part;
	if (l->error[0]) {
		ret->remarks = ARENA_ARRAY(&a->arena, 1, struct model_part_remark);
		if (!ret->remarks)
			return -ENOMEM;
		ret->remarks[ret->remark_count++] = (struct model_part_remark){
			.kind = MODEL_REMARK_UNREAD,
			.rule = MODEL_GAP_NONE,
			.path = "",
			.text = arena_printf(&a->arena, "the configuration was not searched for secrets: %s",
					     l->error)};
	}
	for (size_t i = 0; i < ret->remark_count; i++) {
		struct model_part_remark *m = &ret->remarks[i];
		if (m->kind != MODEL_REMARK_SECRET)
			continue;
		if (m->line && m->line <= s->config.history_count)
			s->config.history[m->line - 1].has_secret = true;
		m->text =
			arena_printf(&a->arena, "%s: %s", assay_config_place(&s->config, m->line, &a->arena), m->text);
		m->path = "";
		m->line = 0;
	}
	return arena_failed(&a->arena) ? -ENOMEM : 0;
}

static int make_inventory(struct flow_assessment *a, struct err *e)
{
	const struct flow_scan *s = &a->scan;
	struct model_part *parts = ARENA_ARRAY(&a->arena, s->layer_count + 1, struct model_part);
	size_t count = s->layer_count;

	if (!parts)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->layer_count; i++)
		parts[i] = s->layers[i].part;
	if (s->config_searched && take_config_part(a, &parts[count++]) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	return assay_inventory_make(parts, count, &a->arena, &a->report.inventory, e);
}

static int fill_report(struct flow_assessment *a, struct err *e)
{
	const struct flow_scan *s = &a->scan;
	struct assay_layer *layers = ARENA_ARRAY(&a->arena, s->layer_count + 1, struct assay_layer);

	if (!layers)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->layer_count; i++)
		layers[i] = (struct assay_layer){
			.digest = s->layers[i].digest,
			.created_by = s->layers[i].step ? assay_shown_step(&a->arena, s->layers[i].step) : NULL,
			.error = s->layers[i].error,
			.bytes = s->layers[i].bytes};
	a->report.name = s->name;
	a->report.manifest = s->manifest;
	a->report.config_digest = s->config_digest;
	a->report.is_image = s->is_image;
	a->report.layers = layers;
	a->report.layer_count = s->layer_count;
	a->report.failed_layers = s->failed;
	a->report.now_s = clock_wall() / CLOCK_NS_PER_S;
	return 0;
}

/* ---- vulnerabilities ---- */

static int read_file(const char *path, struct buf *b, struct err *e)
{
	int r = path_read_file(AT_FDCWD, path, b);

	return r < 0 ? err_sys(e, r, "%s", path) : 0;
}

static int compare_findings(const void *a, const void *b)
{
	const struct assay_finding *x = a, *y = b;

	if (x->vuln.severity.level != y->vuln.severity.level)
		return x->vuln.severity.level < y->vuln.severity.level ? 1 : -1;
	if (x->vuln.severity.tenths != y->vuln.severity.tenths)
		return x->vuln.severity.tenths < y->vuln.severity.tenths ? 1 : -1;
	int r = strcmp(x->vuln.id, y->vuln.id);
	return r ? r : x->package < y->package ? -1 : x->package > y->package;
}

/* Findings of a package behind those there are; the list doubles in the arena. */
static int take_findings(struct flow_assessment *a, size_t package, const struct vuln_findings *found, size_t *room,
			 struct err *e)
{
	struct assay_report *r = &a->report;

	while (r->finding_count + found->count > *room) {
		size_t more = *room ? *room * 2 : 256;
		struct assay_finding *list = ARENA_ARRAY(&a->arena, more, struct assay_finding);
		if (!list)
			return err_set(e, -ENOMEM, "out of memory");
		if (r->finding_count)
			memcpy(list, r->findings, r->finding_count * sizeof(*list));
		r->findings = list;
		*room = more;
	}
	for (size_t i = 0; i < found->count; i++)
		r->findings[r->finding_count++] = (struct assay_finding){
			.package = package, .vuln = found->items[i], .ignored = found->items[i].suppressed};
	return 0;
}

static int read_statements(const struct strv *files, struct vuln_vex **ret, struct err *e)
{
	SCOPED_PTR(vuln_vex) struct vuln_vex *v = NULL;
	int r = files && files->count ? vuln_vex_new(&v) : 0;

	for (size_t i = 0; r == 0 && files && i < files->count; i++) {
		SCOPED(buf) struct buf text = BUF_INIT(VULN_VEX_BYTES_MAX);
		r = read_file(files->items[i], &text, e);
		if (r == 0 && (r = vuln_vex_add(v, buf_str(&text), text.len, files->items[i], e)) < 0)
			err_wrap(e, r, "%s", files->items[i]);
	}
	if (r == 0)
		*ret = take_ptr(v);
	return r;
}

static int judge(struct flow_assessment *a, const struct flow_assess_options *o, const char *only, struct err *e)
{
	SCOPED_PTR(vuln_vex) struct vuln_vex *vex = NULL;
	SCOPED(update_state) struct update_state updates = UPDATE_STATE_INIT;
	struct assay_report *r = &a->report;
	struct vuln_source source;
	size_t room = 0;
	int result = read_statements(o->vex, &vex, e);

	if (result == 0)
		result = vuln_open_root(o->scan.root, &a->index, e);
	if (result < 0)
		return result;
	vuln_scope_make(a->index, r->inventory.has_release ? &r->inventory.release : NULL, r->now_s, &a->scope);
	a->scope.show_all = only != NULL;
	a->scope.only_id = only;
	update_state_peek(o->scan.root, &updates);
	/* As old as the oldest feed: which of them matter to this image, findings that are missing do not say. */
	for (size_t i = 0; vuln_source_at(a->index, i, &source); i++) {
		r->has_epss = r->has_epss || source.kind == VULN_SEGMENT_EPSS;
		int64_t date = update_state_date(&updates, &source);
		if (source.kind == VULN_SEGMENT_OSV && (!r->data_s || date < r->data_s))
			r->data_s = date;
	}
	r->data_days_max = o->data_days ? o->data_days : ASSAY_DATA_DAYS;
	for (size_t i = 0; result == 0 && i < r->inventory.package_count; i++) {
		struct vuln_findings found = {0};
		result = vuln_match(a->index, &a->scope, &r->inventory.packages[i].package, &a->arena, &found, e);
		if (result == 0 && vex)
			result = vuln_vex_apply(vex, &r->inventory.packages[i].package, NULL, &found, &a->arena, e);
		if (result == 0)
			result = take_findings(a, i, &found, &room, e);
		bool missed = result == 0 && !found.judged;
		r->unjudged += missed;
		enum model_package_type type = r->inventory.packages[i].package.type;
		r->unscored += missed && type != MODEL_PACKAGE_GENERIC;
		r->without_feed[type] += missed && type != MODEL_PACKAGE_GENERIC && !model_package_is_os(type);
	}
	if (r->finding_count)
		qsort(r->findings, r->finding_count, sizeof(*r->findings), compare_findings);
	r->scope = &a->scope;
	r->judged = result == 0;
	return result;
}

/* ---- what people decided ---- */

static int apply_ignores(struct flow_assessment *a, const char *path, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = document_read(path, IGNORE_BYTES_MAX, &doc, e);

	if (r == 0 && (r = assay_ignore(&a->report, doc, &a->arena, &a->expired, e)) < 0)
		err_wrap(e, r, "%s", path);
	return r;
}

static void ignore_development(struct assay_report *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->inventory.packages[r->findings[i].package].package.dev && !r->findings[i].ignored)
			r->findings[i].ignored = "only development needs it (--no-dev)";
}

static int apply_baseline(struct flow_assessment *a, const char *path, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(BASELINE_BYTES_MAX);
	int r = read_file(path, &text, e);

	if (r == 0 && (r = assay_baseline(&a->report, buf_str(&text), text.len, e)) < 0)
		err_wrap(e, r, "%s", path);
	return r;
}

/* ---- the whole ---- */

static int64_t time_of(const char *text)
{
	int64_t s;

	return text && clock_read(text, &s) == 0 ? s : 0;
}

static int score(struct flow_assessment *a, struct err *e)
{
	const struct oci_image_config *c = a->scan.is_image ? &a->scan.config : NULL;
	struct assay_context context = {0};

	if (c) {
		context.as_root = assay_starts_as_root(c);
		context.ports = c->exposed_ports.count;
		context.created_s = time_of(c->created);
	}
	return assay_score_make(&a->report, &context, &a->arena, &a->report.score, e);
}

static int read_and_merge(const struct flow_assess_options *o, struct flow_assessment *a, struct err *e)
{
	*a = (struct flow_assessment){.arena = ARENA_INIT(ARENA_BYTES)};
	int r = flow_scan_read(&o->scan, &a->scan, e);

	if (r == 0)
		r = make_inventory(a, e);
	return r == 0 ? fill_report(a, e) : r;
}

int flow_assess(const struct flow_assess_options *o, struct flow_assessment *ret, struct err *e)
{
	int r = read_and_merge(o, ret, e);

	if (r == 0 && o->judge)
		r = judge(ret, o, NULL, e);
	ret->report.forbidden = o->forbidden;
	if (r == 0 && o->issues)
		r = assay_checks(ret->scan.is_image && !o->no_config ? &ret->scan.config : NULL, &ret->arena,
				 &ret->report, e);
	if (o->no_dev)
		ignore_development(&ret->report);
	if (r == 0 && o->ignore)
		r = apply_ignores(ret, o->ignore, e);
	if (r == 0 && o->baseline)
		r = apply_baseline(ret, o->baseline, e);
	if (r == 0)
		r = score(ret, e);
	if (r == 0 && o->keep_score)
		ret->unkept = score_file_keep(o->scan.root, &ret->report, &ret->unkept_why);
	return r;
}

int flow_explain(const struct flow_assess_options *o, const char *id, struct flow_assessment *ret, struct err *e)
{
	int r = read_and_merge(o, ret, e);

	return r == 0 ? judge(ret, o, id, e) : r;
}
