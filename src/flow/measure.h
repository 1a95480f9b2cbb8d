/* SPDX-License-Identifier: Apache-2.0 */
/* How much a container used, as limits for every run. Inside the room only. */
#pragma once

#include "flow/container.h"
#include "model/profile.h"
#include "policy/profile.h"

struct measured {
	uint64_t memory_bytes, processes; /* the most at once; 0: not counted */
	uint64_t files;			  /* the highest limit of open files that a process gave itself; 0: none did */
};

/* Looks at the processes as they are now. */
void measure_files(struct flow_place *p, const struct flow_record *running, struct measured *m);
/* Limits with room to grow, each noted. -ENOMEM. */
int measure_limits(const struct measured *m, struct profile_limits *ret, struct remarks *notes) must_check;
