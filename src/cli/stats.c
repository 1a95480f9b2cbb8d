/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep stats and skep top: what containers use, and their processes as the host sees them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "commands.h"
#include "flow/container.h"

#define STATS_BYTES_MAX (1u << 20)
#define PIDS_MAX 4096
#define UNLIMITED (1ull << 62) /* v1 writes a number near 2^63 */

struct options {
	const char *format;
};

static const struct cli_option options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{0},
};

struct list {
	struct flow_place *p;
	struct cli_table table;
	struct json_out *json;
};

static uint64_t number(const struct json *doc, const char *a, const char *b, const char *c)
{
	const struct json *v = json_get(json_get(doc, a), b);
	uint64_t n = 0;

	if (v && c)
		v = json_get(v, c);
	/* A controller that is not there reads as nothing. */
	ignore(v ? json_u64(v, &n, NULL) : 0);
	return n;
}

static void add_row(struct list *l, const struct flow_record *r, const struct json *doc)
{
	char used[32], limit[32], memory[80], cpu[32], pids[32];
	const struct json *data = json_get(doc, "data") ? json_get(doc, "data") : doc;
	uint64_t max = number(data, "memory", "usage", "limit");

	cli_size(number(data, "memory", "usage", "usage"), used, sizeof(used));
	cli_size(max, limit, sizeof(limit));
	snprintf(memory, sizeof(memory), "%s / %s", used, max == 0 || max > UNLIMITED ? "no limit" : limit);
	snprintf(cpu, sizeof(cpu), "%.2f s", (double)number(data, "cpu", "usage", "total") / 1e9);
	snprintf(pids, sizeof(pids), "%llu", (unsigned long long)number(data, "pids", "current", NULL));
	const char *const cells[] = {r->name, memory, cpu, pids};
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		cli_table_add(&l->table, cells[i]);
}

static int visit(const struct flow_record *r, void *data, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STATS_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	struct list *l = data;

	if (!flow_runs(r))
		return 0;
	int bad = flow_stats(l->p, r, &b, e);
	if (bad == 0)
		bad = json_parse(buf_str(&b), b.len, JSON_LIMITS_CONFIG, &doc, e);
	if (bad < 0)
		return bad == -ESRCH || bad == -ENOENT ? 0 : bad; /* it has just ended */
	if (l->json) {
		json_out_object(l->json, NULL);
		json_out_str(l->json, "name", r->name);
		json_out_str(l->json, "id", r->id);
		json_out_value(l->json, "stats", doc);
		json_out_object_end(l->json);
	} else {
		add_row(l, r, doc);
	}
	return 0;
}

static int visit_named(struct flow_place *p, char **args, size_t count, struct list *l, struct err *e)
{
	int r = count ? 0 : flow_each(p, visit, l, e);

	for (size_t i = 0; r == 0 && i < count; i++) {
		SCOPED(flow_record) struct flow_record record = {.pid = 0};
		r = flow_find(p, args[i], &record, e);
		if (r == 0)
			r = visit(&record, l, e);
	}
	return r;
}

static int run_stats(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const char *const heads[] = {"NAME", "MEMORY", "CPU TIME", "PIDS"};
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out json = JSON_OUT_PRETTY(&b);
	struct list l = {.p = &place, .table = {.columns = ARRAY_LEN(heads)}};
	const struct options *o = data;
	struct err e = {0};
	bool as_json;

	if (cli_format(o->format, &as_json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	l.json = as_json ? &json : NULL;
	for (size_t i = 0; !as_json && i < ARRAY_LEN(heads); i++)
		cli_table_add(&l.table, heads[i]);
	if (as_json)
		json_out_array(&json, NULL);
	if (flow_place_open(&place, &e) < 0 || visit_named(&place, args, count, &l, &e) < 0) {
		strv_done(&l.table.cells);
		return cli_fail(&e, 0);
	}
	if (as_json)
		json_out_array_end(&json);
	return as_json ? cli_put(&b) : cli_table_print(&l.table);
}

/* One word after KEY in /proc/PID/status. */
static void status_word(const struct buf *status, const char *key, char *word, size_t len)
{
	const char *at = strstr(buf_str(status), key);
	size_t n;

	at = at ? at + strlen(key) : "";
	at += strspn(at, "\t ");
	n = strcspn(at, "\t\n ");
	snprintf(word, len, "%.*s", (int)n, at);
}

static void add_process(struct cli_table *t, pid_t pid)
{
	SCOPED(buf) struct buf status = BUF_INIT(16384), line = BUF_INIT(4096);
	char path[64], number_text[16], uid[16], state[16], memory[32], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (path_read_file(AT_FDCWD, path, &status) < 0)
		return; /* it has just ended */
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	ignore(path_read_file(AT_FDCWD, path, &line)); /* a longer one is cut */
	for (at = line.data; at && at < line.data + line.len; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	snprintf(number_text, sizeof(number_text), "%d", (int)pid);
	status_word(&status, "Uid:", uid, sizeof(uid));
	status_word(&status, "State:", state, sizeof(state));
	status_word(&status, "VmRSS:", memory, sizeof(memory));
	const char *const cells[] = {number_text, uid, state, memory, buf_str(&line)};
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		cli_table_add(t, cells[i]);
}

static int run_top(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const char *const heads[] = {"PID", "UID", "STATE", "RSS kB", "COMMAND"};
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct cli_table t = {.columns = ARRAY_LEN(heads)};
	pid_t pids[PIDS_MAX];
	struct err e = {0};
	size_t found = 0;

	if (flow_place_open(&place, &e) < 0 || flow_find(&place, args[0], &record, &e) < 0 ||
	    flow_pids(&place, &record, pids, PIDS_MAX, &found, &e) < 0)
		return cli_fail(&e, 0);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (size_t i = 0; i < found; i++)
		add_process(&t, pids[i]);
	return cli_table_print(&t);
}

const struct cli_command cli_stats = {
	.name = "stats",
	.arguments = "[CONTAINER...]",
	.summary = "show what running containers use",
	.options = options,
	.args_max = 64,
	.size = sizeof(struct options),
	.run = run_stats,
};

const struct cli_command cli_top = {
	.name = "top",
	.arguments = "CONTAINER",
	.summary = "list a container's processes",
	.args_min = 1,
	.args_max = 1,
	.run = run_top,
};
