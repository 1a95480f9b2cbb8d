/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators say is malware or a secret: files of YARA's and gitleaks' rules, and lists of digests. They are copied when they are opened, so that
 * what is read is what the cache's key was made of, and a worker makes of them what all others use. Inside the room only.
 */
#pragma once

#include "base/digest.h"
#include "flow/scan.h"

#define SCAN_RULES_FILES_MAX 1000
#define SCAN_RULES_BYTES_MAX (512u << 20) /* of all files */

struct scan_rules {
	struct scan_rules_file *files;
	size_t count;
	uint64_t bytes;
	struct digest key; /* of all files; "" when there are none */
	int secrets;	   /* the file of rules about secrets, one of FILES; -1: there is none */
	int made;	   /* what was made of them and of skep's own rules, sealed; -1: not yet */
};
#define SCAN_RULES_INIT ((struct scan_rules){.secrets = -1, .made = -1})
void scan_rules_done(struct scan_rules *r);
DEFINE_SCOPED(scan_rules)

int scan_rules_open(const struct flow_scan_options *o, struct scan_rules *ret, struct err *e) must_check;
/* Fills MADE, once. -EINVAL with the file and line of what is wrong in them. */
int scan_rules_make(struct scan_rules *r, struct err *e) must_check;
