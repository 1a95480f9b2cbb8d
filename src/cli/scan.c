/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep scan, sbom, score and explain: what is in an image, what is wrong with it, and why skep thinks so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "flow/build.h"

#define OUTPUT_BYTES (1024u << 20)
#define DATA_DAYS_MAX 36500

struct options {
	const char *format, *fail_on, *ignore, *baseline, *max_age;
	const char *clamd, *secret_rules;
	struct strv skip, vex, forbidden, yara, hashes;
	bool fresh, all, no_dev;
};

static void done(void *data)
{
	struct options *o = data;

	strv_done(&o->skip);
	strv_done(&o->vex);
	strv_done(&o->forbidden);
	strv_done(&o->yara);
	strv_done(&o->hashes);
}

#define OPTION_FRESH                                                                                                   \
	{                                                                                                              \
		0, "fresh", CLI_FLAG, NULL, "read every layer again, whatever the cache has",                          \
			offsetof(struct options, fresh)                                                                \
	}
#define OPTION_IGNORE                                                                                                  \
	{                                                                                                              \
		0, "ignore", CLI_TEXT, "FILE", "findings that do not count, each with its reason (YAML)",              \
			offsetof(struct options, ignore)                                                               \
	}
#define OPTION_SKIP                                                                                                    \
	{                                                                                                              \
		0, "skip", CLI_LIST, "PART", "vulnerabilities, secrets, malware, files or config; may be repeated",    \
			offsetof(struct options, skip)                                                                 \
	}

#define OPTION_NO_DEV                                                                                                  \
	{                                                                                                              \
		0, "no-dev", CLI_FLAG, NULL, "packages that only development needs, as locks say, do not count",       \
			offsetof(struct options, no_dev)                                                               \
	}

#define OPTIONS_RULES                                                                                                  \
	{0,                                                                                                            \
	 "yara",                                                                                                       \
	 CLI_LIST,                                                                                                     \
	 "FILE|DIR",                                                                                                   \
	 "YARA rules besides skep's own; may be repeated",                                                             \
	 offsetof(struct options, yara)},                                                                              \
		{0,                                                                                                    \
		 "hashes",                                                                                             \
		 CLI_LIST,                                                                                             \
		 "FILE",                                                                                               \
		 "digests of malware, one a line, or ClamAV's .hdb and .hsb; may be repeated",                         \
		 offsetof(struct options, hashes)},                                                                    \
		{0,                                                                                                    \
		 "secret-rules",                                                                                       \
		 CLI_TEXT,                                                                                             \
		 "FILE",                                                                                               \
		 "rules about secrets besides skep's own, in gitleaks' form",                                          \
		 offsetof(struct options, secret_rules)},                                                              \
	{                                                                                                              \
		0, "clamd", CLI_TEXT, "SOCKET", "ask ClamAV's clamd at this socket about every file",                  \
			offsetof(struct options, clamd)                                                                \
	}

static const struct cli_option sbom_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "cyclonedx (1.6; the default), cyclonedx-1.7 or spdx (2.3)",
	 offsetof(struct options, format)},
	OPTION_FRESH,
	{0},
};
static const struct cli_option scan_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table, json, sarif, junit, openvex, cyclonedx, cyclonedx-1.7 or spdx",
	 offsetof(struct options, format)},
	{0, "fail-on", CLI_TEXT, "LIMIT", "exit with 1 at low, medium, high, critical, or score=N",
	 offsetof(struct options, fail_on)},
	{0, "max-age", CLI_TEXT, "DAYS", "exit with 5 when the vulnerability data is older",
	 offsetof(struct options, max_age)},
	OPTION_IGNORE,
	{0, "vex", CLI_LIST, "FILE", "statements that take findings back (OpenVEX, CSAF, CycloneDX); may be repeated",
	 offsetof(struct options, vex)},
	{0, "new-since", CLI_TEXT, "REPORT", "fail only on what this earlier report (-o json) does not have",
	 offsetof(struct options, baseline)},
	OPTION_SKIP,
	OPTION_NO_DEV,
	{0, "forbid-licence", CLI_LIST, "PATTERN", "a licence that no package may need, like AGPL-*; may be repeated",
	 offsetof(struct options, forbidden)},
	OPTIONS_RULES,
	{0, "all", CLI_FLAG, NULL, "show ignored findings, every id and every file", offsetof(struct options, all)},
	OPTION_FRESH,
	{0},
};
static const struct cli_option score_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	OPTION_IGNORE,
	OPTION_SKIP,
	OPTION_NO_DEV,
	OPTIONS_RULES,
	OPTION_FRESH,
	{0},
};
static const struct cli_option explain_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	OPTION_FRESH,
	{0},
};

static void show_progress(void *data, size_t read, size_t count)
{
	if (count > 1)
		fprintf(stderr, "\r%zu of %zu layers read%s", read, count, read == count ? "\r\033[K" : "");
}

/* ---- what is said on stderr, whatever the form ---- */

static void say(const char *fmt, ...) printf_like(1, 2);
static void say(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	str_plain(line, strlen(line));
	fprintf(stderr, "skep: %s\n", line);
}

/* True when the inventory may not be whole. */
static bool say_gaps(const struct assay_report *r)
{
	for (size_t i = 0; i < r->layer_count; i++)
		if (r->layers[i].error[0])
			say("layer %zu (%.19s): %.800s", i + 1, r->layers[i].digest, r->layers[i].error);
	for (size_t i = 0; i < r->inventory.remark_count; i++) {
		const struct model_part_remark *m = &r->inventory.remarks[i].remark;
		if (m->kind == MODEL_REMARK_UNREAD)
			say("%s%s%.400s%s%.400s", assay_gap(m) ? assay_gap(m) : "",
			    assay_gap(m) ? " may be missing: " : "", m->path, m->path[0] ? ": " : "", m->text);
	}
	for (size_t i = 0; i < MODEL_PACKAGE_TYPES; i++)
		if (r->without_feed[i])
			say("seen, not judged: %zu %s packages, for which the index has no feed; skep db import adds "
			    "one",
			    r->without_feed[i], model_package_type_name((enum model_package_type)i));
	return !assay_is_whole(r, NULL, NULL);
}

static void say_state(const struct flow_assessment *a)
{
	const struct assay_report *r = &a->report;

	if (a->unkept < 0 && a->unkept != -EACCES && a->unkept != -EROFS)
		say("%s", err_text(&a->unkept_why));
	if (assay_data_is_stale(r))
		say("the vulnerability data is %llu days old, over the limit of %llu; skep db update or import brings "
		    "newer",
		    (unsigned long long)assay_data_days(r), (unsigned long long)r->data_days_max);
}

/* ---- options ---- */

struct limit {
	bool given, is_score;
	int score;
	enum vuln_severity_level level;
};

static int read_limit(const char *text, struct limit *ret, struct err *e)
{
	uint64_t n;

	if (!text)
		return 0;
	ret->given = true;
	if (str_starts_with(text, "score=")) {
		if (str_to_u64(text + 6, 100, &n) < 0)
			return err_set(e, -EINVAL, "--fail-on %s: expected score=0 to score=100", text);
		ret->is_score = true;
		ret->score = (int)n;
		return 0;
	}
	if (vuln_severity_from(text, &ret->level) < 0 || ret->level < VULN_SEVERITY_LOW)
		return err_set(e, -EINVAL, "--fail-on %s: expected low, medium, high, critical or score=N", text);
	return 0;
}

static int read_options(const struct cli_context *c, const struct options *o, const char *target,
			struct flow_assess_options *ret, struct err *e)
{
	static const char *const parts[] = {"vulnerabilities", "secrets", "malware", "files", "config"};
	uint64_t data_days = 0;

	for (size_t i = 0; i < o->skip.count; i++) {
		bool known = false;
		for (size_t k = 0; k < ARRAY_LEN(parts); k++)
			known = known || str_eq(o->skip.items[i], parts[k]);
		if (!known)
			return err_set(e, -EINVAL,
				       "--skip %s: expected vulnerabilities, secrets, malware, files or config",
				       o->skip.items[i]);
	}
	if (o->max_age && (str_to_u64(o->max_age, DATA_DAYS_MAX, &data_days) < 0 || !data_days))
		return err_set(e, -EINVAL, "--max-age %s: expected a number of days", o->max_age);
	*ret = (struct flow_assess_options){
		.data_days = data_days,
		.scan = {.target = target,
			 .root = c->root,
			 .flags = MODEL_SCAN_PACKAGES | MODEL_SCAN_PROGRAMS |
				  (strv_has(&o->skip, "secrets") ? 0 : MODEL_SCAN_SECRETS) |
				  (strv_has(&o->skip, "malware") ? 0 : MODEL_SCAN_MALWARE) |
				  (strv_has(&o->skip, "files") ? 0 : MODEL_SCAN_FILES),
			 .fresh = o->fresh,
			 .yara = &o->yara,
			 .hashes = &o->hashes,
			 .secret_rules = o->secret_rules,
			 .clamd = o->clamd,
			 .progress = isatty(STDERR_FILENO) ? show_progress : NULL},
		.judge = !strv_has(&o->skip, "vulnerabilities"),
		.issues = true,
		.no_config = strv_has(&o->skip, "config"),
		.no_dev = o->no_dev,
		.keep_score = !o->skip.count && !o->no_dev,
		.ignore = o->ignore,
		.baseline = o->baseline,
		.forbidden = &o->forbidden,
		.vex = &o->vex,
	};
	return 0;
}

static bool is_over(const struct assay_report *r, const struct limit *l)
{
	if (l->is_score)
		return r->score.value >= l->score;
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct assay_finding *f = &r->findings[i];
		bool counts = f->vuln.status == VULN_FIXABLE || f->vuln.status == VULN_NO_FIX;
		if (counts && !f->ignored && !f->old && (f->vuln.severity.level >= l->level || f->vuln.malicious))
			return true;
	}
	for (size_t i = 0; i < r->issue_count; i++)
		if (!r->issues[i].ignored && !r->issues[i].old && r->issues[i].level >= l->level)
			return true;
	return false;
}

/* ---- scan ---- */

static void write_table(const struct assay_report *r, const struct options *o, struct buf *b)
{
	struct assay_look look = {.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), .all = o->all};

	assay_table(r, &look, b);
}

static int write_report(const struct assay_report *r, const struct options *o, struct buf *b, struct err *e)
{
	const char *format = o->format ? o->format : "table";

	if (str_eq(format, "table"))
		write_table(r, o, b);
	else if (str_eq(format, "json"))
		assay_json(r, b);
	else if (str_eq(format, "sarif"))
		assay_sarif(r, b);
	else if (str_eq(format, "junit"))
		assay_junit(r, b);
	else if (str_eq(format, "openvex"))
		assay_openvex(r, b);
	else if (str_eq(format, "spdx"))
		assay_spdx(r, b);
	else if (str_eq(format, "cyclonedx") || str_eq(format, "cyclonedx-1.7"))
		assay_cyclonedx(r, str_eq(format, "cyclonedx") ? ASSAY_CYCLONEDX_1_6 : ASSAY_CYCLONEDX_1_7, b);
	else
		return err_set(e, -EINVAL,
			       "-o %s: expected table, json, sarif, junit, openvex, cyclonedx, cyclonedx-1.7 or spdx",
			       format);
	return 0;
}

static int run_scan(const struct cli_context *c, void *data, char **args, size_t count)
{
	const struct options *o = data;
	struct flow_assess_options assess;
	SCOPED(flow_assessment) struct flow_assessment a = {0};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_BYTES);
	struct assay_report nothing = {.name = "", .manifest = "", .config_digest = ""};
	struct limit limit = {0};
	struct err e = {0};

	/* A wrong word is said before an hour of reading. */
	if (read_limit(o->fail_on, &limit, &e) < 0 || read_options(c, o, args[0], &assess, &e) < 0 ||
	    write_report(&nothing, o, &b, &e) < 0)
		return cli_usage("%s", err_text(&e));
	buf_reset(&b);
	if (flow_assess(&assess, &a, &e) < 0)
		return cli_fail(&e, 0);
	if (write_report(&a.report, o, &b, &e) < 0)
		return cli_fail(&e, 0);
	int code = cli_put(&b);
	say_state(&a);
	if (a.expired)
		say("%zu entries of %s are past their day and no longer count", a.expired, o->ignore);
	if (say_gaps(&a.report) || code != CLI_OK)
		return CLI_FAILED;
	if (o->max_age && assay_data_is_stale(&a.report))
		return CLI_REFUSED;
	return limit.given && is_over(&a.report, &limit) ? CLI_FINDINGS : CLI_OK;
}

static int run_sbom(const struct cli_context *c, void *data, char **args, size_t count)
{
	struct options *o = data;
	struct flow_assess_options assess;
	SCOPED(flow_assessment) struct flow_assessment a = {0};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_BYTES);
	struct err e = {0};

	if (o->format && !str_eq(o->format, "spdx") && !str_eq(o->format, "cyclonedx-1.7") &&
	    !str_eq(o->format, "cyclonedx"))
		return cli_usage("-o %s: expected cyclonedx, cyclonedx-1.7 or spdx", o->format);
	o->format = o->format ? o->format : "cyclonedx";
	if (read_options(c, o, args[0], &assess, &e) < 0)
		return cli_usage("%s", err_text(&e));
	assess.scan.flags = MODEL_SCAN_PACKAGES;
	assess.judge = assess.issues = assess.keep_score = false;
	if (flow_assess(&assess, &a, &e) < 0 || write_report(&a.report, o, &b, &e) < 0)
		return cli_fail(&e, 0);
	int code = cli_put(&b);
	return say_gaps(&a.report) && code == CLI_OK ? CLI_FAILED : code;
}

/* ---- score ---- */

static void score_json(const struct assay_report *r, struct buf *b)
{
	struct json_out o = JSON_OUT_PRETTY(b);

	json_out_object(&o, NULL);
	assay_score_json(r, &o);
	json_out_object_end(&o);
}

static int run_score(const struct cli_context *c, void *data, char **args, size_t count)
{
	const struct options *o = data;
	struct flow_assess_options assess;
	SCOPED(flow_assessment) struct flow_assessment a = {0};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_BYTES);
	struct err e = {0};
	bool json;

	if (cli_format(o->format, &json, &e) < 0 || read_options(c, o, args[0], &assess, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (flow_assess(&assess, &a, &e) < 0)
		return cli_fail(&e, 0);
	if (json)
		score_json(&a.report, &b);
	else
		assay_score_table(&a.report, &b);
	int code = cli_put(&b);
	say_state(&a);
	return say_gaps(&a.report) && code == CLI_OK ? CLI_FAILED : code;
}

/* ---- explain ---- */

static void explain_one(const struct assay_report *r, const struct assay_finding *f, struct buf *b)
{
	const struct model_package *p = &r->inventory.packages[f->package].package;
	const struct vuln_finding *v = &f->vuln;

	buf_printf(b, "%s in %s %s (%s): %s\n", v->id, p->name, p->version, p->path, vuln_status_name(v->status));
	buf_printf(b, "  feed        %s, package %s\n", v->ecosystem, v->package);
	buf_printf(b, "  row         %s\n", v->row ? v->row : "-");
	buf_printf(b, "  comparison  %s\n", v->reason ? v->reason : "-");
	if (v->fixed)
		buf_printf(b, "  fixed in    %s\n", v->fixed);
	buf_printf(b, "  severity    %s", vuln_severity_name(v->severity.level));
	if (v->severity.tenths >= 0)
		buf_printf(b, " %d.%d", v->severity.tenths / 10, v->severity.tenths % 10);
	buf_printf(b, "%s%s%s%s\n", v->severity.vector ? " " : "", v->severity.vector ? v->severity.vector : "",
		   v->severity.from && *v->severity.from ? ", from " : "", v->severity.from ? v->severity.from : "");
	if (v->kev)
		buf_printf(b, "  exploited   since %s (CISA)%s\n", v->kev_entry.added,
			   v->kev_entry.ransomware ? ", by ransomware" : "");
	if (v->has_epss)
		buf_printf(b, "  chance      %.2f %% in 30 days (EPSS)\n", v->epss.score / 1e4);
	for (size_t i = 0; i < v->id_count; i++)
		buf_printf(b, "%s%s%s", i ? ", " : "  names       ", v->ids[i], i + 1 == v->id_count ? "\n" : "");
}

static void plain_lines(struct buf *b)
{
	for (size_t at = 0; at < b->len;) {
		const char *end = memchr(b->data + at, '\n', b->len - at);
		size_t len = end ? (size_t)(end - b->data) - at : b->len - at;
		str_plain(b->data + at, len);
		at += len + 1;
	}
}

static void put_summary(const struct flow_assessment *a, struct buf *b)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(4u << 20);
	struct vuln_text text;

	if (!a->report.finding_count ||
	    vuln_text_get(a->index, a->report.findings[0].vuln.place, &arena, &text, NULL) < 0)
		return;
	if (*text.summary)
		buf_printf(b, "%s\n", text.summary);
	for (size_t i = 0; i < text.reference_count && i < 5; i++)
		buf_printf(b, "  %s\n", text.references[i].url);
}

static int run_explain(const struct cli_context *c, void *data, char **args, size_t count)
{
	const struct options *o = data;
	struct flow_assess_options assess;
	SCOPED(flow_assessment) struct flow_assessment a = {0};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_BYTES);
	struct err e = {0};
	bool json;

	if (cli_format(o->format, &json, &e) < 0 || read_options(c, o, args[1], &assess, &e) < 0)
		return cli_usage("%s", err_text(&e));
	assess.scan.flags = MODEL_SCAN_PACKAGES;
	if (flow_explain(&assess, args[0], &a, &e) < 0)
		return cli_fail(&e, 0);
	if (json) {
		assay_json(&a.report, &b);
	} else {
		for (size_t i = 0; i < a.report.finding_count; i++)
			explain_one(&a.report, &a.report.findings[i], &b);
		if (!a.report.finding_count)
			buf_printf(&b, "The index has no row about %s for any package of %s (%s)\n", args[0],
				   a.report.name, a.scope.words[0] ? a.scope.words : a.scope.feed);
		put_summary(&a, &b);
		plain_lines(&b);
	}
	int code = cli_put(&b);
	return say_gaps(&a.report) && code == CLI_OK ? CLI_FAILED : code;
}

const struct cli_command cli_scan = {
	.name = "scan",
	.arguments = "IMAGE|PATH",
	.summary = "find what is wrong with an image: vulnerabilities, secrets, malware, configuration",
	.example = "skep scan web:1.2\nskep scan --fail-on high -o sarif oci:DIR:TAG >web.sarif\n"
		   "skep scan --ignore ignore.yaml --new-since last.json docker-archive:web.tar\nskep scan /srv/rootfs",
	.options = scan_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_scan,
	.done = done,
};

const struct cli_command cli_sbom = {
	.name = "sbom",
	.arguments = "IMAGE|PATH",
	.summary = "list what is in an image, as an SBOM",
	.example = "skep sbom web:1.2 >web.cdx.json\nskep sbom -o spdx oci:DIR:TAG\nskep sbom docker-archive:web.tar\n"
		   "skep sbom /srv/rootfs",
	.options = sbom_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_sbom,
	.done = done,
};

const struct cli_command cli_score = {
	.name = "score",
	.arguments = "IMAGE|PATH",
	.summary = "say how risky an image is, 0 to 100, and what would lower it most",
	.example = "skep score web:1.2\nskep score -o json oci:DIR:TAG",
	.options = score_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_score,
	.done = done,
};

const struct cli_command cli_explain = {
	.name = "explain",
	.arguments = "CVE IMAGE|PATH",
	.summary = "say why an image has a vulnerability, or why not",
	.example = "skep explain CVE-2021-44228 web:1.2",
	.options = explain_options,
	.args_min = 2,
	.args_max = 2,
	.size = sizeof(struct options),
	.run = run_explain,
	.done = done,
};
