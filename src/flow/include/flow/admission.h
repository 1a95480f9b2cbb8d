/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission policies where they lie: files and folders that a command names, or those of this host.
 */
#pragma once

#include "base/str.h"
#include "policy/admission.h"

#define FLOW_POLICY_FOLDER "/etc/skep/policy.d"
#define FLOW_POLICIES_MAX 64

struct flow_policies {
	struct admission_policy *items;
	size_t count;
};
void flow_policies_done(struct flow_policies *p);
DEFINE_SCOPED(flow_policies)

/*
 * Those of FLOW_POLICY_FOLDER, where there is one, and of PATHS: files, or folders of .yaml, .yml and .json files. One that
 * cannot be read or is a mistake is an error: nothing is admitted by a policy that is not there.
 */
int flow_policies_load(const struct strv *paths, struct flow_policies *ret, struct err *e) must_check;
