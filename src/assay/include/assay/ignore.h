/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people decided about findings: ignore files (with a reason and an end), and an earlier report to compare with. Pure:
 * documents come in as JSON text.
 */
#pragma once

#include "assay/report.h"

#define ASSAY_IGNORES_MAX 10000

/*
 * {"ignore": [{"id": "CVE-..." or a rule, "package": NAME, "path": PATTERN with *, "until": "2026-12-31", "reason": WORDS}]}
 * An entry needs id and reason. One whose day is over no longer counts; *RET_EXPIRED of them would have matched something.
 * -EINVAL with words that name the entry.
 */
int assay_ignore(struct assay_report *r, const struct json *doc, struct arena *a, size_t *ret_expired,
		 struct err *e) must_check;

/* Marks what the report TEXT (as JSON of ours) has too. */
int assay_baseline(struct assay_report *r, const char *text, size_t len, struct err *e) must_check;
