/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock for a container's first process, by the annotation org.skep.landlock: {"scoped": N}, the numeric scopes of the
 * kernel (1: abstract unix sockets, 2: signals; uapi/linux/landlock.h). No file or network rights yet: they are refused by name.
 */
#pragma once

#include "launch.h"

#define LANDLOCK_ANNOTATION "org.skep.landlock"

/* -EINVAL with words for what cannot be honoured: an unknown member, a kernel without it, no noNewPrivileges. */
int landlock_check(const struct oci_spec *spec, struct err *e) must_check;
/* In the container's first process, after everything that a domain would forbid. Nothing without the annotation. */
int landlock_apply(const struct launch *l, struct err *e) must_check;
