/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: BPF programs that refuse a container what its policy does not allow, by the container's cgroup. They are brought
 * into the kernel once, stay there pinned below /sys/fs/bpf/skep, and need no process of skep: one container's policy is one
 * element of a map, replaced as a whole while the container runs.
 *
 * Addresses are decided at the socket calls (BPF_PROG_TYPE_CGROUP_SOCK_ADDR): EPERM. Programs by security hooks (BPF_LSM_CGROUP):
 * EPERM; where the kernel does not take those, whoever executes one dies before its first instruction.
 *
 * Needs a v2 hierarchy, CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (or CAP_SYS_ADMIN), and BTF for programs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "guard/bpf/policy.h"

/* What holds programs: nothing, killing, refusing; and addresses. */
enum guard_rung { GUARD_RUNG_NONE, GUARD_RUNG_KILL, GUARD_RUNG_REFUSE };
struct guard_offers {
	bool addresses;
	enum guard_rung programs;
};

struct guard {
	int policies, denials; /* maps */
	int lock;	       /* shared: nobody takes the programs away meanwhile */
	char root[128];	       /* where the v2 hierarchy is mounted */
	char group[256];       /* the folder below which the containers' cgroups are */
	struct guard_offers offers;
};
#define GUARD_INIT ((struct guard){.policies = -1, .denials = -1, .lock = -1})
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
/* -ENOENT when it has none. */
int guard_get(const struct guard *g, const char *name, struct guard_policy *ret) must_check;

/* Forgets the policy and the denials of one container, and of all whose cgroups are gone. */
void guard_forget(struct guard *g, const char *name);
/* Forgets policies and denials of cgroups that are gone. */
void guard_sweep(struct guard *g);

/* Calls EACH with what was refused to the container, in no order. */
typedef int guard_denial_fn(void *ctx, const struct guard_denial_key *key, const struct guard_denial *denial);
int guard_denials(const struct guard *g, const char *name, guard_denial_fn *each, void *ctx) must_check;
