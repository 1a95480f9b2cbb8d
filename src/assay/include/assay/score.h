/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One number for how risky an image is, 0 to 100, and why: docs/score.md has the formula. Every part of it only ever adds
 * risk, so that taking anything away never raises the score.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define ASSAY_REASONS_MAX 12
#define ASSAY_FIXES_MAX 3
#define ASSAY_FLOOR 90 /* least score of an image with a secret or malware in it */

struct assay_report;

/* What stands around the image's content. */
struct assay_context {
	bool as_root;	   /* its process starts as root */
	size_t ports;	   /* that it says it listens on */
	int64_t created_s; /* since 1970; 0 unknown */
};

struct assay_reason {
	const char *text;
	double weight; /* its part in the sum that the score is made of */
	double points; /* how much lower the score would be without it */
};

/* A package brought to a version, and the score afterwards, those before it done as well. */
struct assay_fix {
	const char *package, *from, *to;
	size_t findings; /* that it ends */
	int score_after;
};

struct assay_score {
	int value;
	int without_floor;
	struct assay_reason reasons[ASSAY_REASONS_MAX]; /* the largest first */
	size_t reason_count;
	struct assay_fix fixes[ASSAY_FIXES_MAX]; /* the most worth first */
	size_t fix_count;
};

/* What the findings and issues of R that count come to. -ENOMEM. */
int assay_score_make(const struct assay_report *r, const struct assay_context *context, struct arena *a,
		     struct assay_score *ret, struct err *e) must_check;
