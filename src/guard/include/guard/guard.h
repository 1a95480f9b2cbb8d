/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: BPF programs that refuse a container what its policy does not allow, by the container's cgroup. They are brought
 * into the kernel once, stay there pinned below /sys/fs/bpf/skep, and need no process of skep: one container's policy is one
 * element of a map, replaced as a whole while the container runs.
 *
 * Addresses are decided at the socket calls (BPF_PROG_TYPE_CGROUP_SOCK_ADDR): EPERM. Programs by security hooks (BPF_LSM_CGROUP):
 * EPERM; where the kernel does not take those, whoever executes one dies before its first instruction. Arguments are looked at when the kernel
 * has copied them: a new program whose arguments are wrong dies before its first instruction. Names of unix sockets at the socket calls
 * as well (Linux 6.7): EPERM.
 *
 * Needs a v2 hierarchy, CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (or CAP_SYS_ADMIN), and BTF for programs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "guard/bpf/policy.h"

/* What holds programs, and by whom they are started: nothing, killing, refusing. What holds addresses, and names of unix sockets. */
enum guard_rung { GUARD_RUNG_NONE, GUARD_RUNG_KILL, GUARD_RUNG_REFUSE };
struct guard_offers {
	bool addresses, sockets;
	enum guard_rung programs;
};

struct guard {
	int policies, starts, sockets, denials; /* maps */
	int lock;				/* shared: nobody takes the programs away meanwhile */
	char root[128];				/* where the v2 hierarchy is mounted */
	char group[256];			/* the folder below which the containers' cgroups are */
	struct guard_offers offers;
};
#define GUARD_INIT ((struct guard){.policies = -1, .starts = -1, .sockets = -1, .denials = -1, .lock = -1})
void guard_done(struct guard *g);
DEFINE_SCOPED(guard)

/*
 * Opens what is in the kernel, and puts it there first if it is not. ROOT is where the v2 hierarchy is mounted: a socket may come from
 * anywhere, and is decided by who uses it. NAME is the group whose groups are the containers; it is made. -EPERM,
 * -ENOTSUP or another negative errno, with what is missing in E.
 */
int guard_open(const char *root, const char *name, struct guard *ret, struct err *e) must_check;

/* The container whose cgroup is the folder NAME below the group; POLICY's own name is set here. -ENOENT without such a folder. */
int guard_put(struct guard *g, const char *name, struct guard_policy *policy, struct err *e) must_check;
/*
 * After its policy: what goes with the modes of GUARD_START and GUARD_SOCKET. Until it is there, those allow nothing.
 */
int guard_put_starts(struct guard *g, const char *name, const struct guard_starts *s, struct err *e) must_check;
int guard_put_sockets(struct guard *g, const char *name, const struct guard_sockets *s, struct err *e) must_check;
/* -ENOENT when it has none. */
int guard_get(const struct guard *g, const char *name, struct guard_policy *ret) must_check;

/*
 * TEXT with "*" and "**" for the programs: of sockets, "*" ends at a slash; of ARGUMENTS, a blank is what is between two of them, and
 * "*" ends there. -E2BIG.
 */
int guard_pattern(const char *text, bool arguments, struct guard_pattern *ret) must_check;

/* Forgets the policy and the denials of one container, and of all whose cgroups are gone. */
void guard_forget(struct guard *g, const char *name);
/* Forgets policies and denials of cgroups that are gone. */
void guard_sweep(struct guard *g);

/* Calls EACH with what was refused to the container, in no order. */
typedef int guard_denial_fn(void *ctx, const struct guard_denial_key *key, const struct guard_denial *denial);
int guard_denials(const struct guard *g, const char *name, guard_denial_fn *each, void *ctx) must_check;
