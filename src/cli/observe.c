/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep profile observe: a container's behaviour profile out of a run of it. skep profile try: what a profile refuses in one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "commands.h"
#include "events.h"
#include "flow/behaviour.h"

struct options {
	struct flow_run_options run;
	const char *file, *duration;
};

#define RUN(member) offsetof(struct options, run.member)

/* How the container is run, in both. */
#define RUN_OPTIONS                                                                                                    \
	{0,                                                                                                            \
	 "for",                                                                                                        \
	 CLI_TEXT,                                                                                                     \
	 "TIME",                                                                                                       \
	 "stop it after this long (else it must end by itself): 30s, 5m",                                              \
	 offsetof(struct options, duration)},                                                                          \
		{'e', "env", CLI_LIST, "NAME=VALUE", "set in its environment", RUN(env)},                              \
		{'u', "user", CLI_TEXT, "USER[:GROUP]", "run as this user", RUN(user)},                                \
		{'v', "volume", CLI_LIST, "SRC:DST[:ro]", "mount a folder or file of the host", RUN(volumes)},         \
		{0, "tmpfs", CLI_LIST, "PATH[:OPTIONS]", "memory mounted there", RUN(tmpfs)},                          \
		{0, "network", CLI_TEXT, "none|host", "network (none)", RUN(network)},                                 \
		{'w', "workdir", CLI_TEXT, "DIR", "working folder", RUN(workdir)},                                     \
	{                                                                                                              \
		0                                                                                                      \
	}

static const struct cli_option observe_options[] = {
	{'o', "output", CLI_TEXT, "FILE", "write the profile there instead of to standard output",
	 offsetof(struct options, file)},
	{0, "name", CLI_TEXT, "NAME", "name of the profile, and of the container meanwhile", RUN(name)},
	RUN_OPTIONS};
static const struct cli_option try_options[] = {
	{0, "name", CLI_TEXT, "NAME", "name of the container meanwhile", RUN(name)}, RUN_OPTIONS};

static int write_file(const char *path, const struct buf *text)
{
	scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd_write_all(fd, text->data, text->len);
}

static int write_profile(const struct options *o, const struct flow_observed *seen)
{
	SCOPED(buf) struct buf text = BUF_INIT(4 * PROFILE_BYTES_MAX);
	struct err e = {0};

	profile_yaml(&seen->profile, &seen->notes, &text);
	int r = buf_error(&text);
	if (r == 0 && o->file)
		r = write_file(o->file, &text);
	else if (r == 0 && fputs(buf_str(&text), stdout) < 0)
		r = -EIO;
	return r < 0 ? (err_sys(&e, r, "writing %s", o->file ? o->file : "the profile"), cli_fail(&e, 0)) : CLI_OK;
}

/* What will be held wider than it was seen is not only in the file. */
static void tell_wider(const struct flow_observed *seen)
{
	for (size_t i = 0; i < seen->notes.count; i++)
		if (str_eq(seen->notes.items[i].place, "allowDegraded"))
			fprintf(stderr, "skep: held wider than it was seen: %s\n", seen->notes.items[i].text);
}

/* "IMAGE -- COMMAND": the two dashes are for people. 0, or the exit code. */
static int read_arguments(struct options *o, char **args, size_t count, int *ret_for_ms)
{
	struct err e = {0};
	size_t skip = count > 1 && str_eq(args[1], "--") ? 2 : 1;

	*ret_for_ms = -1;
	if (cli_duration(o->duration, ret_for_ms, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	o->run.image = args[0];
	o->run.command = args + skip;
	o->run.command_count = count - skip;
	return CLI_OK;
}

static void tell_code(int code)
{
	if (code > 0)
		fprintf(stderr, "skep: the container ended with code %d: is this how it works?\n", code);
}

static int run_observe(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_observed) struct flow_observed seen = FLOW_OBSERVED_INIT;
	struct options *o = data;
	struct err e = {0};
	int for_ms, bad = read_arguments(o, args, count, &for_ms);

	if (bad != CLI_OK)
		return bad;
	int r = flow_place_open(&place, &e);
	if (r == 0)
		r = flow_behaviour_observe(&place, &o->run, for_ms, &seen, &e);
	if (r < 0)
		return cli_fail(&e, r == -EINVAL ? CLI_USAGE : 0);
	tell_code(seen.code);
	tell_wider(&seen);
	return write_profile(o, &seen);
}

static int run_try(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_tried) struct flow_tried tried = FLOW_TRIED_INIT;
	struct options *o = data;
	struct err e = {0};
	int for_ms, bad = read_arguments(o, args + 1, count - 1, &for_ms);

	if (bad != CLI_OK)
		return bad;
	o->run.profile = args[0];
	int r = flow_place_open(&place, &e);
	if (r == 0)
		r = flow_behaviour_try(&place, &o->run, for_ms, &tried, &e);
	if (r < 0)
		return cli_fail(&e, r == -EINVAL ? CLI_USAGE : 0);
	tell_code(tried.code);
	for (size_t i = 0; i < tried.refused.count; i++)
		printf("%s\n", tried.refused.items[i]);
	if (ferror(stdout))
		return CLI_FAILED;
	return tried.refused.count ? CLI_FINDINGS : CLI_OK;
}

static void done(void *data)
{
	struct options *o = data;
	strv_done(&o->run.env);
	strv_done(&o->run.volumes);
	strv_done(&o->run.tmpfs);
}

const struct cli_command cli_profile_observe = {
	.name = "profile observe",
	.arguments = "IMAGE [--] [COMMAND...]",
	.summary = "run an image and write down what it does, as a behaviour profile",
	.example = "  skep profile observe -o web.yaml web:1.2 -- /test/all\n  skep profile observe --for 30s "
		   "--network host web:1.2 >web.yaml\n",
	.options = observe_options,
	.args_min = 1,
	.args_max = STRV_MAX,
	.stop_at_first = true,
	.size = sizeof(struct options),
	.run = run_observe,
	.done = done,
};

const struct cli_command cli_profile_try = {
	.name = "profile try",
	.words = FLOW_PROFILE_NAMES,
	.arguments = "PROFILE IMAGE [--] [COMMAND...]",
	.summary = "run an image held to a profile, and list what was refused (then the exit code is 1)",
	.example = "  skep profile try web.yaml web:1.2 -- /test/all\n  skep profile try --for 10m --network host "
		   "web.yaml web:1.2\n",
	.options = try_options,
	.args_min = 2,
	.args_max = STRV_MAX,
	.stop_at_first = true,
	.size = sizeof(struct options),
	.run = run_try,
	.done = done,
};
