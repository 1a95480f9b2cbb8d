/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep profile: behaviour profiles for people.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "events.h"
#include "flow/behaviour.h"
#include "policy/profile.h"

struct options {
	const char *format, *fail_on;
};

#define FORMAT                                                                                                         \
	{                                                                                                              \
		'o', "output", CLI_TEXT, "FORMAT", "table or json", offsetof(struct options, format)                   \
	}
#define FAIL_ON                                                                                                        \
	{                                                                                                              \
		0, "fail-on", CLI_TEXT, "LEVEL", "exit 1 at a remark of this level: note, warning or danger",          \
			offsetof(struct options, fail_on)                                                              \
	}

static const struct cli_option show_options[] = {FORMAT, {0}};
static const struct cli_option remark_options[] = {FORMAT, FAIL_ON, {0}};

/* 0, or the exit code. */
static int read_profile(const char *path, struct profile *ret)
{
	struct err e = {0};
	int r = flow_behaviour_read(path, ret, &e);

	return r < 0 ? cli_fail(&e, r == -EINVAL || r == -EMSGSIZE ? CLI_USAGE : 0) : 0;
}

static int run_show(const struct cli_context *c, void *into, char **args, size_t count)
{
	const struct options *o = into;
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf page = BUF_INIT(4 * PROFILE_BYTES_MAX);
	struct err e = {0};
	bool json;

	if (cli_format(o->format, &json, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	if (!json && !strchr(args[0], '/') && flow_profile_words(args[0], &page) == 0)
		return fputs(buf_str(&page), stdout) < 0 ? CLI_FAILED : CLI_OK;
	int r = read_profile(args[0], &p);
	if (r != 0)
		return r;
	if (json)
		profile_encode(&p, &page);
	else
		profile_words(&p, &page);
	if (json)
		return cli_put(&page);
	return fputs(buf_str(&page), stdout) < 0 ? CLI_FAILED : CLI_OK;
}

static void put_remark(struct json_out *o, const struct remark *r)
{
	json_out_object(o, NULL);
	json_out_str(o, "level", remark_level_name(r->level));
	json_out_str(o, "place", r->place);
	json_out_str(o, "text", r->text);
	json_out_object_end(o);
}

static int put_remarks(const struct remarks *r, bool json, const char *none)
{
	SCOPED(buf) struct buf text = BUF_INIT(4 * PROFILE_BYTES_MAX);
	struct json_out o = JSON_OUT_PRETTY(&text);

	if (!json) {
		for (size_t i = 0; i < r->count; i++)
			printf("%s: %s: %s\n", remark_level_name(r->items[i].level), r->items[i].place,
			       r->items[i].text);
		if (!r->count)
			printf("%s\n", none);
		return ferror(stdout) ? CLI_FAILED : CLI_OK;
	}
	json_out_array(&o, NULL);
	for (size_t i = 0; i < r->count; i++)
		put_remark(&o, &r->items[i]);
	json_out_array_end(&o);
	return cli_put(&text);
}

/* The level of --fail-on; one over the worst when it is not given. */
static int fail_level(const struct options *o, int *ret)
{
	*ret = REMARK_DANGER + 1;
	for (int level = REMARK_NOTE; o->fail_on && level <= REMARK_DANGER; level++)
		if (str_eq(o->fail_on, remark_level_name((enum remark_level)level)))
			*ret = level;
	return o->fail_on && *ret > REMARK_DANGER
		       ? cli_usage("--fail-on %s: expected note, warning or danger", o->fail_on)
		       : 0;
}

static int finish(const struct options *o, const struct remarks *r, const char *none)
{
	struct err e = {0};
	bool json;
	int level, bad = fail_level(o, &level);

	if (bad)
		return bad;
	if (cli_format(o->format, &json, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	bad = put_remarks(r, json, none);
	/* The worst is first. */
	return bad ? bad : r->count && (int)r->items[0].level >= level ? CLI_FINDINGS : CLI_OK;
}

static int run_lint(const struct cli_context *c, void *into, char **args, size_t count)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	int bad = read_profile(args[0], &p);

	if (bad != 0)
		return bad;
	return profile_lint(&p, &r) < 0 ? CLI_FAILED : finish(into, &r, "nothing is wider than it should be");
}

static int run_merge(const struct cli_context *c, void *into, char **args, size_t count)
{
	const struct options *o = into;
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf text = BUF_INIT(4 * PROFILE_BYTES_MAX);
	struct err e = {0};
	bool json;
	int bad = read_profile(args[0], &p);

	if (cli_format(o->format, &json, &e) < 0)
		return cli_fail(&e, CLI_USAGE);
	for (size_t i = 1; bad == 0 && i < count; i++) {
		SCOPED(profile) struct profile other = PROFILE_INIT;
		bad = read_profile(args[i], &other);
		if (bad == 0 && profile_merge(&p, &other) < 0)
			return CLI_FAILED;
	}
	if (bad != 0)
		return bad;
	if (json)
		profile_encode(&p, &text);
	else
		profile_yaml(&p, NULL, &text);
	if (json || buf_error(&text))
		return cli_put(&text);
	return fputs(buf_str(&text), stdout) < 0 ? CLI_FAILED : CLI_OK;
}

static int run_ladder(const struct cli_context *c, void *into, char **args, size_t count)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	int bad = read_profile(args[0], &p);

	if (bad != 0)
		return bad;
	return flow_behaviour_ladder(&p, &r) < 0 ? CLI_FAILED : finish(into, &r, "this host holds it as it is written");
}

static int run_diff(const struct cli_context *c, void *into, char **args, size_t count)
{
	SCOPED(profile) struct profile before = PROFILE_INIT;
	SCOPED(profile) struct profile after = PROFILE_INIT;
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	int bad = read_profile(args[0], &before);

	if (bad == 0)
		bad = read_profile(args[1], &after);
	if (bad != 0)
		return bad;
	return profile_diff(&before, &after, &r) < 0 ? CLI_FAILED : finish(into, &r, "both allow the same");
}

const struct cli_command cli_profile_show = {
	.name = "profile show",
	.arguments = "NAME|FILE",
	.summary = "show what a profile allows, as a page",
	.words = FLOW_PROFILE_NAMES,
	.example = "  skep profile show strict\n  skep profile show web.yaml -o json    # the canonical form\n",
	.options = show_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_show,
};

const struct cli_command cli_profile_lint = {
	.name = "profile lint",
	.arguments = "FILE",
	.summary = "show what is too wide in a profile",
	.example = "  skep profile lint web.yaml --fail-on warning\n",
	.options = remark_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_lint,
};

const struct cli_command cli_profile_merge = {
	.name = "profile merge",
	.arguments = "FILE FILE...",
	.summary = "write one profile that allows what any of these does",
	.example = "  skep profile merge monday.yaml tuesday.yaml >web.yaml\n",
	.options = show_options,
	.args_min = 2,
	.args_max = 1000,
	.size = sizeof(struct options),
	.run = run_merge,
};

const struct cli_command cli_profile_ladder = {
	.name = "profile ladder",
	.arguments = "FILE",
	.summary = "show what of a profile this host cannot hold, or only wider than it is written",
	.example = "  skep profile ladder web.yaml --fail-on danger\n",
	.options = remark_options,
	.args_min = 1,
	.args_max = 1,
	.size = sizeof(struct options),
	.run = run_ladder,
};

const struct cli_command cli_profile_diff = {
	.name = "profile diff",
	.arguments = "BEFORE AFTER",
	.summary = "say what a new version newly does, the worst first",
	.example = "  skep profile diff web-1.yaml web-2.yaml --fail-on danger\n",
	.options = remark_options,
	.args_min = 2,
	.args_max = 2,
	.size = sizeof(struct options),
	.run = run_diff,
};
