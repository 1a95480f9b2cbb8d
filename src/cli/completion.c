/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep completion: a script for bash, made from the table of commands and their options. Other shells and the manual
 * page are in completion-more.c.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "completion.h"

static void put_words(const struct cli_command *command)
{
	printf("\t\"%s\") words=\"--help", command->name);
	for (const struct cli_option *o = command->options; o && o->name; o++)
		printf(" --%s", o->name);
	printf("%s%s\" ;;\n", command->words ? " " : "", command->words ? command->words : "");
}

/* The second words behind a first one. */
static void put_group(const char *first)
{
	printf("\"\n\telif [ \"$first\" = %s] && [ \"$COMP_CWORD\" -eq 2 ]; then words=\"", first);
	for (size_t i = 0; cli_commands[i]; i++)
		if (str_starts_with(cli_commands[i]->name, first))
			printf("%s ", cli_commands[i]->name + strlen(first));
}

static void print_bash(void)
{
	printf("_skep() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\"\" first=${COMP_WORDS[1]-} key\n\tkey=$first\n"
	       "\tcase $first in db | image | policy | profile) key=\"$first ${COMP_WORDS[2]-}\" ;; esac\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then words=\"db image policy profile");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden && !strchr(cli_commands[i]->name, ' '))
			printf(" %s", cli_commands[i]->name);
	put_group("db ");
	put_group("image ");
	put_group("policy ");
	put_group("profile ");
	printf("\"\n\telse case \"$key\" in\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden)
			put_words(cli_commands[i]);
	printf("\tesac\n\tfi\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n}\n"
	       "complete -o default -F _skep skep\n");
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} kinds[] = {{"bash", print_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}, {"man", completion_man}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (str_eq(args[0], kinds[i].name)) {
			kinds[i].print();
			return CLI_OK;
		}
	}
	return cli_usage("completion %s: this build knows bash, zsh, fish and man", args[0]);
}

const struct cli_command cli_completion = {
	.name = "completion",
	.arguments = "bash|zsh|fish|man",
	.summary = "print a completion script, or the manual page",
	.example = "  source <(skep completion bash)\n"
		   "  skep completion zsh >/usr/share/zsh/vendor-completions/_skep\n"
		   "  skep completion man | man -l -\n",
	.args_min = 1,
	.args_max = 1,
	.run = run,
};
