/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep watch, record and replay: events judged by rules, live or from a recording.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "events.h"
#include "fold.h"
#include "flow/rules.h"
#include "flow/watch-one.h"

struct options {
	const char *container, *duration, *format, *file, *fold;
	struct strv rules, types;
	bool stats, all;
	int64_t now; /* of the last alert, ns since 1970 */
};

enum { FOLD_DEFAULT_MS = 10000 };

static struct cli_fold lines; /* larger than options may be */

#define RULES                                                                                                          \
	{                                                                                                              \
		'r', "rules", CLI_LIST, "FILE|DIR", "rules instead of skep's own; may be repeated",                    \
			offsetof(struct options, rules)                                                                \
	}
#define ALL                                                                                                            \
	{                                                                                                              \
		0, "all", CLI_FLAG, NULL, "also rules that are switched off", offsetof(struct options, all)            \
	}
#define FOLD                                                                                                           \
	{                                                                                                              \
		0, "fold", CLI_TEXT, "TIME", "count the same line within this time (10s; 0: never)",                   \
			offsetof(struct options, fold)                                                                 \
	}
#define CONTAINER                                                                                                      \
	{                                                                                                              \
		'c', "container", CLI_TEXT, "CONTAINER", "only this one", offsetof(struct options, container)          \
	}
#define DURATION                                                                                                       \
	{                                                                                                              \
		0, "for", CLI_TEXT, "TIME", "end after this long: 10s, 5m, 500ms", offsetof(struct options, duration)  \
	}
#define STATS                                                                                                          \
	{                                                                                                              \
		0, "stats", CLI_FLAG, NULL, "at the end, what was seen and lost by type",                              \
			offsetof(struct options, stats)                                                                \
	}
#define FORMAT                                                                                                         \
	{                                                                                                              \
		'o', "output", CLI_TEXT, "FORMAT", "text or jsonl", offsetof(struct options, format)                   \
	}

static const struct cli_option watch_options[] = {RULES, ALL, FOLD, CONTAINER, DURATION, STATS, FORMAT, {0}};
static const struct cli_option replay_options[] = {RULES, ALL, FOLD, CONTAINER, STATS, FORMAT, {0}};
static const struct cli_option record_options[] = {
	{'o', "output", CLI_TEXT, "FILE", "the recording", offsetof(struct options, file)},
	{'t', "type", CLI_LIST, "TYPE", "only this event type; may be repeated", offsetof(struct options, types)},
	RULES,
	DURATION,
	STATS,
	{0},
};

static void done(void *into)
{
	struct options *o = into;
	strv_done(&o->rules);
	strv_done(&o->types);
}

/* Loads what --rules names; 0, or the exit code. */
static int load(const struct options *o, struct rule_set **ret)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	options.enable_all = o->all;
	struct err e = {0};
	if (o->rules.count == 0)
		return flow_rules_default(ret, &e) < 0 ? cli_fail(&e, 0) : 0;
	int r = flow_rules_load((const char *const *)o->rules.items, o->rules.count, &options, &problems, ret, &e);
	cli_rule_problems(&problems);
	if (r < 0)
		return problems.errors ? CLI_USAGE : cli_fail(&e, 0);
	return 0;
}

/* Behind the time of the first: how often the same came again. */
static void show_line(void *ctx, const char *text, unsigned more)
{
	const struct options *o = ctx;
	char time[FLOW_CLOCK_MAX];
	flow_clock(o->now, time);
	if (more)
		printf("%s: again %u times: %s\n", time, more, text);
	else
		printf("%s: %s\n", time, text);
}

static int print_text(void *ctx, const struct flow_alert *alert)
{
	struct options *o = ctx;
	SCOPED(buf) struct buf text = BUF_INIT(256u << 10);
	flow_alert_words(alert, &text);
	o->now = detect_time(alert->detect);
	cli_fold_add(&lines, buf_str(&text), o->now);
	return ferror(stdout) ? -EPIPE : 0;
}

static int print_json(void *ctx, const struct flow_alert *alert)
{
	SCOPED(buf) struct buf text = BUF_INIT(1u << 20);
	flow_alert_json(alert, &text);
	return cli_put(&text) < 0 ? -EPIPE : 0;
}

/* Alerts as text fold what repeats; JSON has every one. 0, or the exit code. */
static int begin_output(struct options *o, const char *command, struct flow_watch_handlers *h)
{
	struct err e = {0};
	int window = FOLD_DEFAULT_MS;
	if (o->format && !str_eq(o->format, "text") && !str_eq(o->format, "jsonl"))
		return cli_usage("%s: -o takes text or jsonl, not \"%s\"", command, o->format);
	if (o->fold && !str_eq(o->fold, "0") && cli_duration(o->fold, &window, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	if (str_eq(o->fold, "0"))
		window = 0;
	lines = (struct cli_fold){.window = (int64_t)window * 1000000, .show = show_line, .ctx = o};
	h->alert = str_eq(o->format, "jsonl") ? print_json : print_text;
	return 0;
}

/* A gap is an alert like any other: a watch that does not say what it missed is worse than none. */
static int print_loss(void *ctx, const struct flow_loss *loss)
{
	const struct options *o = ctx;
	double seconds = (double)(loss->until - loss->from) / 1e9;
	if (!str_eq(o->format, "jsonl")) {
		printf("Critical events lost: %llu within %.1f s\n", (unsigned long long)loss->lost, seconds);
		return 0;
	}
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10);
	struct json_out j = JSON_OUT(&text);
	json_out_object(&j, NULL);
	json_out_str(&j, "rule", "Events lost");
	json_out_str(&j, "priority", "Critical");
	json_out_str(&j, "source", "skep");
	json_out_object(&j, "output_fields");
	json_out_u64(&j, "lost", loss->lost);
	json_out_i64(&j, "from", loss->from);
	json_out_i64(&j, "until", loss->until);
	json_out_object(&j, "by_type");
	for (unsigned i = 0; i < WATCH_TYPES; i++)
		if (loss->by_type[i])
			json_out_u64(&j, detect_record_name(i), loss->by_type[i]);
	json_out_object_end(&j);
	json_out_object_end(&j);
	json_out_object_end(&j);
	return cli_put(&text) < 0 ? -EPIPE : 0;
}

static int say_ready(void *ctx)
{
	fprintf(stderr, "watching\n");
	return 0;
}

static int watch_run(const struct cli_context *c, void *into, char **args, size_t count)
{
	struct options *o = into;
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED_PTR(rule_set) struct rule_set *rules = NULL;
	struct flow_watch_options watch = {.for_ms = -1};
	struct flow_watch_handlers handlers = {.alert = print_text, .loss = print_loss, .ready = say_ready, .ctx = o};
	static struct flow_watch_stats stats;
	char id[FLOW_ID_MAX] = "";
	struct err e = {0};

	int bad = begin_output(o, "watch", &handlers);
	if (bad)
		return bad;
	if (cli_duration(o->duration, &watch.for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	int r = load(o, &rules);
	if (r != 0)
		return r;
	watch.rules = rules;
	r = flow_place_open(&place, &e);
	if (r == 0)
		r = cli_container_filter(&place, o->container, id, &e);
	watch.container = o->container ? id : NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (r == 0)
		r = flow_watch(&place, &watch, &handlers, &stats, &e);
	cli_fold_end(&lines, INT64_MAX);
	if (o->stats)
		cli_watch_stats(&stats);
	return r < 0 && r != -EPIPE ? cli_fail(&e, 0) : CLI_OK;
}

static int record_run(const struct cli_context *c, void *into, char **args, size_t count)
{
	struct options *o = into;
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED_PTR(rule_set) struct rule_set *rules = NULL;
	struct flow_watch_options watch = {.record_file = o->file};
	struct flow_watch_handlers handlers = {.loss = print_loss, .ready = say_ready, .ctx = o};
	static struct flow_watch_stats stats;
	struct err e = {0};

	if (!o->file)
		return cli_usage("record: where to? Name the recording by -o FILE");
	if (cli_duration(o->duration, &watch.for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	int r = o->rules.count ? load(o, &rules) : 0;
	if (r != 0)
		return r;
	/* With --rules what those rules need, judged at replay and not now. */
	watch.rules = rules;
	watch.types = o->types.count ? (const char *const *)o->types.items : rules ? NULL : flow_watch_types;
	r = flow_place_open(&place, &e);
	if (r == 0)
		r = flow_watch(&place, &watch, &handlers, &stats, &e);
	if (r >= 0)
		fprintf(stderr, "%llu events in %s\n", (unsigned long long)stats.detect.events, o->file);
	if (o->stats)
		cli_watch_stats(&stats);
	return r < 0 ? cli_fail(&e, r == -EINVAL ? CLI_USAGE : 0) : CLI_OK;
}

static int replay_run(const struct cli_context *c, void *into, char **args, size_t count)
{
	struct options *o = into;
	SCOPED_PTR(rule_set) struct rule_set *rules = NULL;
	struct flow_watch_options watch = {.container = o->container};
	struct flow_watch_handlers handlers = {.alert = print_text, .ctx = o};
	static struct flow_watch_stats stats;
	struct err e = {0};

	int bad = begin_output(o, "replay", &handlers);
	if (bad)
		return bad;
	int r = load(o, &rules);
	if (r != 0)
		return r;
	watch.rules = rules;
	r = flow_replay(args[0], &watch, &handlers, &stats, &e);
	cli_fold_end(&lines, INT64_MAX);
	if (o->stats)
		fprintf(stderr, "%llu events, %llu alerts, %llu records refused\n",
			(unsigned long long)stats.detect.events, (unsigned long long)stats.alerts,
			(unsigned long long)stats.detect.refused);
	return r < 0 && r != -EPIPE ? cli_fail(&e, 0) : CLI_OK;
}

const struct cli_command cli_watch = {
	.name = "watch",
	.arguments = "[OPTION...]",
	.summary = "judge what tasks do by rules and show what matches",
	.example = "skep watch\nskep watch --rules falco_rules.yaml -o jsonl --for 1m",
	.options = watch_options,
	.size = sizeof(struct options),
	.run = watch_run,
	.done = done,
};

const struct cli_command cli_record = {
	.name = "record",
	.arguments = "-o FILE [OPTION...]",
	.summary = "write what tasks do into a file, for replay",
	.example = "skep record -o night.skep --for 8h\nskep replay night.skep --rules falco_rules.yaml",
	.options = record_options,
	.size = sizeof(struct options),
	.run = record_run,
	.done = done,
};

const struct cli_command cli_replay = {
	.name = "replay",
	.arguments = "FILE [OPTION...]",
	.summary = "judge a recording by rules",
	.example = "skep replay night.skep --rules falco_rules.yaml -o jsonl",
	.options = replay_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = replay_run,
	.done = done,
};
