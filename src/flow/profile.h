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

/* Families of sockets; inet stands for both versions. */
enum flow_family { FLOW_UNIX = 1, FLOW_INET = 2, FLOW_NETLINK = 4, FLOW_PACKET = 8 };

struct flow_profile {
	const char *name;
	const char *for_whom;		 /* in words */
	const char *const *capabilities; /* ends with NULL */
	const char *const *memory;	 /* folders that are memory when the root is read-only; ends with NULL */
	const char *shared;		 /* size of /dev/shm, as mount(8) takes it; NULL: 64 MiB */
	const char *const *without;	 /* calls of its list that it has not; ends with NULL, or NULL */
	const char *without_why;
	unsigned families; /* of enum flow_family; 0: all but those that reach the kernel's crypto or the hypervisor */
	bool streams;	   /* of FLOW_INET no datagrams and no raw packets */
	bool read_only;	   /* root file system */
	bool deny_logged;  /* refused system calls are logged and pass (observation) */
	bool all_syscalls_of_docker; /* else the shorter list */
	bool core_dumps;
	enum flow_drift drift; /* ENFORCE: what the container can write is not executable, by mounts as well */
	bool no_connect;       /* no connection to a TCP port */
	bool no_network;       /* not even the host's, when it is asked for */
	bool scoped;	/* by Landlock: no abstract socket and no signal beyond the container, where the kernel can */
	unsigned files; /* most open files */
	unsigned pids;	/* most processes */
};

/* NULL: no such profile. */
const struct flow_profile *flow_profile_find(const char *name);
/* Whether the call of its list is one it has. */
bool flow_profile_has_call(const struct flow_profile *p, const char *call);

/* The permitted system calls: those of the strict profile come first, COUNT_STRICT of COUNT. */
extern const char *const flow_syscalls[];
extern const size_t flow_syscalls_strict, flow_syscalls_count;
