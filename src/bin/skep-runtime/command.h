/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of skep-runtime. Each reads its own words and answers the program's exit code, or a negative error whose
 * words main() reports.
 */
#pragma once

#include "base/log.h"
#include "options.h"
#include "runtime/container.h"

#define DEFAULT_ROOT "/run/skep-runtime"

/* What stands before the command. */
struct settings {
	const char *root, *log_path, *log_format, *criu, *rootless, *cgroup_manager;
	bool debug, systemd_cgroup;
	struct log log;
	bool root_given;
	struct report report;
	char **argv; /* the whole command line */
};

typedef int command_fn(const struct settings *s, char **argv, struct err *e);

struct command {
	const char *name;
	command_fn *run;
	const char *words; /* what follows the name */
	const char *help;
};

command_fn command_create, command_start, command_run, command_state, command_kill, command_delete, command_pause,
	command_resume, command_exec, command_list, command_ps, command_update, command_events, command_features,
	command_spec, command_checkpoint;

/* Reads the options of a command and one container id; prints the help and answers 1 where that was asked. */
int command_words(const char *name, const struct option *table, char **argv, int *ret_at, struct err *e) must_check;
int command_one_id(const char *name, const struct option *table, char **argv, const char **ret_id,
		   struct err *e) must_check;
int command_load(const struct settings *s, const char *id, struct container *ret, struct err *e) must_check;
int command_number(const char *option, const char *text, unsigned max, unsigned *ret, struct err *e) must_check;

/* Writes B to standard output. */
int command_print(struct buf *b, struct err *e) must_check;
#define HELP_SHOWN (1 << 8) /* not an exit code: the help was printed */

/* A foreground process: its terminal (MASTER_SOCKET, or -1) served and its signals forwarded until it ends. */
int foreground_wait(pid_t pid, int master_socket, struct err *e) must_check;
int foreground_console(int *ret_ours, int *ret_theirs, struct err *e) must_check;
