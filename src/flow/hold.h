/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A behaviour profile as what this host can hold from a container's first instruction on: Landlock for files and TCP ports, a
 * filter of system calls, capabilities, limits, a write-xor-execute promise. What these cannot hold, or only wider than it is
 * written, is remarked, so that nothing is left open without a word. Inside the room only.
 */
#pragma once

#include "base/str.h"
#include "model/profile.h"
#include "policy/profile.h"

/* Each is a rule of its own for every way to combine them. */
enum { HOLD_USERS_MAX = 3 };

enum hold_become { HOLD_SETUID, HOLD_SETREUID, HOLD_SETRESUID, HOLD_SETFSUID, HOLD_BECOME };
const char *hold_become_name(enum hold_become call);

/* Since which version of its interface Landlock knows ports. */
enum { HOLD_ABI_OF_PORTS = 4 };

struct hold {
	struct arena arena;
	const struct profile *profile;
	const char *landlock;	   /* the annotation; NULL: nothing to hold by it */
	const char **capabilities; /* "CAP_CHOWN"; NULL-terminated */
	const char **syscalls;	   /* without those that have rules on arguments; NULL-terminated */
	uint32_t families[16];	   /* AF_ numbers */
	size_t family_count;
	uint32_t users[HOLD_USERS_MAX]; /* who may be become, where the capability is there that allows it */
	size_t user_count;		/* 0: not held */
	unsigned become;		/* the calls by which, as bits of hold_become */
	bool datagrams;			/* of inet families: allowed when some udp endpoint is */
	bool clones;			/* clone(2) without new namespaces */
	bool namespaces;		/* and with them */
	bool memfd;			/* memfd_create, only for files that cannot be executed unless MEMFD_EXECUTE */
	bool memfd_execute;
	bool write_xor_execute;
};
#define HOLD_INIT ((struct hold){.arena = ARENA_INIT(16u << 20)})
void hold_done(struct hold *h);
DEFINE_SCOPED(hold)

/* What a container is run with beside the profile. */
struct hold_host {
	long landlock_abi;	   /* 0 or less: none */
	bool writable;		   /* its root */
	const struct strv *places; /* where something is mounted that may be written; NULL: not told */
};

/* Whether anything below the folder PLACE is run, or is a library that may be loaded. */
bool hold_runs_below(const struct profile *p, const char *place);

/* P is borrowed. MISSING: WARNING for what is held wider than written, DANGER for what is not held. -ENOMEM. */
int hold_plan(const struct profile *p, const struct hold_host *host, struct hold *ret,
	      struct remarks *missing) must_check;
