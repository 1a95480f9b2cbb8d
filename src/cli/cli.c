/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the command on the line and runs it. The table of commands is the only list of them.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "commands.h"
#include "oci/store.h"

#define STATE_ROOT "/run/skep"
#define OPTIONS_BYTES_MAX 2048 /* of a command's structure */

struct globals {
	const char *root, *state;
	bool version;
};

static const struct cli_option global_options[] = {
	{0, "root", CLI_TEXT, "DIR", "the store", offsetof(struct globals, root)},
	{0, "state", CLI_TEXT, "DIR", "run-time state", offsetof(struct globals, state)},
	{0, "version", CLI_FLAG, NULL, "print the version", offsetof(struct globals, version)},
	{0},
};

const struct cli_command *const cli_commands[] = {
	&cli_run,
	&cli_ps,
	&cli_exec,
	&cli_logs,
	&cli_stop,
	&cli_kill,
	&cli_rm,
	&cli_inspect,
	&cli_stats,
	&cli_top,
	&cli_cp,
	&cli_diff,
	&cli_wait,
	&cli_events,
	&cli_watch,
	&cli_record,
	&cli_replay,
	&cli_pause,
	&cli_unpause,
	&cli_image_import,
	&cli_image_ls,
	&cli_image_inspect,
	&cli_image_rm,
	&cli_image_unpack,
	&cli_image_export,
	&cli_scan,
	&cli_sbom,
	&cli_score,
	&cli_explain,
	&cli_db_import,
	&cli_db_update,
	&cli_db_status,
	&cli_db_publish,
	&cli_policy_check,
	&cli_policy_explain,
	&cli_policy_test,
	&cli_profile_observe,
	&cli_profile_try,
	&cli_profile_show,
	&cli_profile_lint,
	&cli_profile_ladder,
	&cli_profile_diff,
	&cli_profile_merge,
	&cli_profile_status,
	&cli_profile_mode,
	&cli_profile_break_glass,
	&cli_doctor,
	&cli_completion,
	NULL,
};

/* The command whose words the line begins with; *USED gets their number. */
static const struct cli_command *find_command(char **line, size_t count, size_t *used)
{
	for (size_t i = 0; cli_commands[i]; i++) {
		const char *name = cli_commands[i]->name;
		const char *space = strchr(name, ' ');
		size_t first = space ? (size_t)(space - name) : strlen(name);
		if (strlen(line[0]) != first || strncmp(line[0], name, first) != 0)
			continue;
		if (!space || (count > 1 && str_eq(line[1], space + 1))) {
			*used = space ? 2 : 1;
			return cli_commands[i];
		}
	}
	return NULL;
}

static int run_command(const struct cli_context *c, const struct cli_command *command, char **line, size_t count)
{
	_Alignas(16) char options[OPTIONS_BYTES_MAX] = {0};
	struct cli_line parsed = {command->options, command->stop_at_first, line, count, options, {0}, false};
	struct err e = {0};
	int code;
	int r = cli_parse(&parsed, &e);
	const struct strv *rest = &parsed.rest;

	if (r == 0 && parsed.help) {
		cli_help(command);
		code = CLI_OK;
	} else if (r < 0) {
		code = cli_usage("%s: %s; see skep %s --help", command->name, err_text(&e), command->name);
	} else if (rest->count < command->args_min || rest->count > command->args_max) {
		code = cli_usage("%s: expected %s; see skep %s --help", command->name,
				 command->arguments[0] ? command->arguments : "no arguments", command->name);
	} else {
		static char *none[] = {NULL};
		code = command->run(c, options, rest->items ? rest->items : none, rest->count);
	}
	strv_done(&parsed.rest);
	if (command->done)
		command->done(options);
	/* docker's callers tell a container's code from our own by this one. */
	return code == CLI_USAGE && str_eq(command->name, "run") ? CLI_RUN_FAILED : code;
}

/* "skep policy" and "skep policy --help": the commands that begin so. */
static int other(char **line, size_t count)
{
	bool help = count > 1 && (str_eq(line[1], "--help") || str_eq(line[1], "help"));

	if ((count == 1 || help) && cli_help_group(line[0]))
		return help ? CLI_OK : CLI_USAGE;
	return cli_usage("unknown command \"%s%s%s\"; see skep --help", line[0], count > 1 ? " " : "",
			 count > 1 ? line[1] : "");
}

static int dispatch(const struct globals *g, struct strv *rest, bool help)
{
	size_t used = 0;

	if (g->version) {
		printf("skep %s\n", SKEP_VERSION);
		return CLI_OK;
	}
	if (help || !rest->count || str_eq(rest->items[0], "help")) {
		cli_help_all();
		return help || rest->count ? CLI_OK : CLI_USAGE;
	}
	const struct cli_command *command = find_command(rest->items, rest->count, &used);
	if (!command)
		return other(rest->items, rest->count);
	struct cli_context c = {.root = g->root, .state = g->state};
	return run_command(&c, command, rest->items + used, rest->count - used);
}

int cli_main(int argc, char **argv)
{
	struct globals g = {.root = OCI_STORE_ROOT, .state = STATE_ROOT};
	struct cli_line line = {global_options, true, argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &g, {0}, false};
	struct err e = {0};
	int r = cli_parse(&line, &e);
	int code = r < 0 ? cli_usage("%s; see skep --help", err_text(&e)) : dispatch(&g, &line.rest, line.help);

	strv_done(&line.rest);
	return code;
}
