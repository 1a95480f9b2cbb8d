/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep profile status, mode, break-glass: how a running container is held, what it was refused, and changes of both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "commands.h"
#include "events.h"
#include "flow/denials.h"

struct options {
	const char *format, *reason, *duration;
};

static const struct cli_option status_options[] = {
	{'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)},
	{0},
};
static const struct cli_option mode_options[] = {
	{0, "reason", CLI_TEXT, "TEXT", "why: written down with who and when", offsetof(struct options, reason)},
	{0, "after", CLI_TEXT, "TIME", "enforce from then on, count till then: 30m",
	 offsetof(struct options, duration)},
	{0},
};
static const struct cli_option glass_options[] = {
	{0, "reason", CLI_TEXT, "TEXT", "why: written down with who and when", offsetof(struct options, reason)},
	{0, "for", CLI_TEXT, "TIME", "how long, at most a day: 10m; 0s mends it now",
	 offsetof(struct options, duration)},
	{0},
};

static int find(struct flow_place *p, const char *name, struct flow_record *ret, struct err *e)
{
	int r = flow_place_open(p, e);
	return r < 0 ? r : flow_find(p, name, ret, e);
}

/* ---- status ---- */

static void put_time(struct json_out *o, const char *key, int64_t ns)
{
	char text[CLOCK_TEXT_MAX];
	clock_text(ns, text);
	json_out_str(o, key, ns ? text : NULL);
}

static int held_json(const struct flow_held *h, void *data, struct err *e)
{
	struct json_out *o = data;
	json_out_object(o, NULL);
	json_out_str(o, "part", h->part);
	json_out_str(o, "mode", h->mode);
	json_out_str(o, "rung", h->rung);
	json_out_bool(o, "changesWhileRunning", h->changes);
	put_time(o, "relaxedUntil", h->relaxed_until);
	json_out_object_end(o);
	return 0;
}

static int denial_json(const struct flow_denial *d, void *data, struct err *e)
{
	struct json_out *o = data;
	json_out_object(o, NULL);
	json_out_str(o, "part", d->part);
	json_out_str(o, "verb", d->verb);
	json_out_str(o, "what", d->what);
	json_out_str(o, "command", d->command);
	json_out_bool(o, "refused", d->refused);
	json_out_u64(o, "count", d->count);
	put_time(o, "first", d->first);
	put_time(o, "last", d->last);
	json_out_object_end(o);
	return 0;
}

static int change_json(const struct flow_change *c, void *data, struct err *e)
{
	struct json_out *o = data;
	json_out_object(o, NULL);
	json_out_str(o, "time", c->time);
	json_out_str(o, "user", c->user);
	json_out_str(o, "what", c->what);
	json_out_str(o, "reason", c->reason);
	json_out_object_end(o);
	return 0;
}

static int status_json(struct flow_place *p, const struct flow_record *record, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "container", record->name);
	json_out_str(&o, "profile", record->profile);
	json_out_array(&o, "parts");
	int r = flow_held(p, record, held_json, &o, e);
	json_out_array_end(&o);
	json_out_array(&o, "denials");
	if (r == 0)
		r = flow_denials(p, record, denial_json, &o, e);
	json_out_array_end(&o);
	json_out_array(&o, "changes");
	if (r == 0)
		r = flow_audit(p, record, change_json, &o, e);
	json_out_array_end(&o);
	json_out_object_end(&o);
	return r < 0 ? cli_fail(e, 0) : cli_put(&b);
}

static int held_line(const struct flow_held *h, void *data, struct err *e)
{
	char until[CLOCK_TEXT_MAX] = "";
	if (h->relaxed_until)
		clock_text(h->relaxed_until, until);
	printf("%-14s%-9s%s%s%s%s\n", h->part, h->mode, h->rung, h->changes ? "" : ", since its start for good",
	       until[0] ? "; only counts until " : "", until);
	return 0;
}

/* For one line of a terminal. */
static char *plain(const char *text)
{
	char *copy = str_dup(text);
	if (copy)
		str_plain(copy, strlen(copy));
	return copy;
}

static int denial_line(const struct flow_denial *d, void *data, struct err *e)
{
	bool *any = data;
	scoped_free char *what = plain(d->what), *command = plain(d->command);

	if (!what || !command)
		return err_set(e, -ENOMEM, "out of memory");
	if (!*any)
		printf("\n");
	*any = true;
	printf("%s %llux %s %s%s%.15s\n", d->refused ? "refused" : "would refuse", (unsigned long long)d->count,
	       d->verb, what, command[0] ? ", by " : "", command);
	return 0;
}

static int change_line(const struct flow_change *c, void *data, struct err *e)
{
	scoped_free char *reason = plain(c->reason);

	if (!reason)
		return err_set(e, -ENOMEM, "out of memory");
	printf("\n%.19sZ %s, by %s: %s", c->time, c->what, c->user, reason);
	*(bool *)data = true;
	return 0;
}

static int status_words(struct flow_place *p, const struct flow_record *record, struct err *e)
{
	bool any = false, changed = false;

	printf("%s, profile %s\n\n", record->name, record->profile);
	int r = flow_held(p, record, held_line, NULL, e);
	if (r == 0)
		r = flow_denials(p, record, denial_line, &any, e);
	if (r == 0 && !any)
		printf("\nnothing was refused\n");
	if (r == 0)
		r = flow_audit(p, record, change_line, &changed, e);
	if (changed)
		printf("\n");
	return r < 0 ? cli_fail(e, 0) : CLI_OK;
}

static int run_status(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	const struct options *o = data;
	struct err e = {0};
	bool json;

	if (cli_format(o->format, &json, &e) < 0)
		return cli_usage("%s", err_text(&e));
	if (find(&place, args[0], &record, &e) < 0)
		return cli_fail(&e, 0);
	return json ? status_json(&place, &record, &e) : status_words(&place, &record, &e);
}

/* ---- changes ---- */

static int run_mode(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	const struct options *o = data;
	struct err e = {0};
	int r = 0, after_ms = 0;

	if (!o->reason)
		return cli_usage("profile mode: --reason is needed; it is written down");
	if (o->duration && cli_duration(o->duration, &after_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	if (find(&place, args[0], &record, &e) < 0)
		return cli_fail(&e, 0);
	for (size_t i = 1; r == 0 && i < count; i++) {
		char *equals = strchr(args[i], '=');
		struct flow_mode_change change = {
			.part = args[i], .reason = o->reason, .after_seconds = (unsigned)after_ms / 1000};
		if (!equals || profile_mode_read(equals + 1, &change.mode, &e) < 0)
			return cli_usage("profile mode: %.80s: expected PART=MODE, such as network=alert", args[i]);
		*equals = '\0';
		r = flow_set_mode(&place, &record, &change, &e);
	}
	return r < 0 ? cli_fail(&e, 0) : CLI_OK;
}

enum { DAY_MS = 24 * 3600 * 1000 };

static int run_glass(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	const struct options *o = data;
	struct err e = {0};
	int for_ms = 0;

	if (!o->reason || !o->duration)
		return cli_usage("profile break-glass: --reason and --for are needed; both are written down");
	if (cli_duration(o->duration, &for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	if (for_ms > DAY_MS)
		return cli_usage("profile break-glass: --for %s is longer than a day", o->duration);
	int r = find(&place, args[0], &record, &e);
	if (r == 0)
		r = flow_break_glass(&place, &record, o->reason, (unsigned)for_ms / 1000, &e);
	return r < 0 ? cli_fail(&e, 0) : CLI_OK;
}

const struct cli_command cli_profile_status = {
	.name = "profile status",
	.arguments = "CONTAINER",
	.summary = "show how a container is held, what it was or would be refused, and who changed that",
	.example = "  skep profile status web\n  skep profile status web -o json | jq .denials\n",
	.options = status_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_status,
};

const struct cli_command cli_profile_mode = {
	.name = "profile mode",
	.arguments = "CONTAINER PART=MODE...",
	.summary = "change how a running container is held: network, starts and drift, to alert or enforce",
	.example = "  skep profile mode web network=alert --reason 'new backend, ticket 4711'\n"
		   "  skep profile mode web network=enforce --after 24h --reason 'learned enough'\n",
	.options = mode_options,
	.args_min = 2,
	.args_max = 20,
	.size = sizeof(struct options),
	.run = run_mode,
};

const struct cli_command cli_profile_break_glass = {
	.name = "profile break-glass",
	.arguments = "CONTAINER",
	.summary = "let a running container do what it is refused, for a time, with a reason",
	.example = "  skep profile break-glass web --for 10m --reason 'outage 815: needs the old database'\n",
	.options = glass_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_glass,
};
