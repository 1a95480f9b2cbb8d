/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep doctor: what this host can do for containers, each line tried just now, with what is lost where it cannot.
 */
#include <stdio.h>

#include "commands.h"
#include "kern/probe.h"

struct options {
	const char *format;
};

static const struct cli_option options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{0},
};

static int put_json(void)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);

	json_out_array(&o, NULL);
	for (const struct kern_probe *p = kern_probes; p->name; p++) {
		struct kern_probe_result r = {.works = false};
		p->run(&r);
		json_out_object(&o, NULL);
		json_out_str(&o, "name", p->name);
		json_out_bool(&o, "works", r.works);
		json_out_str(&o, "detail", r.detail);
		json_out_str(&o, "lostWithout", p->lost);
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	return cli_put(&b);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	struct cli_table t = {.columns = 4};
	const struct options *o = data;
	struct err e = {0};
	bool as_json;

	if (cli_format(o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (as_json)
		return put_json();
	static const char *const heads[] = {"WHAT", "WORKS", "DETAIL", "LOST HERE"};
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (const struct kern_probe *p = kern_probes; p->name; p++) {
		struct kern_probe_result r = {.works = false};
		p->run(&r);
		const char *const cells[] = {p->name, r.works ? "yes" : "NO", r.detail, r.works ? "" : p->lost};
		for (size_t i = 0; i < ARRAY_LEN(cells); i++)
			cli_table_add(&t, cells[i]);
	}
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
