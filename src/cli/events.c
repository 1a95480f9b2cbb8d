/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep events: what tasks do, one line each.
 */
#include <asm/unistd_64.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "detect/schema.h"
#include "events.h"
#include "flow/watch.h"

struct asked {
	bool types[DETECT_EVENT_COUNT];
};

struct options {
	const char *container, *duration, *format;
	struct strv types;
	bool stats;
};

static const struct cli_option options[] = {
	{'c', "container", CLI_TEXT, "CONTAINER", "only this one", offsetof(struct options, container)},
	{'t', "type", CLI_LIST, "TYPE", "only this event type; may be repeated", offsetof(struct options, types)},
	{0, "for", CLI_TEXT, "TIME", "end after this long: 10s, 5m, 500ms", offsetof(struct options, duration)},
	{0, "stats", CLI_FLAG, NULL, "at the end, what was seen and lost by type", offsetof(struct options, stats)},
	{'o', "output", CLI_TEXT, "FORMAT", "table or jsonl", offsetof(struct options, format)},
	{0},
};

int cli_duration(const char *text, int *ret_ms, struct err *e)
{
	static const struct {
		const char *unit;
		int ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", 1000}};
	char number[16];
	uint64_t value;

	*ret_ms = -1;
	if (!text)
		return 0;
	size_t digits = strspn(text, "0123456789");
	for (size_t i = 0; digits && digits < sizeof(number) && i < ARRAY_LEN(units); i++)
		if (str_eq(text + digits, units[i].unit)) {
			snprintf(number, sizeof(number), "%.*s", (int)digits, text);
			if (str_to_u64(number, (uint64_t)(INT32_MAX / units[i].ms), &value) < 0)
				break;
			*ret_ms = (int)value * units[i].ms;
			return 0;
		}
	return err_set(e, -EINVAL, "\"%s\" is no time: write 10s, 5m, 2h or 500ms", text);
}

void cli_watch_stats(const struct flow_watch_stats *stats)
{
	uint64_t all_seen = 0, all_lost = 0;
	fprintf(stderr, "%-24s %12s %12s\n", "TYPE", "SEEN", "LOST");
	for (unsigned i = 0; i < WATCH_TYPES; i++) {
		uint64_t seen = stats->seen[i], lost = stats->lost[i] + stats->unread[i];
		all_seen += seen;
		all_lost += lost;
		if (seen || lost)
			fprintf(stderr, "%-24s %12llu %12llu\n", detect_record_name(i), (unsigned long long)seen,
				(unsigned long long)lost);
	}
	fprintf(stderr, "%-24s %12llu %12llu\n", "all", (unsigned long long)all_seen, (unsigned long long)all_lost);
	fprintf(stderr, "%u processes and %u containers known, %llu forgotten, %llu records refused\n",
		stats->detect.processes, stats->detect.containers, (unsigned long long)stats->detect.forgotten,
		(unsigned long long)stats->detect.refused);
	if (stats->passed_over)
		fprintf(stderr, "%llu containers not looked up: too many came at once\n",
			(unsigned long long)stats->passed_over);
}

/* A value of the event as text; "" when it has none. */
static void text_of(struct detect *d, unsigned field, char *text, size_t size)
{
	static const struct rule_arg none;
	struct rule_value value;
	text[0] = '\0';
	if (!detect_get(d, field, &none, &value))
		return;
	if (value.type == RULE_STRING) {
		struct rule_str first = value.list_count ? value.strs[0] : value.str;
		snprintf(text, size, "%.*s", (int)first.len, first.at);
	} else if (value.type == RULE_NUMBER)
		snprintf(text, size, "%lld", (long long)value.number);
	str_plain(text, strlen(text));
}

/* Others are recorded as well, because the state of processes needs them. */
static bool is_asked_for(const struct asked *asked, const struct detect *d)
{
	unsigned type = detect_type(d);
	return type < DETECT_EVENT_COUNT && asked->types[type];
}

static int print_line(void *ctx, struct detect *d, const struct event *event)
{
	if (!is_asked_for(ctx, d))
		return 0;
	char time[FLOW_CLOCK_MAX], container[16], name[32], pid[16], type[32], args[400], result[32];

	flow_clock(detect_time(d), time);
	text_of(d, FIELD_CONTAINER_ID, container, sizeof(container));
	text_of(d, FIELD_PROC_NAME, name, sizeof(name));
	text_of(d, FIELD_PROC_PID, pid, sizeof(pid));
	text_of(d, FIELD_EVT_TYPE, type, sizeof(type));
	text_of(d, FIELD_EVT_RES, result, sizeof(result));
	text_of(d, FIELD_FD_NAME, args, sizeof(args));
	if (!args[0])
		text_of(d, FIELD_FS_PATH_NAME, args, sizeof(args));
	if (event->type == __NR_execve || event->type == __NR_execveat)
		text_of(d, FIELD_PROC_CMDLINE, args, sizeof(args));
	if (!args[0])
		text_of(d, FIELD_EVT_ARGS, args, sizeof(args));
	/* Microseconds are enough for people. */
	printf("%.15s  %-12s  %-15s %7s  %-12s %-10s %s\n", time, container, name, pid, type, result, args);
	return ferror(stdout) ? -EPIPE : 0;
}

static int print_json(void *ctx, struct detect *d, const struct event *event)
{
	if (!is_asked_for(ctx, d))
		return 0;
	SCOPED(buf) struct buf text = BUF_INIT(256u << 10);
	struct json_out o = JSON_OUT(&text);
	json_out_object(&o, NULL);
	detect_describe(d, &o);
	json_out_object_end(&o);
	return cli_put(&text) < 0 ? -EPIPE : 0;
}

int cli_container_filter(struct flow_place *p, const char *name, char id[FLOW_ID_MAX], struct err *e)
{
	SCOPED(flow_record) struct flow_record record = {0};
	if (!name)
		return 0;
	/* One of another engine is named by its whole id. */
	if (strspn(name, "0123456789abcdef") == 64 && !name[64]) {
		snprintf(id, FLOW_ID_MAX, "%s", name);
		return 0;
	}
	int r = flow_find(p, name, &record, e);
	if (r == 0)
		snprintf(id, FLOW_ID_MAX, "%s", record.id);
	return r;
}

static int run(const struct cli_context *c, void *into, char **args, size_t count)
{
	struct options *o = into;
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	struct flow_watch_options watch = {.types = o->types.count ? (const char *const *)o->types.items
								   : flow_watch_types};
	static struct asked asked;
	struct flow_watch_handlers handlers = {.event = print_line, .ctx = &asked};
	static struct flow_watch_stats stats;
	char id[FLOW_ID_MAX] = "";
	struct err e = {0};

	if (o->format && !str_eq(o->format, "table") && !str_eq(o->format, "jsonl"))
		return cli_usage("events: -o takes table or jsonl, not \"%s\"", o->format);
	if (str_eq(o->format, "jsonl"))
		handlers.event = print_json;
	for (const char *const *type = watch.types; *type; type++) {
		int number = rule_schema_event(&detect_schema, *type, strlen(*type));
		if (number >= 0) /* flow_watch() refuses others */
			asked.types[number] = true;
	}
	int r = cli_duration(o->duration, &watch.for_ms, &e);
	if (r < 0)
		return cli_fail(&e, CLI_USAGE);
	r = flow_place_open(&place, &e);
	if (r == 0)
		r = cli_container_filter(&place, o->container, id, &e);
	watch.container = o->container ? id : NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (r == 0)
		r = flow_watch(&place, &watch, &handlers, &stats, &e);
	if (o->stats)
		cli_watch_stats(&stats);
	return r < 0 && r != -EPIPE ? cli_fail(&e, r == -EINVAL ? CLI_USAGE : 0) : CLI_OK;
}

static void done(void *into)
{
	strv_done(&((struct options *)into)->types);
}

const struct cli_command cli_events = {
	.name = "events",
	.arguments = "",
	.summary = "show what tasks do, as it happens",
	.example = "  skep events --container web\n"
		   "  skep events -t execve -t connect --for 10s -o jsonl --stats\n",
	.options = options,
	.size = sizeof(struct options),
	.run = run,
	.done = done,
};
