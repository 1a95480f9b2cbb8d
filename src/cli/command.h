/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What commands are made of: the table of commands, typed options stored by offset into a command's own structure,
 * exit codes, and printing. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_FINDINGS = 1,
	CLI_USAGE = 2,
	CLI_FAILED = 3, /* cannot reach, read or do it */
	CLI_REFUSED = 5,
	CLI_RUN_FAILED = 125,
	CLI_RUN_CANNOT_EXECUTE = 126,
	CLI_RUN_NOT_FOUND = 127,
};

struct cli_context {
	const char *root;  /* the store and containers */
	const char *state; /* run-time state */
};

enum cli_option_kind { CLI_FLAG, CLI_TEXT, CLI_LIST };
struct cli_option {
	char letter; /* 0: none */
	const char *name;
	enum cli_option_kind kind;
	const char *value; /* what --help calls the value */
	const char *help;
	size_t offset; /* of a bool, const char * or struct strv in the command's structure */
};

struct cli_command {
	const char *name; /* "run", or "image ls" */
	const char *arguments;
	const char *summary;
	const char *example; /* lines, or NULL */
	const char *words;   /* that its first argument may be, parted by blanks, besides a file; or NULL */
	const struct cli_option *options; /* ends with a NULL name */
	size_t args_min, args_max;
	bool stop_at_first; /* options end at the first argument: the rest belongs to the container */
	bool hidden;
	size_t size; /* of the command's structure */
	/* ARGS is the structure (options filled in) and the rest of the line, NULL-terminated. */
	int (*run)(const struct cli_context *c, void *options, char **args, size_t count);
	void (*done)(void *options); /* frees lists; NULL when there are none */
};

extern const struct cli_command *const cli_commands[]; /* ends with NULL */

/* A line being read: what goes in, and what comes out. */
struct cli_line {
	const struct cli_option *options;
	bool stop_at_first;
	char **words;
	size_t count;
	void *into;	  /* the command's structure */
	struct strv rest; /* the arguments; owned */
	bool help;	  /* --help was asked for */
};
/* Reads the words by the options. -EINVAL with words. */
int cli_parse(struct cli_line *line, struct err *e) must_check;

/* Prints "skep: ..." and returns the exit code that fits E, or CODE when it is not 0. */
int cli_fail(const struct err *e, int code);
int cli_usage(const char *fmt, ...) printf_like(1, 2);
void cli_help(const struct cli_command *command);
void cli_help_all(void);
/* The commands of a group, such as "policy"; false when there is none of that name. */
bool cli_help_group(const char *word);

/* "table" (default) or "json"; -EINVAL with words. */
int cli_format(const char *text, bool *ret_json, struct err *e) must_check;
/* Writes B and a newline to stdout. */
int cli_put(const struct buf *b);

/* A table: cells are added row by row; columns are aligned when it is printed. */
struct cli_table {
	size_t columns;
	struct strv cells;
};
void cli_table_add(struct cli_table *t, const char *cell);
/* Prints and frees. */
int cli_table_print(struct cli_table *t);

/* "12 MB" as docker writes sizes. */
void cli_size(unsigned long long bytes, char *text, size_t len);
/* "3 hours" since an RFC 3339 time; "-" when it is none. */
void cli_age(const char *since, char *text, size_t len);
