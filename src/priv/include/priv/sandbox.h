/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confines the calling process for work on hostile bytes, once and for good: no new privileges, few capabilities,
 * root folder moved to the one it works in, Landlock on the folders it was given, no sockets, no new processes, and a
 * list of permitted system calls, where anything else kills it. What fetches from a network keeps that and its calls.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PRIV_FOLDERS_MAX 4

struct priv_folder {
	int fd;
	bool write; /* otherwise its files can be read and listed */
};

struct priv_sandbox {
	struct priv_folder folders[PRIV_FOLDERS_MAX];
	size_t folder_count;
	int root_fd;	       /* becomes the root folder; -1: the root stays */
	uint64_t capabilities; /* kept (bits of CAP_*) */
	uint64_t memory_bytes; /* most private memory; 0: no limit */
	uint64_t cpu_s;	       /* most processor time; 0: no limit */
	uint64_t file_bytes;   /* largest file it may write; 0: none at all */
	uint32_t user;	       /* and group, which it becomes where the host has it; 0: stays who it is */
	/*
	 * It fetches: sockets, threads and any system call are left to it, and it may begin without capabilities. Everything else
	 * holds.
	 */
	bool network;
};

/* On failure the process must not go on to its work. */
int priv_confine(const struct priv_sandbox *s, struct err *e) must_check;

/* What holds here, for skep doctor: Landlock's ABI version, 0 when the kernel has none. */
int priv_landlock_abi(void);
