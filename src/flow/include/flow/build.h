/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first story of a container's life: what is in an image, and what that means.
 */
#pragma once

#include "assay/report.h"
#include "base/str.h"
#include "flow/scan.h"

struct flow_assess_options {
	struct flow_scan_options scan;
	bool judge;		      /* look for known vulnerabilities, which needs the index below scan.root */
	bool issues;		      /* configuration, files, secrets; as far as they were read */
	bool no_config;		      /* not the configuration */
	bool no_dev;		      /* findings of packages that only development needs do not count */
	bool keep_score;	      /* for skep run: only of a scan that leaves nothing out */
	uint64_t data_days;	      /* older advisories are stale; 0: ASSAY_DATA_DAYS */
	const char *ignore;	      /* file of findings that do not count (YAML or JSON); NULL: none */
	const char *baseline;	      /* an earlier report (JSON); NULL: none */
	const struct strv *forbidden; /* patterns of licences; NULL: none is */
	const struct strv *vex;	      /* files of statements that take findings back; NULL: none */
};

struct flow_assessment {
	struct flow_scan scan;
	struct arena arena;
	struct vuln_index *index;
	struct vuln_scope scope;
	struct assay_report report; /* borrows from the others */
	int unkept;		    /* the score could not be kept, and why */
	struct err unkept_why;
	size_t expired; /* entries of the ignore file that no longer count but would */
};
void flow_assessment_done(struct flow_assessment *a);
DEFINE_SCOPED(flow_assessment)

/* Reads what O names and judges it. 0 also when layers failed or packages could not be read: the report says so. */
int flow_assess(const struct flow_assess_options *o, struct flow_assessment *ret, struct err *e) must_check;
/* Every row of the index about vulnerability ID and the packages that O names, those that do not apply as well. */
int flow_explain(const struct flow_assess_options *o, const char *id, struct flow_assessment *ret,
		 struct err *e) must_check;
