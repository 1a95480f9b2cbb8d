/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Type numbers of the running kernel, for the probes. Inside the room only.
 */
#pragma once

/* The BTF number of a kernel function; -ENOENT when it is not there, or -errno. */
int probe_btf_function(const char *name);
