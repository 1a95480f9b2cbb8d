/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep doctor: what this host can do for containers, each line tried just now, with what is lost where it cannot.
 */
#include <stdio.h>

#include "commands.h"
#include "flow/probe.h"
#include "kern/probe.h"

struct options {
	const char *format;
};

static const struct cli_option options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{0},
};

typedef void probe_fn(const struct kern_probe *p, const struct kern_probe_result *r, void *data);

static void each(probe_fn *fn, void *data)
{
	const struct kern_probe *const tables[] = {kern_probes, flow_probes};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct kern_probe *p = tables[i]; p->name; p++) {
			struct kern_probe_result r = {.works = false};
			p->run(&r);
			fn(p, &r, data);
		}
}

static void put_object(const struct kern_probe *p, const struct kern_probe_result *r, void *data)
{
	struct json_out *o = data;
	json_out_object(o, NULL);
	json_out_str(o, "name", p->name);
	json_out_bool(o, "works", r->works);
	json_out_str(o, "detail", r->detail);
	json_out_str(o, "lostWithout", p->lost);
	json_out_object_end(o);
}

static int put_json(void)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);

	json_out_array(&o, NULL);
	each(put_object, &o);
	json_out_array_end(&o);
	return cli_put(&b);
}

static void put_row(const struct kern_probe *p, const struct kern_probe_result *r, void *data)
{
	const char *const cells[] = {p->name, r->works ? "yes" : "NO", r->detail, r->works ? "" : p->lost};
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		cli_table_add(data, cells[i]);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const char *const heads[] = {"WHAT", "WORKS", "DETAIL", "LOST HERE"};
	struct cli_table t = {.columns = ARRAY_LEN(heads)};
	const struct options *o = data;
	struct err e = {0};
	bool as_json;

	if (cli_format(o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (as_json)
		return put_json();
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	each(put_row, &t);
	return cli_table_print(&t);
}

const struct cli_command cli_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "show what this host offers, and what is lost where it does not",
	.options = options,
	.size = sizeof(struct options),
	.run = run,
};
