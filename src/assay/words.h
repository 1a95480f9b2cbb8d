/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that several forms of a report share. Inside the room only.
 */
#pragma once

#include "assay/report.h"

#define WORDS_UUID_MAX 40
#define WORDS_TIME_MAX 24

/* A UUID made of the image's digest (or name) and the time: the same for the same report. */
void words_uuid(const struct assay_report *r, char uuid[WORDS_UUID_MAX]);
/* "2026-01-31T15:04:05Z" */
void words_time(int64_t s, char text[WORDS_TIME_MAX]);
/* The package URL, with its path behind "#" where another package has the same one. */
void words_reference(const struct assay_report *r, size_t package, struct buf *b);

/* What makes a finding the same one in another report: the vulnerability, the package, its place; no version. */
void words_finding_key(const struct assay_report *r, const struct assay_finding *f, struct buf *b);
void words_issue_key(const struct assay_issue *x, struct buf *b);

/* Found in the content of a file (a secret, malware), where the title is about this one place. */
bool words_is_content(const struct assay_issue *x);
/* What all issues of the same rule are called. */
const char *words_issue_name(const struct assay_issue *x);
