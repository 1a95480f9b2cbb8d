/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep cp and skep diff: a container's files from outside.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "flow/container.h"

/* "CONTAINER:PATH"; a path on this host begins with / or . or has no colon. */
static bool split_side(const char *text, char *name, size_t len, const char **path)
{
	const char *colon = strchr(text, ':');

	if (text[0] == '/' || text[0] == '.' || !colon || (size_t)(colon - text) >= len)
		return false;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	*path = colon[1] ? colon + 1 : "/";
	return true;
}

static int run_cp(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	char name[FLOW_ID_MAX + 1], other[FLOW_ID_MAX + 1];
	const char *inside = NULL, *ignored = NULL;
	struct err e = {0};
	bool out = split_side(args[0], name, sizeof(name), &inside);
	bool into = !out && split_side(args[1], name, sizeof(name), &inside);

	if (out == into || (out && split_side(args[1], other, sizeof(other), &ignored)))
		return cli_usage("cp: exactly one side must be CONTAINER:PATH");
	if (flow_place_open(&place, &e) < 0 || flow_find(&place, name, &record, &e) < 0 ||
	    flow_copy(&place, &record, inside, into ? args[0] : args[1], into, &e) < 0)
		return cli_fail(&e, 0);
	return CLI_OK;
}

static int put_change(char kind, const char *path, void *data, struct err *e)
{
	printf("%c %s\n", kind, path);
	return 0;
}

static int run_diff(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct err e = {0};

	if (flow_place_open(&place, &e) < 0 || flow_find(&place, args[0], &record, &e) < 0 ||
	    flow_diff(&place, &record, put_change, NULL, &e) < 0)
		return cli_fail(&e, 0);
	return CLI_OK;
}

const struct cli_command cli_cp = {
	.name = "cp",
	.arguments = "SOURCE TARGET",
	.summary = "copy files between a container (CONTAINER:PATH) and this host",
	.example = "  skep cp web:/etc/nginx ./conf\n  skep cp ./page.html web:/site/\n",
	.args_min = 2,
	.args_max = 2,
	.run = run_cp,
};

const struct cli_command cli_diff = {
	.name = "diff",
	.arguments = "CONTAINER",
	.summary = "list what a container added, changed and deleted",
	.args_min = 1,
	.args_max = 1,
	.run = run_diff,
};
