/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep db import and skep db status: the index of known vulnerabilities. Mirrors of it are in db-update.c.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "db.h"
#include "vuln/index.h"

#define DAY_S 86400

struct import_options {
	const char *source;
	bool quiet;
};

static const struct cli_option import_options[] = {
	{0, "source", CLI_TEXT, "NAME", "what to call it; importing the same name again replaces it",
	 offsetof(struct import_options, source)},
	{'q', "quiet", CLI_FLAG, NULL, "print nothing but problems", offsetof(struct import_options, quiet)},
	{0},
};

static void put_refusals(const struct flow_db_note *n)
{
	if (!n->refused)
		return;
	fprintf(stderr, "skep: %s: %llu documents were left out because they cannot be read:\n", n->source,
		(unsigned long long)n->refused);
	for (size_t i = 0; i < VULN_REFUSALS_MAX && n->refusals[i][0]; i++)
		fprintf(stderr, "  %s\n", n->refusals[i]);
}

int cli_db_notes(const struct flow_db_notes *notes, bool quiet)
{
	static const char *const heads[] = {"SOURCE", "KIND", "DOCUMENTS", "ROWS", "SIZE"};
	struct cli_table t = {.columns = ARRAY_LEN(heads)};
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (size_t i = 0; i < notes->count; i++) {
		const struct flow_db_note *n = &notes->items[i];
		put_refusals(n);
		cli_table_add(&t, n->source);
		cli_table_add(&t, n->kind);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)n->documents);
		cli_table_add(&t, text);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)n->rows);
		cli_table_add(&t, text);
		cli_size(n->bytes, text, sizeof(text));
		cli_table_add(&t, text);
	}
	if (notes->lost[0])
		fprintf(stderr,
			"skep: the index that was there could not be read (%s): its other sources are gone, import "
			"them again\n",
			notes->lost);
	if (quiet) {
		strv_done(&t.cells);
		return CLI_OK;
	}
	return cli_table_print(&t);
}

static int run_import(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_db_inputs) struct flow_db_inputs in = {0};
	const struct import_options *o = data;
	scoped_free struct flow_db_notes *notes = calloc(1, sizeof(*notes));
	struct err e = {0};
	int r = notes ? 0 : err_sys(&e, -ENOMEM, "importing");

	for (size_t i = 0; r == 0 && i < count; i++)
		r = flow_db_add_url(&in, c->root, args[i], o->source, &e);
	if (r == 0)
		r = flow_db_import(c->root, &in, notes, &e);
	return r < 0 ? cli_fail(&e, 0) : cli_db_notes(notes, o->quiet);
}

const struct cli_command cli_db_import = {
	.name = "db import",
	.arguments = "FILE|DIR|URL|-...",
	.summary = "make the index of known vulnerabilities from OSV, KEV and EPSS files",
	.example = "  skep db import osv/Debian.jsonl.zst osv/npm/all.zip\n"
		   "  skep db import osv known_exploited_vulnerabilities.json epss_scores-current.csv.gz\n"
		   "  skep db import https://mirror.example.org/npm/all.zip\n"
		   "  zstd -dc Alpine.jsonl.zst | skep db import --source Alpine -\n",
	.options = import_options,
	.args_min = 1,
	.args_max = 256,
	.size = sizeof(struct import_options),
	.run = run_import,
};

/* ---- status ---- */

struct status_options {
	const char *format;
};

static const struct cli_option status_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct status_options, format)},
	{0},
};

static void date_text(int64_t s, char text[32])
{
	time_t t = (time_t)s;
	struct tm tm;

	if (s <= 0 || !gmtime_r(&t, &tm) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(text, 32, "-");
}

static void put_json_source(struct json_out *o, const struct vuln_source *s, int64_t now_s)
{
	char text[32];

	json_out_object(o, NULL);
	json_out_str(o, "name", s->name);
	json_out_str(o, "kind", vuln_segment_kind_name(s->kind));
	date_text(s->imported_s, text);
	json_out_str(o, "imported", text);
	date_text(s->newest_s, text);
	json_out_str(o, "newest", s->newest_s > 0 ? text : NULL);
	if (s->newest_s > 0)
		json_out_i64(o, "ageDays", (now_s - s->newest_s) / DAY_S);
	json_out_u64(o, "documents", s->documents);
	json_out_u64(o, "rows", s->rows);
	json_out_u64(o, "packages", s->packages);
	json_out_u64(o, "ecosystems", s->ecosystems);
	json_out_u64(o, "withdrawn", s->withdrawn);
	json_out_u64(o, "malicious", s->malicious);
	json_out_u64(o, "refused", s->refused);
	json_out_u64(o, "bytes", s->bytes);
	json_out_object_end(o);
}

static int print_json(const struct vuln_index *x)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);
	struct vuln_source s;

	json_out_object(&o, NULL);
	json_out_str(&o, "digest", vuln_index_digest(x));
	json_out_array(&o, "sources");
	for (size_t i = 0; vuln_source_at(x, i, &s); i++)
		put_json_source(&o, &s, time(NULL));
	json_out_array_end(&o);
	json_out_object_end(&o);
	return cli_put(&b);
}

static void add_number(struct cli_table *t, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	cli_table_add(t, text);
}

static int print_table(const struct vuln_index *x)
{
	static const char *const heads[] = {"SOURCE",	"KIND",	     "NEWEST", "AGE",
					    "IMPORTED", "DOCUMENTS", "ROWS",   "PACKAGES"};
	struct cli_table t = {.columns = ARRAY_LEN(heads)};
	struct vuln_source s;
	char date[32], age[32];

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (size_t i = 0; vuln_source_at(x, i, &s); i++) {
		cli_table_add(&t, s.name);
		cli_table_add(&t, vuln_segment_kind_name(s.kind));
		date_text(s.newest_s, date);
		cli_age(date, age, sizeof(age));
		date[MIN_OF(strlen(date), 10)] = '\0';
		cli_table_add(&t, date);
		cli_table_add(&t, age);
		date_text(s.imported_s, date);
		date[MIN_OF(strlen(date), 10)] = '\0';
		cli_table_add(&t, date);
		add_number(&t, s.documents);
		add_number(&t, s.rows);
		add_number(&t, s.packages);
	}
	return cli_table_print(&t);
}

static int run_status(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(vuln_index) struct vuln_index *x = NULL;
	const struct status_options *o = data;
	struct err e = {0};
	bool as_json;

	if (cli_format(o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (vuln_open_root(c->root, &x, &e) < 0)
		return cli_fail(&e, 0);
	return as_json ? print_json(x) : print_table(x);
}

const struct cli_command cli_db_status = {
	.name = "db status",
	.arguments = "",
	.summary = "show the sources of the index, their dates and counts",
	.example = "  skep db status\n  skep db status -o json\n",
	.options = status_options,
	.size = sizeof(struct status_options),
	.run = run_status,
};
