/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of one mount entry (runtime-spec config.md, "Linux mount options"), sorted into what the mount calls
 * take: attributes of the mount, flags of the file system, propagation, and data for the file system itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "oci/spec.h"

struct mount_options {
	uint64_t attr_set, attr_clear;	       /* MOUNT_ATTR_* for the mount itself */
	uint64_t attr_rec_set, attr_rec_clear; /* the same for all below it: rro, rnosuid, ... */
	uint64_t propagation;		       /* MS_SHARED, ... or 0 */
	bool propagation_recursive;
	bool bind, rbind, remount;
	bool copy_up; /* tmpcopyup */
	bool idmap, ridmap;
	bool sb_readonly;
	struct oci_strs data; /* "key=value" and "flag" for the file system; borrowed strings */
};

/* Sorts OPTIONS; unknown words are data. The data list is memory of ARENA. -EINVAL for words that exclude each other. */
int mount_options_parse(const struct oci_strs *options, struct arena *arena, struct mount_options *ret,
			struct err *e) must_check;

/* The names of all options known here, for `features`; ends with NULL. */
const char *const *mount_options_known(void);
