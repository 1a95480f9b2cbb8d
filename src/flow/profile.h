/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named profiles: what a container may do, decided once and by name instead of by a dozen flags. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "flow/container.h"

/* Open files that a program may have as long as it does not ask for more. */
#define FLOW_FILES_AT_FIRST 1024u

struct flow_profile {
	const char *name;
	const char *const *capabilities; /* ends with NULL */
	bool read_only;			 /* root file system */
	bool deny_logged;		 /* refused system calls are logged and pass (observation) */
	bool all_syscalls_of_docker;	 /* else the shorter list */
	bool core_dumps;
	enum flow_drift drift; /* ENFORCE: what the container can write is not executable, by mounts as well */
	bool scoped;	/* by Landlock: no abstract socket and no signal beyond the container, where the kernel can */
	unsigned files; /* most open files */
	unsigned pids;	/* most processes */
};

/* NULL: no such profile. */
const struct flow_profile *flow_profile_find(const char *name);

/* The permitted system calls: those of the strict profile come first, COUNT_STRICT of COUNT. */
extern const char *const flow_syscalls[];
extern const size_t flow_syscalls_strict, flow_syscalls_count;
