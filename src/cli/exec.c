/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep exec: a further process in a running container.
 */
#include "commands.h"
#include "flow/container.h"

#define EXEC(member) offsetof(struct flow_exec_options, member)
static const struct cli_option options[] = {
	{'d', "detach", CLI_FLAG, NULL, "do not wait for it", EXEC(detach)},
	{'i', "interactive", CLI_FLAG, NULL, "give it our standard input", EXEC(input)},
	{'t', "tty", CLI_FLAG, NULL, "give it a terminal", EXEC(tty)},
	{'e', "env", CLI_LIST, "NAME=VALUE", "set in its environment", EXEC(env)},
	{'w', "workdir", CLI_TEXT, "DIR", "where it starts", EXEC(workdir)},
	{'u', "user", CLI_TEXT, "UID[:GID]", "who it runs as", EXEC(user)},
	{0},
};

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct flow_exec_options *o = data;
	struct err e = {0};

	o->command = args + 1;
	o->command_count = count - 1;
	if (flow_place_open(&place, &e) < 0 || flow_find(&place, args[0], &record, &e) < 0)
		return cli_fail(&e, CLI_RUN_FAILED);
	/* Whoever waits here for hours must not keep others from removing images. */
	oci_store_free(place.store);
	place.store = NULL;
	int code = flow_exec(&place, &record, o, &e);
	if (code >= 0)
		return code;
	return cli_fail(&e, code == -ENOENT   ? CLI_RUN_NOT_FOUND
			    : code == -EACCES ? CLI_RUN_CANNOT_EXECUTE
					      : CLI_RUN_FAILED);
}

static void done(void *data)
{
	struct flow_exec_options *o = data;

	strv_done(&o->env);
}

const struct cli_command cli_exec = {
	.name = "exec",
	.arguments = "CONTAINER COMMAND...",
	.summary = "run a command in a running container",
	.options = options,
	.args_min = 2,
	.args_max = STRV_MAX,
	.stop_at_first = true,
	.size = sizeof(struct flow_exec_options),
	.run = run,
	.done = done,
};
