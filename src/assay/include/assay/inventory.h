/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in an image: the reports on its layers, put on top of each other as overlayfs does, so that what a later layer
 * removed or replaced is not there, and each thing knows the layer that brought it. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/part.h"

struct assay_package {
	struct model_package package; /* its layer is the first that had this version, without a break up to the top */
	bool lock;		      /* only said by a lock file: to be installed, not seen installed */
};

struct assay_program {
	struct model_part_program program;
	uint32_t layer;
};

struct assay_remark {
	struct model_part_remark remark;
	uint32_t layer;
	bool hidden; /* a later layer hides the file */
};

struct assay_inventory {
	struct model_release release;
	bool has_release;
	struct assay_package *packages; /* by type, name, version, path; each once */
	struct assay_program *programs; /* that no package owns, by path */
	struct assay_remark *remarks;	/* by kind, rule, path, line */
	size_t package_count, program_count, remark_count;
	uint64_t files, bytes;
	size_t grave; /* remarks on what may hide packages or malware: what was found may not be all */
};

/* Is it about something unread that may hide packages or malware? What may be missing by it, or NULL. */
const char *assay_gap(const struct model_part_remark *r);

/* Are there packages of a distribution, so that its feed matters? */
bool assay_has_os_packages(const struct assay_inventory *inv);

/* PARTS bottom first; what they hold must outlive the result. Everything else is in A. -ENOMEM. */
int assay_inventory_make(const struct model_part *parts, size_t count, struct arena *a, struct assay_inventory *ret,
			 struct err *e) must_check;
