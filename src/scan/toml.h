/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0, as much as lists of rules use: tables, arrays of tables, strings of all four kinds, numbers, booleans and
 * arrays of strings. Read in one pass; every value is handed out with the table it stands in. Inside the room only.
 */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define SCAN_TOML_BYTES_MAX (8u << 20)

enum scan_toml_kind {
	SCAN_TOML_TABLE, /* a table begins; an array's element when IS_ELEMENT */
	SCAN_TOML_STRING,
	SCAN_TOML_NUMBER,
	SCAN_TOML_BOOL,
	SCAN_TOML_ITEM, /* a string in an array; once for each */
};

struct scan_toml_event {
	enum scan_toml_kind kind;
	const char *table; /* "rules", "rules.allowlists"; "" at the top */
	bool is_element;
	const char *key;
	const char *text; /* in the arena */
	double number;	  /* of numbers; 1 and 0 of booleans */
	size_t line;
};

typedef int scan_toml_fn(const struct scan_toml_event *v, void *data, struct err *e);
/* 0, what FN returned, or -EINVAL with the line. Text lives in A. */
int scan_toml_read(const char *text, size_t len, struct arena *a, scan_toml_fn *fn, void *data,
		   struct err *e) must_check;
