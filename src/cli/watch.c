/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep watch, record and replay: events judged by rules, live or from a recording.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "events.h"
#include "fold.h"
#include "flow/rules.h"
#include "flow/watch-one.h"

struct options {
	const char *container, *duration, *format, *file, *fold;
	struct strv rules, types;
	const char *threads;
	bool stats, all, skip_broken;
	struct rule_set *set, *older; /* OLDER: replaced while watching, and still in use until the next is */
	int64_t now;		      /* of the last alert, ns since 1970 */
};

enum { FOLD_DEFAULT_MS = 10000, THREADS_USUAL = 4 };

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
#define SKIP_BROKEN                                                                                                    \
	{                                                                                                              \
		0, "skip-broken", CLI_FLAG, NULL, "leave out rules that cannot be loaded, saying why",                 \
			offsetof(struct options, skip_broken)                                                          \
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
#define THREADS                                                                                                        \
	{                                                                                                              \
		0, "threads", CLI_TEXT, "N", "judge on so many threads (one a processor, at most 4)",                  \
			offsetof(struct options, threads)                                                              \
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

static const struct cli_option watch_options[] = {RULES,    ALL,   SKIP_BROKEN, FOLD,	 CONTAINER,
						  DURATION, STATS, FORMAT,	THREADS, {0}};
static const struct cli_option replay_options[] = {RULES, ALL,	  SKIP_BROKEN, FOLD, CONTAINER,
						   STATS, FORMAT, THREADS,     {0}};
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
	rule_set_free(o->set);
	rule_set_free(o->older);
}

/* Loads what --rules names; 0, or the exit code. */
static bool any_in_force(const struct rule_set *set)
{
	for (size_t i = 0; i < rule_set_count(set); i++)
		if (rule_set_info(set, i)->enabled)
			return true;
	return false;
}

static int load(const struct options *o, struct rule_set **ret)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options options = RULE_OPTIONS_DEFAULT;
	options.enable_all = o->all;
	options.skip_broken = o->skip_broken;
	struct err e = {0};
	if (o->rules.count == 0)
		return flow_rules_default(ret, &e) < 0 ? cli_fail(&e, 0) : 0;
	int r = flow_rules_load((const char *const *)o->rules.items, o->rules.count, &options, &problems, ret, &e);
	cli_rule_problems(&problems);
	if (r < 0)
		return problems.errors ? CLI_USAGE : cli_fail(&e, 0);
	if (any_in_force(*ret))
		return 0;
	/* An empty folder, or a file that is just being written: nobody means to watch by nothing. */
	rule_set_free(*ret);
	*ret = NULL;
	return cli_usage("no rule is switched on in what --rules names");
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

static int print_alert(void *ctx, const struct flow_alert *alert)
{
	struct options *o = ctx;
	if (alert->json[0])
		return puts(alert->json) < 0 ? -EPIPE : 0;
	o->now = alert->time;
	cli_fold_add(&lines, alert->words, o->now);
	return ferror(stdout) ? -EPIPE : 0;
}

static int set_threads(const struct options *o, const char *command, struct flow_watch_options *watch)
{
	uint64_t count = MIN_OF((uint64_t)sysconf(_SC_NPROCESSORS_ONLN), (uint64_t)THREADS_USUAL);
	if (o->threads && (str_to_u64(o->threads, FLOW_THREADS_MAX, &count) < 0 || !count))
		return cli_usage("%s: --threads takes a number from 1 to %d, not \"%s\"", command, FLOW_THREADS_MAX,
				 o->threads);
	watch->threads = (unsigned)count;
	return 0;
}

/* Alerts as text fold what repeats; JSON has every one. 0, or the exit code. */
static int begin_output(struct options *o, const char *command, struct flow_watch_options *watch)
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
	watch->json = str_eq(o->format, "jsonl");
	return set_threads(o, command, watch);
}

/* A gap is an alert like any other. */
static int print_loss(void *ctx, const struct flow_loss *loss)
{
	const struct options *o = ctx;
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10);
	if (str_eq(o->format, "jsonl"))
		flow_loss_json(loss, &text);
	else
		flow_loss_words(loss, &text);
	return puts(buf_str(&text)) < 0 ? -EPIPE : 0;
}

/* Rules that cannot be loaded are told, and the watch goes on by those it has. */
static const struct rule_set *renew(void *ctx)
{
	struct options *o = ctx;
	struct rule_set *set = NULL;
	if (load(o, &set) != 0) {
		fprintf(stderr, "skep: the rules stay as they were\n");
		return NULL;
	}
	rule_set_free(o->older);
	o->older = o->set;
	o->set = set;
	fprintf(stderr, "rules read again\n");
	return set;
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
	struct flow_watch_options watch = {.for_ms = -1};
	struct flow_watch_handlers handlers = {
		.alert = print_alert, .loss = print_loss, .ready = say_ready, .renew = renew, .ctx = o};
	static struct flow_watch_stats stats;
	char id[FLOW_ID_MAX] = "";
	struct err e = {0};

	int bad = begin_output(o, "watch", &watch);
	if (bad)
		return bad;
	if (cli_duration(o->duration, &watch.for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	int r = load(o, &o->set);
	if (r != 0)
		return r;
	watch.rules = o->set;
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
	struct flow_watch_options watch = {.record_file = o->file};
	struct flow_watch_handlers handlers = {.loss = print_loss, .ready = say_ready, .ctx = o};
	static struct flow_watch_stats stats;
	struct err e = {0};

	if (!o->file)
		return cli_usage("record: where to? Name the recording by -o FILE");
	if (cli_duration(o->duration, &watch.for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	int r = o->rules.count ? load(o, &o->set) : 0;
	if (r != 0)
		return r;
	/* With --rules what those rules need, judged at replay and not now. */
	watch.rules = o->set;
	watch.types = o->types.count ? (const char *const *)o->types.items : o->set ? NULL : flow_watch_types;
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
	struct flow_watch_options watch = {.container = o->container};
	struct flow_watch_handlers handlers = {.alert = print_alert, .ctx = o};
	static struct flow_watch_stats stats;
	struct err e = {0};

	int bad = begin_output(o, "replay", &watch);
	if (bad)
		return bad;
	int r = load(o, &o->set);
	if (r != 0)
		return r;
	watch.rules = o->set;
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
	.arguments = "",
	.summary = "judge what tasks do by rules and show what matches",
	.example = "  skep watch\n  skep watch --rules falco_rules.yaml -o jsonl --for 1m\n",
	.options = watch_options,
	.size = sizeof(struct options),
	.run = watch_run,
	.done = done,
};

const struct cli_command cli_record = {
	.name = "record",
	.arguments = "-o FILE",
	.summary = "write what tasks do into a file, for replay",
	.example = "  skep record -o night.skep --for 8h\n  skep replay night.skep --rules falco_rules.yaml\n",
	.options = record_options,
	.size = sizeof(struct options),
	.run = record_run,
	.done = done,
};

const struct cli_command cli_replay = {
	.name = "replay",
	.arguments = "FILE",
	.summary = "judge a recording by rules",
	.example = "  skep replay night.skep --rules falco_rules.yaml -o jsonl\n",
	.options = replay_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = replay_run,
	.done = done,
};
