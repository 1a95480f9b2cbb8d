/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sensors note without a record of each time: when a thing was last done by the tasks that are watched, in boot-time ns, 0 for
 * never. It costs a store, so it is kept of every system call, and nothing of it is ever lost. BPF programs include this file too.
 */
#pragma once

#ifndef __bpf__
#include <stdbool.h>
#include <stdint.h>
#endif

enum { NOTED_CALLS = 512, NOTED_CAPABILITIES = 64 };

enum noted_memory {
	NOTED_WRITE_EXECUTE, /* memory was asked for that was written before, or may be, and executed */
	NOTED_MEMFD,	     /* a file in memory that could be executed */
	NOTED_MEMORY
};

struct noted {
	uint64_t calls[NOTED_CALLS];		   /* made */
	uint64_t refused[NOTED_CALLS];		   /* and came back with EPERM or EACCES */
	uint64_t capabilities[NOTED_CAPABILITIES]; /* asked for and there */
	uint64_t memory[NOTED_MEMORY];
	uint32_t has_capabilities; /* whether this kernel tells of them */
};
