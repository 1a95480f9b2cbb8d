/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the image's configuration, its build and its files say about how it was made: CIS Docker Benchmark 1.6, section 4,
 * as far as an image shows it, and what else operators look for. Each check is a row with its number, its words and what
 * to do. Pure.
 */
#pragma once

#include "assay/report.h"
#include "oci/image-config.h"

/*
 * Fills R's issues from CONFIG (NULL for what is no image) and the remarks of R's inventory. In A; the worst first within
 * their kind. -ENOMEM.
 */
int assay_checks(const struct oci_image_config *config, struct arena *a, struct assay_report *r,
		 struct err *e) must_check;
/* A step of a build as it may be shown, in A; NULL when it is not said. */
const char *assay_shown_step(struct arena *a, const struct oci_history *step);
/* Does the image's process start as root? */
bool assay_starts_as_root(const struct oci_image_config *config);
