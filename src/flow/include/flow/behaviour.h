/* SPDX-License-Identifier: Apache-2.0 */
/* Behaviour profiles as files. */
#pragma once

#include "flow/container.h"
#include "model/profile.h"
#include "policy/profile.h"
#include "rule/problem.h"

/* Reads a YAML or JSON file. -EINVAL or -EMSGSIZE with words. */
int flow_behaviour_read(const char *path, struct profile *ret, struct err *e) must_check;

/* What of it this host cannot hold, or only wider than it is written, with a read-only root. -ENOMEM. */
int flow_behaviour_ladder(const struct profile *p, struct remarks *ret) must_check;

/*
 * Runs a container under the profile "observe" until it ends, or FOR_MS are over (-1: until it ends), and tells what it did: as a
 * profile, generalised, each step noted. Its output goes to its log. What was lost or could not be kept is a failure: a
 * profile with holes would stop the container later. CODE is its exit code, -1 when it was stopped.
 */
struct flow_observed {
	struct profile profile;
	struct remarks notes;
	int code;
};
#define FLOW_OBSERVED_INIT ((struct flow_observed){.profile = PROFILE_INIT, .notes = REMARKS_INIT, .code = -1})
void flow_observed_done(struct flow_observed *o);
DEFINE_SCOPED(flow_observed)
int flow_behaviour_observe(struct flow_place *p, const struct flow_run_options *o, int for_ms,
			   struct flow_observed *ret, struct err *e) must_check;

/*
 * Runs a container under the profile that O names and tells what was refused meanwhile, by whatever: "openat /etc/secret", or the call alone.
 * No call is missed; of which path or address it was may be. Otherwise as flow_behaviour_observe().
 */
struct flow_tried {
	struct strv refused; /* sorted */
	int code;
};
#define FLOW_TRIED_INIT ((struct flow_tried){.code = -1})
void flow_tried_done(struct flow_tried *t);
DEFINE_SCOPED(flow_tried)
int flow_behaviour_try(struct flow_place *p, const struct flow_run_options *o, int for_ms, struct flow_tried *ret,
		       struct err *e) must_check;

/* The named profiles, parted by blanks. */
#define FLOW_PROFILE_NAMES "strict web database batch docker observe"
/* One of them as a page; -ENOENT. */
int flow_profile_words(const char *name, struct buf *out) must_check;
