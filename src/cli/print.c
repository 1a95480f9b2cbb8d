/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read: tables, sizes, ages, errors, help.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "command.h"

int cli_fail(const struct err *e, int code)
{
	const char *text = err_text(e);
	/* What is denied to anybody but root says so: "Permission denied" alone leaves people looking at the path. */
	bool denied = strstr(text, strerror(EACCES)) || strstr(text, strerror(EPERM));

	fprintf(stderr, "skep: %s%s\n", text, denied && geteuid() != 0 ? " (run it as root)" : "");
	return code ? code : CLI_FAILED;
}

int cli_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("skep: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_USAGE;
}

int cli_format(const char *text, bool *ret_json, struct err *e)
{
	if (!text || str_eq(text, "table"))
		*ret_json = false;
	else if (str_eq(text, "json"))
		*ret_json = true;
	else
		return err_set(e, -EINVAL, "-o %s: expected table or json", text);
	return 0;
}

int cli_put(const struct buf *b)
{
	if (buf_error(b) || fd_write_all(STDOUT_FILENO, buf_str(b), b->len) < 0 ||
	    fd_write_all(STDOUT_FILENO, "\n", 1) < 0) {
		fprintf(stderr, "skep: cannot write the output\n");
		return CLI_FAILED;
	}
	return CLI_OK;
}

void cli_table_add(struct cli_table *t, const char *cell)
{
	/* A lost cell shows as a short last row; the print reports it. */
	ignore(strv_add(&t->cells, cell));
}

#define COLUMNS_MAX 16
int cli_table_print(struct cli_table *t)
{
	size_t widths[COLUMNS_MAX] = {0};
	bool whole = t->columns <= COLUMNS_MAX && t->cells.count % t->columns == 0;

	for (size_t i = 0; whole && i < t->cells.count; i++) {
		size_t len = strlen(t->cells.items[i]);
		if (len > widths[i % t->columns])
			widths[i % t->columns] = len;
	}
	for (size_t i = 0; whole && i < t->cells.count; i++) {
		size_t column = i % t->columns;
		bool last = column + 1 == t->columns;
		printf("%-*s%s", last ? 0 : (int)widths[column], t->cells.items[i], last ? "\n" : "   ");
	}
	strv_done(&t->cells);
	if (whole && fflush(stdout) == 0)
		return CLI_OK;
	fprintf(stderr, "skep: cannot write the output\n");
	return CLI_FAILED;
}

void cli_size(unsigned long long bytes, char *text, size_t len)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1000 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(text, len,
		 unit && value < 10    ? "%.2f%s"
		 : unit && value < 100 ? "%.1f%s"
				       : "%.0f%s",
		 value, units[unit]);
}

void cli_age(const char *since, char *text, size_t len)
{
	static const struct {
		long seconds;
		const char *name;
	} units[] = {{365 * 86400L, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	int64_t then;
	long age;

	if (!since || clock_read(since, &then) < 0) {
		snprintf(text, len, "-");
		return;
	}
	age = (long)(time(NULL) - then);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		long n = age / units[i].seconds;
		if (n < 1)
			continue;
		snprintf(text, len, "%ld %s%s", n, units[i].name, n == 1 ? "" : "s");
		return;
	}
	snprintf(text, len, "less than a second");
}

static void put_options(const struct cli_option *options)
{
	for (const struct cli_option *o = options; o && o->name; o++) {
		char left[64];
		snprintf(left, sizeof(left), "%c%c %s--%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			 o->letter ? " " : " ", o->name, o->kind == CLI_FLAG ? "" : " ",
			 o->kind == CLI_FLAG ? "" : o->value);
		printf("  %-30s %s\n", left, o->help);
	}
}

void cli_help(const struct cli_command *command)
{
	printf("usage: skep %s%s%s%s\n\n%s\n", command->name, command->options ? " [options]" : "",
	       command->arguments[0] ? " " : "", command->arguments, command->summary);
	if (command->options) {
		printf("\noptions:\n");
		put_options(command->options);
	}
	if (command->example)
		printf("\nexamples:\n%s", command->example);
}

bool cli_help_group(const char *word)
{
	size_t len = strlen(word), count = 0;

	for (size_t i = 0; cli_commands[i]; i++) {
		const struct cli_command *c = cli_commands[i];
		if (strncmp(c->name, word, len) != 0 || c->name[len] != ' ')
			continue;
		if (count++ == 0)
			printf("usage: skep %s COMMAND [options] [arguments]\n\ncommands:\n", word);
		printf("  %-16s %s\n", c->name, c->summary);
	}
	return count > 0;
}

void cli_help_all(void)
{
	printf("usage: skep [--root DIR] [--state DIR] COMMAND [options] [arguments]\n\n"
	       "Runs containers under strict isolation, and takes care of the images they come from.\n\ncommands:\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (!cli_commands[i]->hidden)
			printf("  %-16s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
	printf("\nimages: oci:DIR[:TAG] oci-archive:FILE[:TAG] docker-archive:FILE[:NAME] dir:DIR rootfs:DIR, or a "
	       "name in the "
	       "store\n\nskep COMMAND --help tells more about one of them.\n");
}
