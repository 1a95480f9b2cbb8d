/* SPDX-License-Identifier: Apache-2.0 */
/* Which version of a package ends its findings. Inside the room only. */
#pragma once

#include "assay/report.h"

struct fix {
	const char *all;   /* ends every finding that has a fix; NULL: none has */
	const char *first; /* a smaller step that ends some: the last one of the package's own branch; NULL: none */
	size_t open;	   /* findings without a fix */
};

/* Of the findings in ITEMS, which are all of the package P. */
struct fix fix_of(const struct model_package *p, const struct assay_finding *const *items, size_t count);

/* The findings of R by package, in R's order within each; free() it. NULL: out of memory. */
const struct assay_finding **fix_by_package(const struct assay_report *r);
/* How many of the COUNT at ITEMS are of the first one's package. */
size_t fix_same_package(const struct assay_finding *const *items, size_t count);
