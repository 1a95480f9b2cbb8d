/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The policy of the task at hand, and the note of what it was refused. */
#pragma once

#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "guard/bpf/policy.h"

/* By the id of a container's cgroup in the v2 hierarchy. Replaced as a whole: nobody sees half of one. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_CONTAINERS_MAX);
	__type(key, uint64_t);
	__type(value, struct guard_policy);
} policies SEC(".maps");

/* Of those containers that need it, by the same id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_CONTAINERS_MAX);
	__type(key, uint64_t);
	__type(value, struct guard_starts);
} starts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GUARD_CONTAINERS_MAX);
	__type(key, uint64_t);
	__type(value, struct guard_sockets);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, GUARD_DENIALS_MAX);
	__type(key, struct guard_denial_key);
	__type(value, struct guard_denial);
} denials SEC(".maps");

/* What a loop's function returns is seen to be 0 or 1. */
static __always_inline long ends(uint64_t yes)
{
	BOUND(yes, 1);
	return yes;
}

/* A container may have groups of its own below its group. NULL: the task is in no container with a policy. */
static __always_inline struct guard_policy *policy_of_task(uint64_t *ret_cgroup)
{
	uint64_t id = bpf_get_current_cgroup_id();
	struct guard_policy *p = bpf_map_lookup_elem(&policies, &id);

	for (int level = 1; level <= GUARD_LEVELS; level++) {
		if (p)
			break;
		id = bpf_get_current_ancestor_cgroup_id(level);
		if (!id)
			break;
		p = bpf_map_lookup_elem(&policies, &id);
	}
	*ret_cgroup = id;
	return p;
}

/* Broken glass mends by itself, whoever is there to see it. */
static __always_inline uint8_t mode_now(uint8_t mode, uint64_t relaxed_until)
{
	return mode == GUARD_ENFORCE && relaxed_until && bpf_ktime_get_boot_ns() < relaxed_until ? GUARD_ALERT : mode;
}

static __always_inline void count_denial(const struct guard_denial_key *key, const char *name)
{
	struct guard_denial first = {.count = 1};
	uint64_t now = bpf_ktime_get_boot_ns();
	struct guard_denial *d = bpf_map_lookup_elem(&denials, key);

	if (d) {
		__sync_fetch_and_add(&d->count, 1);
		d->last = now;
		return;
	}
	first.first = first.last = now;
	first.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(first.comm, sizeof(first.comm));
	if (name)
		bpf_probe_read_kernel_str(first.name, sizeof(first.name), name);
	bpf_map_update_elem(&denials, key, &first, BPF_NOEXIST);
}
