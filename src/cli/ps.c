/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep ps: the containers, one line each.
 */
#include <stdio.h>

#include "commands.h"
#include "flow/container.h"

struct options {
	const char *format;
	bool all, quiet;
};

static const struct cli_option options[] = {
	{'a', "all", CLI_FLAG, NULL, "also those that have ended", offsetof(struct options, all)},
	{'q', "quiet", CLI_FLAG, NULL, "ids only", offsetof(struct options, quiet)},
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{0},
};

struct list {
	const struct options *o;
	struct cli_table table;
	struct json_out *json;
};

static void status_text(const struct flow_record *r, char *text, size_t len)
{
	char age[32];

	if (r->status == FLOW_CREATED) {
		snprintf(text, len, "Created");
		return;
	}
	cli_age(r->status == FLOW_EXITED ? r->finished : r->started, age, sizeof(age));
	if (r->status == FLOW_EXITED)
		snprintf(text, len, "Exited (%d) %s ago%s", r->exit_code, age, r->oom ? " (out of memory)" : "");
	else
		snprintf(text, len, "Up %s%s%s", age, r->status == FLOW_PAUSED ? " (Paused)" : "",
			 r->unattended ? " (monitor lost)" : "");
}

static void command_text(const struct flow_record *r, char *text, size_t len)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < r->command.count && used < len; i++) {
		int n = snprintf(text + used, len - used, "%s%s", i ? " " : "", r->command.items[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	str_plain(text, strlen(text));
}

static void add_row(struct list *l, const struct flow_record *r)
{
	char id[16], age[40], status[96], command[32];

	snprintf(id, sizeof(id), "%.12s", r->id);
	cli_age(r->created, age, sizeof(age));
	status_text(r, status, sizeof(status));
	command_text(r, command, sizeof(command));
	const char *const cells[] = {id, r->image, command, age, status, r->name};
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		cli_table_add(&l->table, cells[i]);
}

static void add_json(struct json_out *o, const struct flow_record *r)
{
	json_out_object(o, NULL);
	json_out_str(o, "id", r->id);
	json_out_str(o, "name", r->name);
	json_out_str(o, "image", r->image);
	json_out_str(o, "status", flow_status_name(r->status));
	json_out_i64(o, "pid", flow_runs(r) ? r->pid : 0);
	json_out_i64(o, "exitCode", r->exit_code);
	json_out_str(o, "created", r->created);
	json_out_str(o, "profile", r->profile);
	json_out_object_end(o);
}

static int visit(const struct flow_record *r, void *data, struct err *e)
{
	struct list *l = data;

	if (!l->o->all && !flow_runs(r))
		return 0;
	if (l->json)
		add_json(l->json, r);
	else if (l->o->quiet)
		printf("%.12s\n", r->id);
	else
		add_row(l, r);
	return 0;
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const char *const heads[] = {"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAME"};
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out json = JSON_OUT_PRETTY(&b);
	struct list l = {.o = data, .table = {.columns = ARRAY_LEN(heads)}};
	struct err e = {0};
	bool as_json;

	if (cli_format(l.o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	l.json = as_json ? &json : NULL;
	for (size_t i = 0; !as_json && !l.o->quiet && i < ARRAY_LEN(heads); i++)
		cli_table_add(&l.table, heads[i]);
	if (as_json)
		json_out_array(&json, NULL);
	if (flow_place_open(&place, &e) < 0 || flow_each(&place, visit, &l, &e) < 0) {
		strv_done(&l.table.cells);
		return cli_fail(&e, 0);
	}
	if (as_json)
		json_out_array_end(&json);
	return as_json ? cli_put(&b) : cli_table_print(&l.table);
}

const struct cli_command cli_ps = {
	.name = "ps",
	.arguments = "",
	.summary = "list containers",
	.options = options,
	.size = sizeof(struct options),
	.run = run,
};
