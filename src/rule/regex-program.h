/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A regular expression compiled: what regex-parse.c writes and regex.c follows.
 */
#pragma once

#include "regex.h"

enum regex_kind {
	REGEX_CHAR,	  /* character .c, then .a */
	REGEX_ANY,	  /* any but a new line, then .a */
	REGEX_SET,	  /* one of set .a, then .b */
	REGEX_SPLIT,	  /* .a and .b */
	REGEX_JUMP,	  /* .a */
	REGEX_LINE_START, /* at the start of a line, .a */
	REGEX_LINE_END,
	REGEX_END,
};

struct regex_step {
	uint8_t kind;
	uint16_t a, b;
	uint32_t c;
};

struct regex_range {
	uint32_t low, high;
};

struct regex_set {
	struct regex_range *ranges;
	unsigned count, capacity;
	bool negated;
	uint64_t ascii[2]; /* with the negation applied */
};

struct regex {
	struct regex_step *steps;
	struct regex_set **sets;
	unsigned count, set_count;
	uint16_t start, end;
};
