/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that stand for each other. Inside the room only. */
#pragma once

#include "policy/profile.h"

/* Adds to the profile's calls those that depend on timing alone, and the kin of those that are there; each group is noted. -ENOMEM. */
int kin_add(struct profile *p, struct remarks *notes) must_check;
