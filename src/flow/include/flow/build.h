/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first story of a container's life: what is in an image, and what that means.
 */
#pragma once

#include "assay/report.h"
#include "flow/scan.h"

struct flow_assessment {
	struct flow_scan scan;
	struct arena arena;
	struct assay_report report; /* borrows from the two above */
};
void flow_assessment_done(struct flow_assessment *a);
DEFINE_SCOPED(flow_assessment)

/* Reads what O names and judges it. 0 also when layers failed or packages could not be read: the report says so. */
int flow_assess(const struct flow_scan_options *o, struct flow_assessment *ret, struct err *e) must_check;
