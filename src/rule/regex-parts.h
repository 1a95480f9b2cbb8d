/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A regular expression as a tree: what regex-parse.c makes and regex-write.c turns into a program. A tree comes between,
 * because a repetition writes its part several times.
 */
#pragma once

#include "regex-program.h"

enum regex_part_kind {
	REGEX_PART_EMPTY,
	REGEX_PART_CHAR,
	REGEX_PART_ANY,
	REGEX_PART_SET,
	REGEX_PART_START,
	REGEX_PART_END,
	REGEX_PART_CAT,
	REGEX_PART_ALT,
	REGEX_PART_REPEAT
};

struct regex_part {
	enum regex_part_kind kind;
	uint32_t c;
	struct regex_set *set;
	unsigned least, most; /* REPEAT; most 0 means any number */
	struct regex_part *first, *last, *next;
};

struct regex_parser {
	struct arena *arena;
	const char *text;
	size_t at, len;
	unsigned depth, writes;
	const char *what;
	size_t wrong_at;
	struct regex *re;
};

/* Reads alternatives up to the end or a closing bracket. */
int regex_parse(struct regex_parser *p, struct regex_part **ret) must_check;
/* Remembers what is wrong at this point; returns -EINVAL. */
int regex_wrong(struct regex_parser *p, const char *what);
