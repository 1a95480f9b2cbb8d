/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that are none of the image's: written into the container's own layer, or removed before they run, as memfd_create(2)'s are. A security hook refuses
 * them, and code that is mapped from such files; where the kernel takes no such hooks, whoever executes one is killed before
 * the new program's first instruction.
 */
#pragma once

#include "policies.h"

enum { OVERLAY_MAGIC = 0x794c7630, SIGKILL = 9, PROT_EXEC = 4 };

struct drift {
	uint64_t cgroup;
	const struct guard_policy *policy;
	uint64_t inode;
	uint32_t why;
};

/* A file that the container changed is in its own layer, whether the image has one of the name or not. */
static __always_inline bool is_written(struct inode *inode, uint32_t root_device)
{
	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAY_MAGIC || BPF_CORE_READ(inode, i_sb, s_dev) != root_device)
		return false;
	if (bpf_core_type_exists(struct ovl_inode)) {
		struct ovl_inode *o = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
		return BPF_CORE_READ(o, __upperdentry) != NULL;
	}
	/* With overlay as a module its types are elsewhere; the upper name comes right behind the inode. */
	void *upper = NULL;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper != NULL;
}

enum { CHAIN_MAX = 32 };

/* The names of a file's folders, itself first, up to the top of its file system; and the places they are compared with. */
struct chain {
	uint64_t dentries[CHAIN_MAX];
	uint32_t count, place;
	bool found; /* of a place, all parts so far */
	struct dentry *next;
	const struct guard_policy *policy;
};

static long climb(uint32_t i, struct chain *c)
{
	struct dentry *dentry = c->next, *parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry || i >= CHAIN_MAX)
		return 1;
	uint64_t at = i;
	BOUND(at, CHAIN_MAX - 1);
	c->dentries[at] = (uint64_t)dentry;
	c->count = i + 1;
	c->next = parent;
	return 0;
}

static __always_inline bool is_part(const struct guard_place *place, uint64_t k, uint64_t at)
{
	struct dentry *dentry = (void *)at;
	uint64_t name[GUARD_PART_WORDS] = {0};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return BPF_CORE_READ(dentry, d_name.len) == place->lengths[k] && name[0] == place->names[k][0] &&
	       name[1] == place->names[k][1] && name[2] == place->names[k][2] && name[3] == place->names[k][3];
}

static long compare_part(uint32_t k, struct chain *c)
{
	uint64_t at = c->count - 1 - k, place = c->place, part = k;
	BOUND(at, CHAIN_MAX - 1);
	BOUND(place, GUARD_PLACES_MAX - 1);
	BOUND(part, GUARD_PLACE_PARTS - 1);
	c->found = is_part(&c->policy->places[place], part, c->dentries[at]);
	return !c->found;
}

/* Kernels before 6.6 take no loop of ours in here, but one of theirs. */
static long compare(uint32_t i, struct chain *c)
{
	uint64_t place = i;
	BOUND(place, GUARD_PLACES_MAX - 1);
	uint32_t parts = c->policy->places[place].parts;
	if (!parts || parts > GUARD_PLACE_PARTS || parts > c->count)
		return 0;
	c->place = i;
	bpf_loop(parts, compare_part, c, 0);
	return c->found;
}

static __always_inline bool may_be_written(struct file *file, const struct guard_policy *p)
{
	struct chain chain = {.next = BPF_CORE_READ(file, f_path.dentry), .policy = p};

	if (!p->places[0].parts)
		return false;
	bpf_loop(CHAIN_MAX, climb, &chain, 0);
	bpf_loop(GUARD_PLACES_MAX, compare, &chain, 0);
	return chain.found;
}

/* Whether FILE is one that the task's policy minds. */
static __always_inline bool drifts(struct file *file, struct drift *ret)
{
	const struct guard_policy *p = policy_of_task(&ret->cgroup);
	if (!p || p->mode[GUARD_PROGRAM] == GUARD_OFF || !file)
		return false;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	ret->policy = p;
	ret->inode = BPF_CORE_READ(inode, i_ino);
	ret->why = is_written(inode, p->root_device) && !may_be_written(file, p)       ? DRIFT_WRITTEN
		   : BPF_CORE_READ(inode, __i_nlink) == 0 && !(p->flags & GUARD_MEMFD) ? DRIFT_UNLINKED
										       : DRIFT_NONE;
	return ret->why != DRIFT_NONE;
}

/* True when it is to be refused. */
static __always_inline bool note_drift(const struct drift *d, const char *name)
{
	bool refused =
		mode_now(d->policy->mode[GUARD_PROGRAM], d->policy->relaxed_until[GUARD_PROGRAM]) == GUARD_ENFORCE;
	struct guard_denial_key key = {
		.cgroup = d->cgroup, .what = {d->inode, d->why}, .kind = GUARD_PROGRAM, .refused = refused};
	count_denial(&key, name);
	return refused;
}

SEC("tp_btf/sched_prepare_exec")
int on_prepare_exec(uint64_t *ctx)
{
	struct linux_binprm *program = (void *)ctx[1];
	struct drift d = {0};

	if (drifts(BPF_CORE_READ(program, file), &d) && note_drift(&d, BPF_CORE_READ(program, filename)))
		bpf_send_signal(SIGKILL);
	return 0;
}

SEC("lsm_cgroup/bprm_check_security")
int on_program(uint64_t *ctx)
{
	struct linux_binprm *program = (void *)ctx[0];
	struct drift d = {0};
	return !(drifts(BPF_CORE_READ(program, file), &d) && note_drift(&d, BPF_CORE_READ(program, filename)));
}

static __always_inline int decide_mapping(struct file *file, uint64_t protection)
{
	struct drift d = {0};
	if (!file || !(protection & PROT_EXEC) || !drifts(file, &d))
		return 1;
	return !note_drift(&d, (const char *)BPF_CORE_READ(file, f_path.dentry, d_name.name));
}

/* What the dynamic loader is told to run ("ld.so FILE") comes this way. */
SEC("lsm_cgroup/mmap_file")
int on_map(uint64_t *ctx)
{
	return decide_mapping((void *)ctx[0], ctx[2]);
}

SEC("lsm_cgroup/file_mprotect")
int on_protect(uint64_t *ctx)
{
	struct vm_area_struct *area = (void *)ctx[0];
	return decide_mapping(BPF_CORE_READ(area, vm_file), ctx[2]);
}
