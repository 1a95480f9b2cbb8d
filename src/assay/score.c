/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The score is 100 * (1 - e^-sum): each risk adds its weight to the sum, so that many small ones do not hide a large one,
 * no risk is ever counted against another, and 100 is never quite reached by vulnerabilities alone. Weights are data.
 */
#include "assay/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assay/report.h"
#include "base/str.h"
#include "vuln/version.h"

#define DAY_S 86400

/*
 * The weight of one vulnerability. They are set so that the cases of score-cases.h come out as people who decide about
 * images expect; test-score.c holds the table.
 */
static const struct {
	double cvss, weight;
} severities[] = {{0, 0}, {3.9, 0.001}, {5, 0.002}, {6.9, 0.012}, {7, 0.03}, {8.9, 0.16}, {9, 0.44}, {10, 0.56}};
#define FACTOR_LOCAL 0.5   /* the attacker needs local access */
#define FACTOR_WAITING 0.1 /* a distribution has published no fix: it rates the problem as not urgent */
/* Chance of exploitation (EPSS) and known exploitation (KEV): a part for each, and one that grows with the severity. */
#define WEIGHT_EPSS 0.6
#define WEIGHT_EPSS_SEVERE 1.6
#define EPSS_POWER 1.3 /* many small chances must not add up to a large one */
#define WEIGHT_KEV 1.25
#define WEIGHT_KEV_SEVERE 0.65
#define WEIGHT_MALICIOUS 2.5
/* A setuid program, root and ports make what is there easier to use. */
#define FACTOR_ROOT 1.25
#define FACTOR_PORTS 1.15
#define FACTOR_SETUID 1.05
#define WEIGHT_END_OF_LIFE 0.25
#define WEIGHT_UNKNOWN_BASE 0.10
#define WEIGHT_AGE_YEAR 0.05
#define WEIGHT_AGE_MAX 0.15

static const double issue_weights[VULN_SEVERITY_LEVELS] = {
	[VULN_SEVERITY_UNKNOWN] = 0.005, [VULN_SEVERITY_NEGLIGIBLE] = 0, [VULN_SEVERITY_LOW] = 0.004,
	[VULN_SEVERITY_MEDIUM] = 0.03,	 [VULN_SEVERITY_HIGH] = 0.12,	 [VULN_SEVERITY_CRITICAL] = 0.7,
};

struct part {
	const char *text;
	double weight;
};

struct group { /* what one package is to be brought to */
	const struct model_package *package;
	const char *to;
	size_t findings;
	double weight;
	bool done;
};

struct sum {
	const struct assay_report *report;
	struct arena *arena;
	struct part *parts;
	size_t part_count;
	struct group *groups;
	size_t group_count;
	double factor, total;
	bool floor;
};

static double exact(double total)
{
	return 100 * (1 - exp(-total));
}

static int value_of(double total)
{
	return (int)lround(exact(total));
}

static void add(struct sum *s, const char *text, double weight)
{
	if (weight <= 0 || !text)
		return;
	s->parts[s->part_count++] = (struct part){text, weight};
	s->total += weight;
}

/* ---- vulnerabilities ---- */

static double cvss_of(const struct vuln_severity *v)
{
	static const double levels[VULN_SEVERITY_LEVELS] = {
		[VULN_SEVERITY_UNKNOWN] = 5.5, [VULN_SEVERITY_NEGLIGIBLE] = 1, [VULN_SEVERITY_LOW] = 3,
		[VULN_SEVERITY_MEDIUM] = 5.5,  [VULN_SEVERITY_HIGH] = 8,       [VULN_SEVERITY_CRITICAL] = 9.8,
	};

	/* The word is the distribution's own judgement where it made one, and never more than the vector. */
	double word = levels[v->level];
	return v->tenths < 0 ? word : fmin(v->tenths / 10.0, word + 2);
}

/* By straight lines between the points of the table. */
static double severity_weight(double cvss)
{
	for (size_t i = 1; i < ARRAY_LEN(severities); i++) {
		if (cvss > severities[i].cvss && i + 1 < ARRAY_LEN(severities))
			continue;
		double part = (fmin(cvss, severities[i].cvss) - severities[i - 1].cvss) /
			      (severities[i].cvss - severities[i - 1].cvss);
		return severities[i - 1].weight + part * (severities[i].weight - severities[i - 1].weight);
	}
	return 0;
}

/* Its vector says that the attacker is on the machine, or at it. */
static bool is_local(const struct vuln_severity *v)
{
	return v->vector && (strstr(v->vector, "AV:L") || strstr(v->vector, "AV:P"));
}

static double weight_of(const struct vuln_finding *f, const struct model_package *p)
{
	double cvss = cvss_of(&f->severity), severe = pow(cvss / 10, 3);
	bool waiting = f->status == VULN_NO_FIX && model_package_is_os(p->type);
	double w = severity_weight(cvss) * (is_local(&f->severity) ? FACTOR_LOCAL : 1) * (waiting ? FACTOR_WAITING : 1);

	if (f->malicious)
		w += WEIGHT_MALICIOUS;
	if (f->kev)
		w += WEIGHT_KEV + WEIGHT_KEV_SEVERE * severe;
	if (f->has_epss)
		w += (WEIGHT_EPSS + WEIGHT_EPSS_SEVERE * severe) * pow(f->epss.score / 1e6, EPSS_POWER);
	return w;
}

/* A chance that is not known is not told as zero. */
static const char *chance_of(struct sum *s, const struct vuln_finding *f)
{
	if (f->has_epss)
		return arena_printf(s->arena, ", chance of exploitation %.2g %% (EPSS)", f->epss.score / 1e4);
	return s->report->has_epss ? "" : ", EPSS not imported";
}

static const char *words_of(struct sum *s, const struct assay_finding *f)
{
	const struct model_package *p = &s->report->inventory.packages[f->package].package;
	const char *why = f->vuln.malicious		   ? "is malware"
			  : f->vuln.kev			   ? "is being exploited"
			  : f->vuln.status == VULN_FIXABLE ? "has a fix"
							   : "has no fix yet";

	return arena_printf(s->arena, "%s in %s %s (%s), %s%s", f->vuln.id, p->name, p->version,
			    vuln_severity_name(f->vuln.severity.level), why, chance_of(s, &f->vuln));
}

/* Binary packages of one source get their fix together. */
static const char *name_of(const struct model_package *p)
{
	return p->source_name ? p->source_name : p->name;
}

static struct group *group_of(struct sum *s, const struct model_package *p)
{
	/* Packages come sorted by name, sources scattered: few enough to look through. */
	for (size_t i = s->group_count; i-- > 0;)
		if (s->groups[i].package->type == p->type && str_eq(name_of(s->groups[i].package), name_of(p)) &&
		    (model_package_is_os(p->type) || str_eq(s->groups[i].package->version, p->version)))
			return &s->groups[i];
	struct group *g = &s->groups[s->group_count++];
	g->package = p;
	return g;
}

static void add_to_group(struct sum *s, const struct assay_finding *f, double weight)
{
	const struct model_package *p = &s->report->inventory.packages[f->package].package;
	struct group *g = group_of(s, p);
	enum vuln_order order;
	int later = 0;

	g->findings++;
	g->weight += weight;
	if (!g->to || (vuln_order_of_type(p->type, &order) &&
		       vuln_version_compare_any(order, f->vuln.fixed, g->to, &later) == 0 && later > 0))
		g->to = f->vuln.fixed;
}

struct counted {
	const struct assay_finding *finding;
	const struct model_package *package;
	double weight;
};

static int compare_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	int r = (int)x->package->type - (int)y->package->type;

	if (r == 0)
		r = strcmp(name_of(x->package), name_of(y->package));
	if (r == 0)
		r = strcmp(x->finding->vuln.id, y->finding->vuln.id);
	if (r == 0)
		r = x->weight < y->weight ? 1 : x->weight > y->weight ? -1 : 0;
	return r ? r : x->finding < y->finding ? -1 : x->finding > y->finding;
}

/* The same vulnerability in several binary packages of one source is one, and weighs as its heaviest. */
static bool is_twin(const struct counted *a, const struct counted *b)
{
	return model_package_is_os(a->package->type) && a->package->type == b->package->type &&
	       str_eq(name_of(a->package), name_of(b->package)) && str_eq(a->finding->vuln.id, b->finding->vuln.id);
}

static int add_findings(struct sum *s)
{
	const struct assay_report *r = s->report;
	struct counted *list = ARENA_ARRAY(s->arena, r->finding_count + 1, struct counted);
	size_t count = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct assay_finding *f = &r->findings[i];
		const struct model_package *package = &r->inventory.packages[f->package].package;
		if (!f->ignored && (f->vuln.status == VULN_FIXABLE || f->vuln.status == VULN_NO_FIX))
			list[count++] = (struct counted){f, package, weight_of(&f->vuln, package) * s->factor};
	}
	qsort(list, count, sizeof(*list), compare_counted);
	for (size_t i = 0; i < count; i++) {
		const struct assay_finding *f = list[i].finding;
		double weight = i && is_twin(&list[i - 1], &list[i]) ? 0 : list[i].weight;
		add(s, weight > 0 ? words_of(s, f) : NULL, weight);
		if (f->vuln.status == VULN_FIXABLE && f->vuln.fixed)
			add_to_group(s, f, weight);
		s->floor = s->floor || f->vuln.malicious;
	}
	return 0;
}

/* ---- everything else ---- */

/* The same thing in many places weighs more than once, but not many times: once, and the logarithm of how often. */
static void add_rule(struct sum *s, const struct assay_issue *x, double worst, size_t count)
{
	double weight = worst * (1 + log((double)count));
	const char *words = x->kind == MODEL_REMARK_SECRET    ? "a secret is in the image"
			    : x->kind == MODEL_REMARK_MALWARE ? "malware is in the image"
							      : x->title;

	if (count == 1)
		add(s, arena_printf(s->arena, "%s: %s", words, x->path[0] ? x->path : x->text), weight);
	else
		add(s, arena_printf(s->arena, "%s: %s and %zu more", words, x->path[0] ? x->path : x->text, count - 1),
		    weight);
}

/* Issues come sorted by kind and rule. */
static void add_issues(struct sum *s)
{
	const struct assay_issue *list = s->report->issues;
	size_t all = s->report->issue_count;

	for (size_t i = 0, end; i < all; i = end) {
		const struct assay_issue *first = NULL;
		size_t count = 0;
		double worst = 0;
		for (end = i; end < all && list[end].kind == list[i].kind && str_eq(list[end].rule, list[i].rule);
		     end++) {
			if (list[end].ignored)
				continue;
			first = first ? first : &list[end];
			worst = fmax(worst, issue_weights[list[end].level]);
			count++;
		}
		if (!count)
			continue;
		s->floor = s->floor || first->kind == MODEL_REMARK_SECRET || first->kind == MODEL_REMARK_MALWARE;
		add_rule(s, first, worst, count);
	}
}

static void add_context(struct sum *s, const struct assay_context *c)
{
	const struct assay_report *r = s->report;
	double years = c->created_s > 0 ? (double)(r->now_s - c->created_s) / (365.0 * DAY_S) : 0;

	if (r->scope && r->scope->state == VULN_RELEASE_END_OF_LIFE)
		add(s, arena_printf(s->arena, "%s", r->scope->words), WEIGHT_END_OF_LIFE);
	else if (r->judged && r->scope && r->scope->state != VULN_RELEASE_KNOWN && assay_has_os_packages(&r->inventory))
		add(s, arena_printf(s->arena, "the base is not known: %s", r->scope->words), WEIGHT_UNKNOWN_BASE);
	if (years > 0.25)
		add(s, arena_printf(s->arena, "built %.1f years ago", years),
		    fmin(years * WEIGHT_AGE_YEAR, WEIGHT_AGE_MAX));
}

static double factor_of(const struct assay_report *r, const struct assay_context *c)
{
	double f = (c->as_root ? FACTOR_ROOT : 1) * (c->ports ? FACTOR_PORTS : 1);

	for (size_t i = 0; i < r->issue_count; i++)
		if (!r->issues[i].ignored && r->issues[i].kind == MODEL_REMARK_FILE &&
		    str_eq(r->issues[i].rule, "setuid"))
			return f * FACTOR_SETUID;
	return f;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->text, y->text);
}

static void fill_reasons(struct sum *s, struct assay_score *ret)
{
	qsort(s->parts, s->part_count, sizeof(*s->parts), compare_parts);
	for (size_t i = 0; i < s->part_count && i < ASSAY_REASONS_MAX; i++)
		ret->reasons[ret->reason_count++] =
			(struct assay_reason){.text = s->parts[i].text,
					      .weight = s->parts[i].weight,
					      .points = exact(s->total) - exact(s->total - s->parts[i].weight)};
}

static int floored(const struct sum *s, int value)
{
	return s->floor && value < ASSAY_FLOOR ? ASSAY_FLOOR : value;
}

static void fill_fixes(struct sum *s, struct assay_score *ret)
{
	double left = s->total;

	while (ret->fix_count < ASSAY_FIXES_MAX) {
		struct group *best = NULL;
		for (size_t i = 0; i < s->group_count; i++)
			if (!s->groups[i].done && s->groups[i].to &&
			    (!best || s->groups[i].weight > best->weight ||
			     (s->groups[i].weight == best->weight && s->groups[i].findings > best->findings)))
				best = &s->groups[i];
		if (!best)
			return;
		best->done = true;
		left -= best->weight;
		ret->fixes[ret->fix_count++] = (struct assay_fix){.package = name_of(best->package),
								  .from = best->package->version,
								  .to = best->to,
								  .findings = best->findings,
								  .score_after = floored(s, value_of(fmax(left, 0)))};
	}
}

int assay_score_make(const struct assay_report *r, const struct assay_context *c, struct arena *a,
		     struct assay_score *ret, struct err *e)
{
	struct sum s = {.report = r, .arena = a, .factor = factor_of(r, c)};
	struct assay_score score = {0};

	s.parts = ARENA_ARRAY(a, r->finding_count + r->issue_count + 4, struct part);
	s.groups = ARENA_ARRAY(a, r->finding_count + 1, struct group);
	if (!s.parts || !s.groups)
		return err_set(e, -ENOMEM, "out of memory");
	int result = add_findings(&s);
	add_issues(&s);
	add_context(&s, c);
	if (result < 0 || arena_failed(a))
		return err_set(e, -ENOMEM, "out of memory");
	score.without_floor = value_of(s.total);
	score.value = floored(&s, score.without_floor);
	fill_reasons(&s, &score);
	fill_fixes(&s, &score);
	*ret = score;
	return 0;
}
