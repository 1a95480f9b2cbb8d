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

enum guard_kind {
	GUARD_CONNECT,
	GUARD_LISTEN,
	GUARD_PROGRAM, /* that is none of the image's */
	GUARD_START,   /* of a program: by whom, and with which arguments */
	GUARD_SOCKET,  /* of the unix family: to connect to one, or to send to it, by its name */
	GUARD_KINDS,
	GUARD_KINDS_MAX = 8
};
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
	uint8_t mode[GUARD_KINDS_MAX]; /* enum guard_mode by enum guard_kind */
	uint32_t flags, unused;
	uint64_t relaxed_until[GUARD_KINDS_MAX]; /* by kind, boot-time ns: till then what is enforced only counts */
	uint32_t root_device;			 /* of the root's file system, as the kernel numbers it */
	uint32_t rule_count;
	char name[GUARD_NAME_MAX + 8]; /* of its cgroup, below the guard's */
	struct guard_rule rules[GUARD_RULES_MAX];
	struct guard_place places[GUARD_PLACES_MAX]; /* what the container wrote there may be executed */
};

enum {
	GUARD_STARTS_MAX = 512,	 /* files of programs, each as often as it may be started by different ones */
	GUARD_PARENTS_MAX = 256, /* of all of them together */
	GUARD_PATTERNS_MAX = 32, /* of arguments, or of sockets */
	GUARD_PATTERN_MAX = 128, /* letters of one */
	GUARD_TEXT_MAX = 4096, /* bytes of arguments that are compared: more go with a pattern that ends in ** alone */
	GUARD_STEPS_MAX = 1 << 14 /* of one comparison: what takes more does not go with the pattern */
};

/* Beside the letters of a pattern, as they are. */
enum guard_token { GUARD_ANY_PART = 256 /* "*": up to the separator */, GUARD_ANY_ALL /* "**" */, GUARD_END };
struct guard_pattern {
	uint32_t len;
	uint16_t tokens[GUARD_PATTERN_MAX];
};

enum guard_start_flag { GUARD_HAS_PARENTS = 1, GUARD_HAS_ARGUMENTS = 2 };

/* A file of the root's file system that may be started: by these parents, with arguments of these patterns. FIRST to END of each. */
struct guard_start {
	uint64_t inode;
	uint16_t parent_first, parent_end, pattern_first, pattern_end;
	uint32_t flags, unused;
};

/* What may be started in one container. Programs of the root's file system that are not among these may not. */
struct guard_starts {
	uint32_t start_count, outside_device;
	uint64_t outside; /* the runtime's file, as the first start finds it: what it starts has no parent */
	struct guard_start starts[GUARD_STARTS_MAX];
	uint64_t parents[GUARD_PARENTS_MAX]; /* inodes */
	struct guard_pattern patterns[GUARD_PATTERNS_MAX];
};

/* The names of sockets that may be connected to: "/run/x", "@abstract". */
struct guard_sockets {
	uint32_t count, unused;
	struct guard_pattern patterns[GUARD_PATTERNS_MAX];
};

enum guard_start_why { START_GOOD, START_UNNAMED, START_PARENT, START_ARGUMENTS };

/* A program that is none of the image's, and why. */
enum guard_drift { DRIFT_NONE, DRIFT_WRITTEN, DRIFT_UNLINKED };

struct guard_denial_key {
	uint64_t cgroup;
	uint64_t what[2]; /* the address; the inode and why; or the digits of a socket's name */
	uint16_t port;
	uint8_t kind, protocol;
	uint8_t refused; /* 0: would have been */
	uint8_t unused[3];
};

struct guard_denial {
	uint64_t count, first, last; /* boot-time ns */
	uint32_t pid, unused;
	char comm[16],
		name[GUARD_NAME_MAX]; /* of a program how it was called, of a socket its name; the beginning of it */
};
