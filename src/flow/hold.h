/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A behaviour profile as what this host can hold from a container's first instruction on: Landlock for files and TCP ports, a
 * filter of system calls, capabilities, limits, a write-xor-execute promise; addresses by the guard. Only parts in the mode "enforce". What these cannot hold, or only wider than it is
 * written, is remarked, so that nothing is left open without a word. Inside the room only.
 */
#pragma once

#include "base/str.h"
#include "guard/guard.h"
#include "model/profile.h"
#include "policy/profile.h"

enum { HOLD_USERS_MAX = 3 }; /* whose ids can be told apart in a filter of reasonable size */

/* Calls that change who a process is; NULL-terminated. */
extern const char *const hold_user_calls[];

/* Since which version of its interface Landlock knows ports. */
enum { HOLD_ABI_OF_PORTS = 4 };

struct hold {
	struct arena arena;
	const struct profile *profile;
	const char *landlock;	   /* the annotation; NULL: nothing to hold by it */
	const char **capabilities; /* "CAP_CHOWN"; NULL-terminated; NULL: not held */
	const char **syscalls;	   /* without those that have rules on arguments; NULL-terminated; NULL: not held */
	bool addresses;		   /* of connections and listeners are held by the guard */
	uint32_t families[16];	   /* AF_ numbers */
	size_t family_count;
	bool datagrams;	      /* of inet families: allowed when some udp endpoint is */
	bool sockets;	      /* families are held */
	bool clones;	      /* clone(2) without new namespaces */
	uint64_t namespaces;  /* and with these: CLONE_NEW flags */
	bool unshares, joins; /* unshare(2) and setns(2), of these kinds */
	uint32_t users[HOLD_USERS_MAX];
	size_t user_count; /* 0: who may become a user becomes any */
	bool memfd;	   /* memfd_create, only for files that cannot be executed unless MEMFD_EXECUTE */
	bool memfd_execute;
	bool write_xor_execute;
	bool mounts, unmounts; /* are asked of a process of ours; otherwise there are none */
	bool starts;	       /* parents of programs are held: a process must not pass for another program */
};
#define HOLD_INIT ((struct hold){.arena = ARENA_INIT(16u << 20)})
void hold_done(struct hold *h);
DEFINE_SCOPED(hold)

/* What a container is run with beside the profile. */
struct hold_host {
	long landlock_abi; /* 0 or less: none */
	bool no_mdwe;	   /* memory may be written and then executed, whatever is promised */
	bool writable;	   /* its root */
	struct guard_offers guard;
	const struct strv *places;  /* where something is mounted that may be written; NULL: not told */
	const struct strv *volumes; /* those that others may write to as well; NULL: not told */
};

/* What starting a program and ending it take: never refused. */
bool hold_always_allows(const char *call);
/* What reaches into other processes: a matter of memory, as "ptrace". */
bool hold_traces(const char *call);

/* Whether anything below the folder PLACE is run, or is a library that may be loaded. */
bool hold_runs_below(const struct profile *p, const char *place);

/* P is borrowed. MISSING: WARNING for what is held wider than written, DANGER for what is not held. -ENOMEM. */
int hold_plan(const struct profile *p, const struct hold_host *host, struct hold *ret,
	      struct remarks *missing) must_check;
