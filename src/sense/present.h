/* SPDX-License-Identifier: Apache-2.0 */
/* What is there before the first event. */
#pragma once

#include "sense/sense.h"

/* Each cgroup of the v2 hierarchy and of the memory controller's, parents first. */
int present_cgroups(sense_fn *each, void *ctx, struct err *e);

/* Each record that the kernel's iterator writes into FD. */
int present_processes(int fd, sense_fn *each, void *ctx, struct err *e);
