/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that do one thing to each container named: stop, kill, rm, wait, pause, unpause.
 */
#include <signal.h>
#include <stdio.h>

#include "commands.h"
#include "flow/container.h"
#include "kern/process.h"

struct options {
	const char *time, *signal;
	bool force;
	/* decided from the above */
	int timeout_s, number;
};

typedef int verb_fn(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e);

static int each(const struct cli_context *c, const struct options *o, char **args, size_t count, verb_fn *verb)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	struct err e = {0};
	int code = CLI_OK;

	if (flow_place_open(&place, &e) < 0)
		return cli_fail(&e, 0);
	for (size_t i = 0; i < count; i++) {
		SCOPED(flow_record) struct flow_record record = {.pid = 0};
		int r = flow_find(&place, args[i], &record, &e);
		if (r == 0)
			r = verb(&place, &record, o, &e);
		if (r < 0)
			code = cli_fail(&e, 0);
		else if (r == 0)
			printf("%s\n", args[i]);
	}
	return code;
}

static int do_stop(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	return flow_stop(p, r, o->timeout_s, e);
}

static int do_kill(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	return flow_kill(p, r, o->number, e);
}

static int do_remove(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	return flow_remove(p, r, o->force, e);
}

static int do_pause(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	return flow_pause(p, r, true, e);
}

static int do_unpause(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	return flow_pause(p, r, false, e);
}

/* Prints the exit code instead of the name: 1, "printed already". */
static int do_wait(struct flow_place *p, const struct flow_record *r, const struct options *o, struct err *e)
{
	SCOPED(flow_record) struct flow_record after = {.pid = 0};
	int bad = flow_wait(p, r, -1, e);

	if (bad == 0)
		bad = flow_find(p, r->id, &after, e);
	/* Removed at its end, as it was asked to be: nobody knows its code any more. */
	if (bad < 0)
		return bad;
	printf("%d\n", after.exit_code);
	return 1;
}

static const struct cli_option stop_options[] = {
	{'t', "time", CLI_TEXT, "SECONDS", "how long to wait before SIGKILL (default: 10)",
	 offsetof(struct options, time)},
	{0},
};
static const struct cli_option kill_options[] = {
	{'s', "signal", CLI_TEXT, "SIGNAL", "instead of KILL", offsetof(struct options, signal)},
	{0},
};
static const struct cli_option rm_options[] = {
	{'f', "force", CLI_FLAG, NULL, "kill it first when it runs", offsetof(struct options, force)},
	{0},
};

static int run_stop(const struct cli_context *c, void *data, char **args, size_t count)
{
	struct options *o = data;
	uint64_t seconds = 10;

	if (o->time && str_to_u64(o->time, 86400, &seconds) < 0)
		return cli_usage("--time %s: expected a number of seconds", o->time);
	o->timeout_s = (int)seconds;
	return each(c, o, args, count, do_stop);
}

static int run_kill(const struct cli_context *c, void *data, char **args, size_t count)
{
	struct options *o = data;

	o->number = SIGKILL;
	if (o->signal && kern_signal_from(o->signal, &o->number) < 0)
		return cli_usage("--signal %s: no such signal", o->signal);
	return each(c, o, args, count, do_kill);
}

static int run_rm(const struct cli_context *c, void *data, char **args, size_t count)
{
	return each(c, data, args, count, do_remove);
}

static int run_pause(const struct cli_context *c, void *data, char **args, size_t count)
{
	return each(c, data, args, count, do_pause);
}

static int run_unpause(const struct cli_context *c, void *data, char **args, size_t count)
{
	return each(c, data, args, count, do_unpause);
}

static int run_wait(const struct cli_context *c, void *data, char **args, size_t count)
{
	return each(c, data, args, count, do_wait);
}

#define VERB(words, text, table, function)                                                                             \
	{                                                                                                              \
		.name = words, .arguments = "CONTAINER...", .summary = text, .options = table, .args_min = 1,          \
		.args_max = 1024, .size = sizeof(struct options), .run = function                                      \
	}

const struct cli_command cli_stop =
	VERB("stop", "ask containers to end, and make them after a while", stop_options, run_stop);
const struct cli_command cli_kill = VERB("kill", "send a signal to containers", kill_options, run_kill);
const struct cli_command cli_rm = VERB("rm", "remove containers", rm_options, run_rm);
const struct cli_command cli_pause = VERB("pause", "freeze containers", NULL, run_pause);
const struct cli_command cli_unpause = VERB("unpause", "let frozen containers go on", NULL, run_unpause);
const struct cli_command cli_wait =
	VERB("wait", "wait for containers to end and print their exit codes", NULL, run_wait);
