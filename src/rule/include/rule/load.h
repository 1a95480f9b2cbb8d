/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files to a compiled set of rules. The format and the condition language are Falco's (engine 0.63); what skep
 * adds is in docs/rules.md. Files are read in the order given, later ones changing what earlier ones defined.
 */
#pragma once

#include "base/err.h"
#include "rule/problem.h"
#include "rule/schema.h"
#include "rule/set.h"

struct rule_file {
	const char *name; /* for messages */
	const char *text; /* needed only while loading */
	size_t len;
};

struct rule_options {
	bool enable_all;		 /* also the rules that are switched off */
	const char *const *enable;	 /* names of rules to switch on; NULL-terminated, or NULL */
	enum rule_priority least_urgent; /* rules less urgent than this are left out */
	bool skip_broken;		 /* what cannot be loaded is left out with a warning, and the rest is loaded */
};
#define RULE_OPTIONS_DEFAULT ((struct rule_options){.least_urgent = RULE_DEBUG})

/*
 * Loads and compiles COUNT files. What is wrong goes to PROBLEMS, everything at once; with errors nothing is returned.
 * Returns 0 and *RET (warnings may have been noted); -EINVAL with problems noted; -ENOMEM; -E2BIG when compiled rules
 * would exceed their memory. SCHEMA must outlive the set.
 */
int rule_load(const struct rule_schema *schema, const struct rule_file *files, size_t count,
	      const struct rule_options *options, struct rule_problems *problems, struct rule_set **ret) must_check;
