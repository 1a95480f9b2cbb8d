/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts for zsh and fish, and the manual page, from the table of commands. Each quotes the words of the table as its
 * language wants them.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "completion.h"

/* Prints TEXT with each of SPECIAL behind a backslash; a single quote as the shells' '\''. */
static void put_quoted(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

/* Whether a command before this one has the same first word. */
static bool has_group_before(size_t index, size_t len)
{
	for (size_t i = 0; i < index; i++)
		if (strncmp(cli_commands[i]->name, cli_commands[index]->name, len) == 0 &&
		    cli_commands[i]->name[len] == ' ')
			return true;
	return false;
}

static void zsh_options(const struct cli_command *command)
{
	printf("\t\t_arguments -S");
	for (const struct cli_option *o = command->options; o && o->name; o++) {
		bool value = o->kind != CLI_FLAG;
		printf(" '");
		if (o->kind == CLI_LIST)
			putchar('*');
		printf("--%s%s[", o->name, value ? "=" : "");
		put_quoted(o->help ? o->help : "", "[]:\\");
		printf("]%s'", value ? ":value:_files" : "");
	}
	if (command->words)
		printf(" '1:name:{compadd %s; _files}'", command->words);
	printf(" '--help[explain]' '*:argument:_files' ;;\n");
}

void completion_zsh(void)
{
	printf("#compdef skep\n\n_skep() {\n\tlocal key=$words[2] skip=1\n\tlocal -a found\n"
	       "\tif (( CURRENT == 2 )); then\n\t\tfound=(");
	for (size_t i = 0; cli_commands[i]; i++) {
		size_t len = strcspn(cli_commands[i]->name, " ");
		if (cli_commands[i]->hidden || (cli_commands[i]->name[len] && has_group_before(i, len)))
			continue;
		printf("\n\t\t\t'%.*s:", (int)len, cli_commands[i]->name);
		put_quoted(cli_commands[i]->name[len] ? "more commands" : cli_commands[i]->summary, "\\:");
		putchar('\'');
	}
	printf(")\n\t\t_describe command found\n\t\treturn\n\tfi\n\tcase $key in\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		size_t len = strcspn(cli_commands[i]->name, " ");
		if (!cli_commands[i]->name[len] || has_group_before(i, len))
			continue;
		printf("\t%.*s)\n\t\tif (( CURRENT == 3 )); then\n\t\t\tfound=(", (int)len, cli_commands[i]->name);
		for (size_t j = i; cli_commands[j]; j++) {
			if (strncmp(cli_commands[j]->name, cli_commands[i]->name, len + 1) != 0)
				continue;
			printf("'%s:", cli_commands[j]->name + len + 1);
			put_quoted(cli_commands[j]->summary, "\\:");
			printf("' ");
		}
		printf(")\n\t\t\t_describe command found\n\t\t\treturn\n\t\tfi\n\t\tkey=\"$key $words[3]\" skip=2 "
		       ";;\n");
	}
	printf("\tesac\n\tshift skip words\n\t(( CURRENT -= skip ))\n\tcase $key in\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		if (cli_commands[i]->hidden)
			continue;
		printf("\t'%s')\n", cli_commands[i]->name);
		zsh_options(cli_commands[i]);
	}
	printf("\tesac\n}\n\n_skep \"$@\"\n");
}

/* The condition under which a command's options are offered. */
static void fish_condition(const struct cli_command *command)
{
	size_t len = strcspn(command->name, " ");

	printf("complete -c skep -n '__fish_seen_subcommand_from %.*s", (int)len, command->name);
	if (command->name[len])
		printf("; and __fish_seen_subcommand_from %s", command->name + len + 1);
	printf("'");
}

static void fish_command(const struct cli_command *command)
{
	size_t len = strcspn(command->name, " ");

	if (command->name[len])
		printf("complete -c skep -f -n '__fish_seen_subcommand_from %.*s' -a %s -d '", (int)len, command->name,
		       command->name + len + 1);
	else
		printf("complete -c skep -f -n __fish_use_subcommand -a %s -d '", command->name);
	put_quoted(command->summary, "\\");
	printf("'\n");
	if (command->words) {
		fish_condition(command);
		printf(" -a '%s'\n", command->words);
	}
	for (const struct cli_option *o = command->options; o && o->name; o++) {
		fish_condition(command);
		printf(" -l %s", o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		printf("%s -d '", o->kind == CLI_FLAG ? "" : " -r");
		put_quoted(o->help ? o->help : "", "\\");
		printf("'\n");
	}
}

void completion_fish(void)
{
	for (size_t i = 0; cli_commands[i]; i++) {
		size_t len = strcspn(cli_commands[i]->name, " ");
		if (cli_commands[i]->name[len] && !has_group_before(i, len))
			printf("complete -c skep -f -n __fish_use_subcommand -a %.*s -d 'more commands'\n", (int)len,
			       cli_commands[i]->name);
	}
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden)
			fish_command(cli_commands[i]);
}

/* Text of a manual page: no line of it is a request, hyphens are ASCII ones. */
static void put_roff(const char *text)
{
	bool line_start = true;

	for (; *text; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", stdout);
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
		line_start = *text == '\n';
	}
}

static void man_option(const struct cli_option *o)
{
	printf(".TP\n\\fB");
	if (o->letter)
		printf("\\-%c\\fR, \\fB", o->letter);
	printf("\\-\\-");
	put_roff(o->name);
	printf("\\fR");
	if (o->kind != CLI_FLAG) {
		printf(" \\fI");
		put_roff(o->value ? o->value : "VALUE");
		printf("\\fR");
	}
	putchar('\n');
	put_roff(o->help ? o->help : "");
	putchar('\n');
}

static void man_command(const struct cli_command *command)
{
	printf(".SS \"skep %s ", command->name);
	put_roff(command->arguments);
	printf("\"\n");
	put_roff(command->summary);
	printf(".\n");
	for (const struct cli_option *o = command->options; o && o->name; o++)
		man_option(o);
	if (command->example) {
		printf(".PP\nExamples:\n.PP\n.nf\n");
		put_roff(command->example);
		printf(".fi\n");
	}
}

void completion_man(void)
{
	printf(".TH SKEP 1 \"\" \"skep " SKEP_VERSION "\"\n.SH NAME\nskep \\- runs containers under strict isolation\n"
	       ".SH SYNOPSIS\n\\fBskep\\fR [\\fB\\-\\-root\\fR \\fIDIR\\fR] [\\fB\\-\\-state\\fR \\fIDIR\\fR] "
	       "\\fICOMMAND\\fR [options] [arguments]\n.SH COMMANDS\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden)
			man_command(cli_commands[i]);
	printf(".SH EXIT STATUS\n0: done. 1: findings. 2: a mistake on the line. 3: it could not be done. 5: "
	       "refused.\n.PP\n"
	       "\\fBskep run\\fR gives the container's own exit status, 125 when skep failed, 126 when the command "
	       "cannot be\n"
	       "executed, 127 when it is not found.\n");
}
