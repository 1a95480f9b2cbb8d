/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user space and the guard's programs share: the policy of one container, and what was refused. */
#pragma once

#ifndef __bpf__
#include <stdint.h>
#endif

enum {
	GUARD_RULES_MAX = 256,	     /* of connections and listeners together */
	GUARD_CONTAINERS_MAX = 4096, /* with a policy at one time */
	GUARD_DENIALS_MAX = 16384,   /* different ones that are remembered; the oldest go first */
	GUARD_NAME_MAX = 64,
	GUARD_LEVELS = 6, /* of groups between the root and a container's process */
};

enum guard_kind { GUARD_CONNECT, GUARD_LISTEN, GUARD_PROGRAM, GUARD_KINDS };
enum guard_mode { GUARD_OFF, GUARD_ALERT, GUARD_ENFORCE };
enum guard_protocol { GUARD_TCP = 1, GUARD_UDP = 2, GUARD_OTHER = 4 };
enum guard_flag { GUARD_MEMFD = 1 /* programs that lie in no file may run */ };

/* One that fits allows. Addresses as IPv6 has them, IPv4 behind ::ffff:, in memory order. */
struct guard_rule {
	uint64_t net[2], mask[2];
	uint16_t first, last; /* ports, host order */
	uint8_t kind, protocols;
	uint16_t unused;
};

enum { GUARD_PLACES_MAX = 8, GUARD_PLACE_PARTS = 8, GUARD_PART_WORDS = 4 };

/* A folder, or a file, of the root's file system, from the top; names end with 0 bytes. */
struct guard_place {
	uint32_t parts; /* 0: no place */
	uint32_t lengths[GUARD_PLACE_PARTS];
	uint64_t names[GUARD_PLACE_PARTS][GUARD_PART_WORDS];
};

struct guard_policy {
	uint8_t mode[4]; /* enum guard_mode by enum guard_kind */
	uint32_t flags;
	uint64_t relaxed_until[4]; /* by kind, boot-time ns: till then what is enforced only counts */
	uint32_t root_device;	   /* of the root's file system, as the kernel numbers it */
	uint32_t rule_count;
	char name[GUARD_NAME_MAX + 8]; /* of its cgroup, below the guard's */
	struct guard_rule rules[GUARD_RULES_MAX];
	struct guard_place places[GUARD_PLACES_MAX]; /* what the container wrote there may be executed */
};

/* A program that is none of the image's, and why. */
enum guard_drift { DRIFT_NONE, DRIFT_WRITTEN, DRIFT_UNLINKED };

struct guard_denial_key {
	uint64_t cgroup;
	uint64_t what[2]; /* the address; or the inode and why */
	uint16_t port;
	uint8_t kind, protocol;
	uint8_t refused; /* 0: would have been */
	uint8_t unused[3];
};

struct guard_denial {
	uint64_t count, first, last; /* boot-time ns */
	uint32_t pid, unused;
	char comm[16], name[GUARD_NAME_MAX]; /* of a program: how it was called, the end of it */
};
