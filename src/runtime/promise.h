/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A promise about memory that a process cannot take back, by the annotation org.skep.memory: "write-xor-execute" (PR_SET_MDWE,
 * Linux 6.3): no mapping becomes executable that was or is writable; programs started later are bound as well.
 */
#pragma once

#include "launch.h"

#define PROMISE_ANNOTATION "org.skep.memory"

/* -EINVAL for another value, -ENOTSUP where the kernel cannot. */
int promise_check(const struct oci_spec *spec, struct err *e) must_check;
/* For the calling process; nothing without the annotation. */
int promise_make(const struct launch *l, struct err *e) must_check;
