/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the runtime's executable out of containers' reach. Inside the room only.
 */
#pragma once

#include "launch.h"

enum protection {
	PROTECT_NOTHING, /* nobody in the container can write to the executable */
	PROTECT_SHIM,	 /* the container's program is executed by a page of sealed memory */
	PROTECT_SELF,	 /* this program runs from a read-only mount of itself */
};

/* What a process with PROCESS in a container of SPEC needs. */
enum protection protect_choose(const struct oci_spec *spec, const struct oci_process *process);

/*
 * Sees to it. PROTECT_SELF starts the whole command line ARGV over, so it comes before anything is made; it returns at
 * once when that has happened before. *ret_shim is the shim's descriptor, or -1.
 */
int protect_apply(enum protection p, char **argv, int *ret_shim, struct err *e) must_check;
