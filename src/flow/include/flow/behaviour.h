/* SPDX-License-Identifier: Apache-2.0 */
/* Behaviour profiles as files. */
#pragma once

#include "model/profile.h"
#include "policy/profile.h"
#include "rule/problem.h"

/* Reads a YAML or JSON file. -EINVAL with words in E, or with YAML's mistakes noted in PROBLEMS. */
int flow_behaviour_read(const char *path, struct profile *ret, struct rule_problems *problems,
			struct err *e) must_check;

/* What of it this host cannot hold, or only wider than it is written, with a read-only root. -ENOMEM. */
int flow_behaviour_ladder(const struct profile *p, struct remarks *ret) must_check;

/* A named profile ("strict") as a page; -ENOENT. */
int flow_profile_words(const char *name, struct buf *out) must_check;
