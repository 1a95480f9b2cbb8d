/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters: from the specification's words to a program for the kernel, kept compiled between starts.
 */
#pragma once

#include "launch.h"

/*
 * The compiled filter of S. CACHE is a descriptor of a folder that only we can write, or -1: a program compiled
 * earlier from the same words is taken from there, and a new one put there.
 */
int filter_compile(const struct oci_seccomp *s, int cache, struct seccomp_program *ret, struct err *e) must_check;
/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV of Linux 5.19: newer than the headers may be. */
#define FILTER_WAIT_KILLABLE (1u << 5)
void filter_done(struct seccomp_program *p);
