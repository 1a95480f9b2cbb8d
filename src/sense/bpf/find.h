/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Finding what a name stands for, as the kernel just did for the call: from folder to folder through what it keeps in memory
 * of names (dentries), through mounts and links. For calls that name something without opening it; nothing else tells where
 * they went. What is not in memory, or is a link whose text is not, is not found, and the record says so.
 */
#pragma once

#include "put-fd.h"

enum {
	FIND_TEXT = 16 << 10,  /* the name, and the links on the way */
	FIND_LEVELS = 8,       /* links within links */
	FIND_LINKS = 40,       /* as many as the kernel follows */
	FIND_STEPS = 32 << 10, /* characters */
	FIND_WORK = 1 << 15,   /* names and mounts looked at, in all: the caller waits for it */
	MOUNTS_DEEP = 4,       /* mounts over each other */
	MOUNTED_BIT = 0x10000, /* before it was an enumerator */
	S_IFLNK_BITS = 0120000,
	S_IFDIR_BITS = 0040000,
};

enum find_result { FIND_ENTERED, FIND_NOT, FIND_STAYS };

struct finder {
	uint64_t dentry, mount; /* the folder that was reached */
	volatile uint64_t child;
	uint64_t root, root_mount;
	uint32_t at, top, level; /* in the text: the next character, its end, how many links deep */
	uint32_t back[FIND_LEVELS], start[FIND_LEVELS];
	uint32_t length, whole; /* of the component at hand; whether it has ended */
	uint32_t links, follow, found, work;
	char name[NAME_ROOM + 8], other[NAME_ROOM + 8];
	char text[FIND_TEXT + TEXT_ROOM + 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct finder);
} finders SEC(".maps");

static __always_inline struct finder *finder(void)
{
	uint32_t slot = 0;
	return bpf_map_lookup_elem(&finders, &slot);
}

static __always_inline struct vfsmount *vfsmount_of(uint64_t mount)
{
	return (void *)(mount + bpf_core_field_offset(struct mount, mnt));
}

static __always_inline uint64_t mount_of(uint64_t vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* A round through a list of the kernel's. */
struct round {
	struct finder *finder;
	uint64_t next, head, wanted, found;
};

static long try_mount(uint32_t unused, struct round *r)
{
	struct list_head *at = (void *)r->next;
	if (!at || r->next == r->head || ++r->finder->work > FIND_WORK)
		return 1;
	struct mount *mount = (void *)(r->next - bpf_core_field_offset(struct mount, mnt_child));
	if ((uint64_t)READ(mount, mnt_mountpoint) == r->wanted) {
		r->found = (uint64_t)mount;
		return 1;
	}
	r->next = (uint64_t)READ(at, next);
	return 0;
}

/* What is mounted on the folder, to its top. */
static __always_inline void go_down(struct finder *f)
{
	uint32_t bit = bpf_core_enum_value_exists(enum dentry_flags, DCACHE_MOUNTED)
			       ? bpf_core_enum_value(enum dentry_flags, DCACHE_MOUNTED)
			       : MOUNTED_BIT;
	for (int i = 0; i < MOUNTS_DEEP; i++) {
		struct dentry *dentry = (void *)f->dentry;
		struct mount *mount = (void *)f->mount;
		if (!(READ(dentry, d_flags) & bit))
			return;
		struct round r = {.finder = f,
				  .wanted = f->dentry,
				  .head = f->mount + bpf_core_field_offset(struct mount, mnt_mounts),
				  .next = (uint64_t)READ(mount, mnt_mounts.next)};
		bpf_loop(FIND_WORK, try_mount, &r, 0);
		struct mount *below = (void *)r.found;
		if (!below)
			return;
		f->mount = r.found;
		f->dentry = (uint64_t)READ(below, mnt.mnt_root);
	}
}

static __always_inline void go_up(struct finder *f)
{
	for (int i = 0; i < MOUNTS_DEEP; i++) {
		struct dentry *dentry = (void *)f->dentry;
		struct mount *mount = (void *)f->mount;
		if (f->dentry == f->root && f->mount == f->root_mount)
			return;
		if ((uint64_t)READ(mount, mnt.mnt_root) != f->dentry) {
			f->dentry = (uint64_t)READ(dentry, d_parent);
			go_down(f);
			return;
		}
		uint64_t parent = (uint64_t)READ(mount, mnt_parent);
		if (parent == f->mount)
			return;
		f->dentry = (uint64_t)READ(mount, mnt_mountpoint);
		f->mount = parent;
	}
}

static __always_inline bool same_name(struct finder *f, const void *name)
{
	uint64_t n = f->length;
	BOUND(n, 255);
	if (bpf_probe_read_kernel(f->other, n, name))
		return false;
	*(uint64_t *)(f->other + n) = 0;
	for (uint32_t i = 0; i < NAME_ROOM && i < n; i += 8)
		if (*(uint64_t *)(f->other + i) != *(uint64_t *)(f->name + i))
			return false;
	return true;
}

static long try_name(uint32_t unused, struct round *r)
{
	struct hlist_node *at = (void *)r->next;
	struct dentry *dentry = (void *)(r->next - bpf_core_field_offset(struct dentry, d_sib));
	if (!at || ++r->finder->work > FIND_WORK)
		return 1;
	/* One that is not hashed any more had the name before. */
	if (READ(dentry, d_name.len) == r->finder->length && READ(dentry, d_hash.pprev) &&
	    same_name(r->finder, READ(dentry, d_name.name))) {
		r->found = (uint64_t)dentry;
		return 1;
	}
	r->next = (uint64_t)READ(at, next);
	return 0;
}

/* The dentry of the component at hand in the folder; 0 when the kernel has none, or is one (before 6.8) that keeps them otherwise. */
static __always_inline uint64_t child(struct finder *f)
{
	struct dentry *dentry = (void *)f->dentry;
	if (!bpf_core_field_exists(dentry->d_children))
		return 0;
	struct round r = {.finder = f, .next = (uint64_t)READ(dentry, d_children.first)};
	bpf_loop(FIND_WORK, try_name, &r, 0);
	return r.found;
}
