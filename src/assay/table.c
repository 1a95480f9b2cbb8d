/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person reads: first what is worst and can be mended, grouped by package; then secrets and the rest; at the end
 * the score, why, and what would lower it most. Control characters of what was scanned never reach the terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fix.h"
#include "words.h"

#define IDS_SHOWN 8 /* of one package */
#define FILES_SHOWN 5
#define BAR_WIDTH 40

struct view {
	const struct assay_report *report;
	const struct assay_look *look;
	struct buf *out;
};

static void put(struct view *v, const char *text)
{
	char plain[1024];

	snprintf(plain, sizeof(plain), "%s", text ? text : "");
	str_plain(plain, strlen(plain));
	buf_add_str(v->out, plain);
}

static const char *colour_of(enum vuln_severity_level l)
{
	static const char *const colours[VULN_SEVERITY_LEVELS] = {
		[VULN_SEVERITY_UNKNOWN] = "\033[2m", [VULN_SEVERITY_NEGLIGIBLE] = "\033[2m",
		[VULN_SEVERITY_LOW] = "\033[34m",    [VULN_SEVERITY_MEDIUM] = "\033[33m",
		[VULN_SEVERITY_HIGH] = "\033[31m",   [VULN_SEVERITY_CRITICAL] = "\033[1;31m",
	};

	return colours[l];
}

static void put_level(struct view *v, enum vuln_severity_level l, int width)
{
	if (v->look->colour)
		buf_add_str(v->out, colour_of(l));
	buf_printf(v->out, "%-*s", width, vuln_severity_name(l));
	if (v->look->colour)
		buf_add_str(v->out, "\033[0m");
}

static void heading(struct view *v, const char *text)
{
	buf_printf(v->out, "%s%s%s\n", v->look->colour ? "\033[1m" : "", text, v->look->colour ? "\033[0m" : "");
}

/* ---- vulnerabilities ---- */

struct group {
	const struct assay_finding **items; /* the worst first */
	size_t count;
	const struct model_package *package;
	bool fixable, exploited;
	enum vuln_severity_level worst;
};

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->fixable != y->fixable)
		return x->fixable ? -1 : 1;
	if (x->exploited != y->exploited)
		return x->exploited ? -1 : 1;
	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	int r = strcmp(x->package->name, y->package->name);
	return r ? r : strcmp(x->package->path, y->package->path);
}

static void put_group(struct view *v, const struct group *g)
{
	struct fix fix = fix_of(g->package, g->items, g->count);

	put_level(v, g->worst, 11);
	put(v, g->package->name);
	buf_add_char(v->out, ' ');
	put(v, g->package->version);
	buf_add_str(v->out, fix.all ? " -> " : " (no fix yet)");
	put(v, fix.all);
	if (fix.first) {
		buf_add_str(v->out, " (first step ");
		put(v, fix.first);
		buf_add_char(v->out, ')');
	}
	if (fix.all && fix.open)
		buf_printf(v->out, " (%zu without a fix)", fix.open);
	if (!model_package_is_os(g->package->type)) {
		buf_add_str(v->out, "  ");
		put(v, g->package->path);
	}
	buf_add_str(v->out, "\n           ");
	size_t shown = v->look->all ? g->count : MIN_OF(g->count, (size_t)IDS_SHOWN);
	for (size_t i = 0; i < shown; i++) {
		const struct assay_finding *f = g->items[i];
		buf_add_str(v->out, i ? ", " : "");
		put(v, f->vuln.id);
		buf_add_str(v->out, f->vuln.kev ? " (exploited)" : f->vuln.malicious ? " (malware)" : "");
		buf_add_str(v->out, f->ignored ? " (ignored)" : "");
	}
	if (shown < g->count)
		buf_printf(v->out, " and %zu more", g->count - shown);
	buf_add_char(v->out, '\n');
}

static void put_findings(struct view *v)
{
	const struct assay_report *r = v->report;
	const struct assay_finding **list = fix_by_package(r);
	struct group *groups = calloc(r->finding_count + 1, sizeof(*groups));
	size_t count = 0, group_count = 0;

	for (size_t i = 0; list && groups && i < r->finding_count; i++)
		if (!list[i]->ignored || v->look->all)
			list[count++] = list[i];
	for (size_t i = 0; groups && i < count; i++) {
		if (!i || list[i]->package != list[i - 1]->package)
			groups[group_count++] = (struct group){
				.items = &list[i], .package = &r->inventory.packages[list[i]->package].package};
		struct group *g = &groups[group_count - 1];
		g->count++;
		g->fixable = g->fixable || list[i]->vuln.status == VULN_FIXABLE;
		g->exploited = g->exploited || list[i]->vuln.kev || list[i]->vuln.malicious;
		if (list[i]->vuln.severity.level > g->worst)
			g->worst = list[i]->vuln.severity.level;
	}
	if (group_count)
		qsort(groups, group_count, sizeof(*groups), compare_groups);
	if (group_count)
		heading(v, "Vulnerabilities");
	for (size_t i = 0; i < group_count; i++)
		put_group(v, &groups[i]);
	if (group_count)
		buf_add_char(v->out, '\n');
	free(list);
	free(groups);
}

/* ---- issues ---- */

static bool same_rule(const struct assay_issue *a, const struct assay_issue *b)
{
	return a->kind == b->kind && str_eq(a->rule, b->rule);
}

static void put_place(struct view *v, const struct assay_issue *x)
{
	const char *text = x->kind != MODEL_REMARK_MALWARE && str_eq(x->text, x->title) ? "" : x->text;

	buf_add_str(v->out, "           ");
	put(v, x->path[0] ? x->path : text);
	if (x->line)
		buf_printf(v->out, ":%llu", (unsigned long long)x->line);
	if (x->path[0] && x->kind != MODEL_REMARK_FILE && *text) {
		buf_add_str(v->out, "  ");
		put(v, text);
	}
	buf_add_str(v->out, x->hidden ? " (hidden by a later layer)" : "");
	buf_add_str(v->out, x->ignored ? " (ignored)\n" : "\n");
}

static void put_issues_of(struct view *v, const struct assay_issue *first, const struct assay_issue *end)
{
	size_t shown = 0, hidden = 0;

	put_level(v, first->level, 11);
	put(v, words_issue_name(first));
	buf_add_str(v->out, "  [");
	put(v, words_is_content(first) ? model_part_remark_name(first->kind) : first->rule);
	buf_add_str(v->out, "]\n");
	for (const struct assay_issue *x = first; x < end; x++) {
		if (x->ignored && !v->look->all)
			continue;
		if (!x->path[0] && !*x->text)
			continue;
		if (shown < FILES_SHOWN || v->look->all) {
			put_place(v, x);
			shown++;
		} else {
			hidden++;
		}
	}
	if (hidden)
		buf_printf(v->out, "           and %zu more (--all)\n", hidden);
}

static void put_issues(struct view *v)
{
	const struct assay_report *r = v->report;
	bool any = false;

	for (size_t i = 0, end; i < r->issue_count; i = end) {
		size_t counted = 0;
		for (end = i; end < r->issue_count && same_rule(&r->issues[i], &r->issues[end]); end++)
			counted += !r->issues[end].ignored || v->look->all;
		/* What hardly matters is for those who ask. */
		if (!counted || (r->issues[i].level <= VULN_SEVERITY_NEGLIGIBLE && !v->look->all))
			continue;
		if (!any)
			heading(v, "Secrets, malware, configuration, files");
		any = true;
		put_issues_of(v, &r->issues[i], &r->issues[end]);
	}
	if (any)
		buf_add_char(v->out, '\n');
}

/* ---- what was seen and not judged ---- */

static void put_unjudged(struct view *v)
{
	const struct assay_report *r = v->report;
	size_t manifests, packages, shown = 0;

	if (assay_is_whole(r, &manifests, &packages) || !(manifests + packages))
		return;
	heading(v, "Seen, not judged");
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (!assay_gap(m) || (++shown > FILES_SHOWN && !v->look->all))
			continue;
		buf_add_str(v->out, "           ");
		put(v, m->path[0] ? m->path : "(the whole)");
		buf_add_str(v->out, "  ");
		put(v, str_starts_with(m->text, "seen, not judged: ") ? m->text + 18 : m->text);
		buf_add_char(v->out, '\n');
	}
	if (shown > FILES_SHOWN && !v->look->all)
		buf_printf(v->out, "           and %zu more (--all)\n", shown - FILES_SHOWN);
	for (size_t i = 0; i < MODEL_PACKAGE_TYPES; i++)
		if (r->without_feed[i])
			buf_printf(v->out, "           %zu %s packages: the index has no feed for them\n",
				   r->without_feed[i], model_package_type_name((enum model_package_type)i));
	buf_add_char(v->out, '\n');
}

/* ---- the end ---- */

static void put_bar(struct view *v, const struct assay_counts *c)
{
	size_t total = 0, drawn = 0;

	for (int l = VULN_SEVERITY_CRITICAL; l >= VULN_SEVERITY_UNKNOWN; l--)
		total += c->levels[l];
	if (!total)
		return;
	for (int l = VULN_SEVERITY_CRITICAL; l >= VULN_SEVERITY_UNKNOWN; l--) {
		static const char letters[VULN_SEVERITY_LEVELS + 1] = ".-=+#@"; /* for those who see no colours */
		size_t width = c->levels[l] ? c->levels[l] * BAR_WIDTH / total : 0;
		width = c->levels[l] && !width ? 1 : width;
		if (v->look->colour)
			buf_add_str(v->out, colour_of((enum vuln_severity_level)l));
		for (size_t i = 0; i < width && drawn < BAR_WIDTH + VULN_SEVERITY_LEVELS; i++, drawn++)
			buf_add_char(v->out, letters[l]);
		if (v->look->colour)
			buf_add_str(v->out, "\033[0m");
	}
	buf_add_str(v->out, "  ");
	for (int l = VULN_SEVERITY_CRITICAL; l >= VULN_SEVERITY_UNKNOWN; l--)
		if (c->levels[l])
			buf_printf(v->out, "%zu %s  ", c->levels[l], vuln_severity_name((enum vuln_severity_level)l));
	buf_printf(v->out, "(%zu with a fix", c->fixable);
	if (c->exploited)
		buf_printf(v->out, ", %zu exploited", c->exploited);
	if (c->ignored)
		buf_printf(v->out, ", %zu ignored", c->ignored);
	buf_add_str(v->out, ")\n");
}

static void put_state(struct view *v)
{
	const struct assay_report *r = v->report;

	/* Without packages of a distribution it does not matter which one it is. */
	if (r->judged && r->scope && r->scope->state != VULN_RELEASE_KNOWN && assay_has_os_packages(&r->inventory)) {
		buf_add_str(v->out, "Release: ");
		put(v, r->scope->words);
		buf_add_char(v->out, '\n');
	}
	if (r->judged && !r->has_epss && r->finding_count)
		buf_add_str(v->out, "Chances of exploitation (EPSS) were not imported: the score is without them\n");
	if (r->unjudged)
		buf_printf(v->out, "%zu packages could not be judged: there is no feed for them\n", r->unjudged);
	if (r->failed_layers)
		buf_printf(v->out, "%zu of %zu layers could not be read: this is not the whole image\n",
			   r->failed_layers, r->layer_count);
}

static void put_score(struct view *v)
{
	const struct assay_score *s = &v->report->score;

	if (assay_is_whole(v->report, NULL, NULL))
		buf_printf(v->out, "Score %d of 100%s\n", s->value,
			   s->value != s->without_floor ? " (a secret or malware is in it)" : "");
	else
		buf_printf(v->out, "No score: not everything was judged; what was comes to at least %d of 100%s\n",
			   s->value, s->value != s->without_floor ? " (a secret or malware is in it)" : "");
	for (size_t i = 0; i < s->reason_count && i < 5; i++) {
		buf_printf(v->out, "  %+5.1f  ", s->reasons[i].points);
		put(v, s->reasons[i].text);
		buf_add_char(v->out, '\n');
	}
	if (!s->fix_count)
		return;
	if (s->fix_count == 1)
		buf_add_str(v->out, "Fix this package");
	else
		buf_printf(v->out, "Fix these %zu packages", s->fix_count);
	buf_printf(v->out, " and the score falls from %d to %d:\n", s->value, s->fixes[s->fix_count - 1].score_after);
	for (size_t i = 0; i < s->fix_count; i++) {
		buf_add_str(v->out, "  ");
		put(v, s->fixes[i].package);
		buf_add_char(v->out, ' ');
		put(v, s->fixes[i].from);
		buf_add_str(v->out, " -> ");
		put(v, s->fixes[i].to);
		buf_printf(v->out, "  (%zu %s)\n", s->fixes[i].findings,
			   s->fixes[i].findings == 1 ? "finding" : "findings");
	}
}

void assay_table(const struct assay_report *r, const struct assay_look *look, struct buf *b)
{
	struct view v = {.report = r, .look = look, .out = b};
	struct assay_counts counts;

	assay_count(r, &counts);
	put_findings(&v);
	put_issues(&v);
	put_unjudged(&v);
	put(&v, r->name);
	buf_printf(b, ": %zu packages", r->inventory.package_count);
	if (r->inventory.has_release) {
		buf_add_str(b, " on ");
		put(&v, r->inventory.release.pretty_name ? r->inventory.release.pretty_name : r->inventory.release.id);
	}
	buf_add_char(b, '\n');
	put_bar(&v, &counts);
	put_state(&v);
	put_score(&v);
}

void assay_score_table(const struct assay_report *r, struct buf *b)
{
	static const struct assay_look look = {0};
	struct view v = {.report = r, .look = &look, .out = b};

	put_unjudged(&v);
	put_state(&v);
	put_score(&v);
}
