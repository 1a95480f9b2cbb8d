/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options as runc takes them: "--name value", "--name=value", "-n value", flags with an optional
 * "=true|false", up to the first word that is no option or "--".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define OPTION_LIST_MAX 256

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct option_list {
	const char *at[OPTION_LIST_MAX];
	size_t count;
};

struct option {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	void *value; /* bool, const char * or struct option_list */
	const char *help;
};

/* Reads options of TABLE (ends with a NULL name) from ARGV[*at] on and moves *at behind them. -EINVAL with words. */
int options_read(const struct option *table, char **argv, int *at, struct err *e) must_check;
/* The same wherever options stand among the words: ARGV keeps the others. */
int options_read_anywhere(const struct option *table, char **argv, struct err *e) must_check;
