/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about secrets: in the form of gitleaks (TOML), ours as well. A rule's words are looked for in all of a file at
 * once; its expression only around them. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define SCAN_SECRET_RULES_MAX 2000
#define SCAN_SECRET_ITEMS_MAX 20000 /* expressions and words of one rule's exceptions */

struct scan_strings {
	const char **items;
	size_t count, room;
};

/* What takes a finding back. */
struct scan_exception {
	struct scan_strings paths, regexes, stopwords;
	bool all; /* every one of the kinds given has to hold */
	enum { OF_SECRET, OF_MATCH, OF_LINE } target;
	struct scan_exception *next;
};

struct scan_secret_rule {
	const char *id, *description, *regex, *path; /* NULL when absent */
	double entropy;				     /* least bits a character; 0: any */
	unsigned group;				     /* of the expression; 0: the first that matched */
	struct scan_strings keywords;		     /* in lower case */
	struct scan_exception *exceptions;
};

struct scan_secret_rules {
	struct scan_secret_rule *rules;
	size_t count;
	struct scan_exception *global;
};

/* Reads TEXT into A, behind what RET has already. */
int scan_secret_rules_read(const char *text, size_t len, struct arena *a, struct scan_secret_rules *ret,
			   struct err *e) must_check;
