/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with rule files: all of it, each with its place, so that a person can mend a file in one go. A file
 * with warnings only still loads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define RULE_PROBLEMS_MAX 1000 /* beyond these only the number grows */
#define RULE_PROBLEM_BYTES_MAX (4u << 20)

struct rule_place {
	const char *file;      /* as handed in; NULL when the problem has no place */
	unsigned line, column; /* from 1; column counts characters; 0 when unknown */
};

struct rule_problem {
	struct rule_place place;
	bool warning;
	const char *text; /* what, and what was expected */
};

struct rule_problems {
	struct arena arena;
	struct rule_problem *items; /* in the order they were found */
	size_t count, capacity;
	size_t errors, warnings; /* all of them, also those beyond RULE_PROBLEMS_MAX */
};

#define RULE_PROBLEMS_INIT ((struct rule_problems){.arena = ARENA_INIT(RULE_PROBLEM_BYTES_MAX)})

void rule_problems_done(struct rule_problems *p);
DEFINE_SCOPED(rule_problems)

/* Notes a problem. Without memory it is still counted. */
void rule_problem_add(struct rule_problems *p, struct rule_place at, const char *fmt, ...) printf_like(3, 4);
/* All problems of FROM to TO, errors as warnings that begin with WHAT ("left out"). */
void rule_problems_move(struct rule_problems *to, const struct rule_problems *from, const char *what);
void rule_problem_warn(struct rule_problems *p, struct rule_place at, const char *fmt, ...) printf_like(3, 4);
