/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scores of images, kept below ROOT/scores by the manifest's digest: written by a whole scan, read when the image is
 * run. Inside the room only.
 */
#pragma once

#include "assay/report.h"
#include "policy/admission.h"

/* Keeps what a whole scan came to; of one that could not read everything, forgets what was known before. */
int score_file_keep(const char *root, const struct assay_report *r, struct err *e) must_check;
/* What is known of the image at NOW_S; nothing when there is no file, or none that can be believed. */
void score_file_find(const char *root, const char *manifest, int64_t now_s, struct admission_facts *ret);
