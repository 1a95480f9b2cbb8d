/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics of a vector by their place in a table, so that each version's formulas are a file of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "vuln/cvss.h"

#define METRICS_MAX 40

struct metric {
	const char *name;
	const char *values; /* of one letter each; longer ones parted by blanks: "ND L LM" */
	bool required;
};

/* The value of each metric: for letters the letter, for words the place in the list from 1 on; 0: not in the vector. */
struct metrics {
	char value[METRICS_MAX];
};

/* Whether the vector behind its prefix has each metric at most once, with a permitted value, and all required ones. */
bool metrics_read(const char *text, const struct metric *table, size_t count, struct metrics *ret);

int cvss2_score(const char *text, int *ret_tenths) must_check;
int cvss3_score(const char *text, int *ret_tenths) must_check;
int cvss4_score(const char *text, int *ret_tenths) must_check;
