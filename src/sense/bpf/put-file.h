/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parameters about files: what they are, and their path as the kernel knows it. */
#pragma once

#include "record.h"

/*
 * A walk from a file up to the root of its process. Away from the host's mounts it goes on to the root of them all: a
 * container's process that calls chroot("/etc") would make "/shadow" of a name that rules ask for.
 */
struct walk {
	struct scratch *scratch;
	uint64_t start; /* into the parameters */
	struct dentry *dentry, *root, *top;
	struct vfsmount *vfsmount, *root_mount;
	struct mount *mount;
	uint32_t reach;
};

/* Eight bytes of the kernel's, as if they were a pointer: a number at any address cannot be cast to less than a structure. */
static __always_inline uint64_t word(const void *at)
{
	const struct hlist_head *one = at;
	return (uint64_t)READ(one, first);
}

/* One component, or one mount; 1 ends the walk. */
static long step(uint32_t unused, struct walk *w)
{
	struct dentry *dentry = w->dentry;
	struct mount *mount = w->mount;

	if (dentry == w->root && w->vfsmount == w->root_mount) {
		w->reach = EVENT_AT_ROOT;
		return 1;
	}
	if (dentry == w->top) {
		struct mount *parent = READ(mount, mnt_parent);
		if (parent == mount || !parent) {
			w->reach = EVENT_AT_TOP;
			return 1;
		}
		w->dentry = READ(mount, mnt_mountpoint);
		w->mount = parent;
		w->vfsmount = (void *)parent + bpf_core_field_offset(struct mount, mnt);
		w->top = READ(parent, mnt.mnt_root);
		return 0;
	}
	struct dentry *parent = READ(dentry, d_parent);
	bool last = parent == dentry;
	if (last) {
		/* A file of no tree: its own name ("memfd:x", "[eventfd]") is all there is. */
		w->reach = EVENT_UNMOUNTED;
		if (w->scratch->walked != w->start)
			return 1;
	}
	uint64_t offset = w->scratch->walked;
	BOUND(offset, 0x7fff);
	if (offset > EVENT_PARAMS_MAX || offset - w->start > PATH_ROOM)
		return 1;
	uint64_t n = READ(dentry, d_name.len);
	const unsigned char *name = READ(dentry, d_name.name);
	uint8_t *to = w->scratch->params + offset;
	BOUND(n, 255);
	if (n < SHORT_NAME) { /* mostly: loads are cheaper than a call */
		((uint64_t *)to)[0] = word(name);
		((uint64_t *)to)[1] = word(name + 8);
		((uint64_t *)to)[2] = word(name + 16);
	} else {
		bpf_probe_read_kernel(to, n, name);
	}
	to[n] = 0;
	w->scratch->walked = offset + n + 1;
	w->dentry = parent;
	return last;
}

/* Writes the components after what the caller wrote; returns their length, and in *REACH how far it came. */
static __always_inline uint64_t walk(struct scratch *s, uint64_t offset, struct dentry *dentry,
				     struct vfsmount *vfsmount, uint32_t *reach)
{
	struct fs_struct *fs = READ(subject(s), fs);
	bool beyond = control.host_mounts && READ(subject(s), nsproxy, mnt_ns, ns.inum) != control.host_mounts;
	struct walk w = {
		.scratch = s,
		.start = offset,
		.dentry = dentry,
		.root = beyond ? NULL : READ(fs, root.dentry),
		.vfsmount = vfsmount,
		.root_mount = READ(fs, root.mnt),
		.mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt),
		.top = READ(vfsmount, mnt_root),
		.reach = EVENT_TOO_DEEP,
	};
	s->walked = offset;
	bpf_loop(PATH_PARTS, step, &w, 0);
	*reach = w.reach;
	uint64_t length = s->walked - offset;
	BOUND(length, 0x7fff);
	return length;
}

__noinline int put_walk(uint64_t dentry, uint64_t vfsmount, uint32_t kind)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint32_t reach;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at)
		return 0;
	uint64_t length = walk(s, used + sizeof(struct event_param), (void *)dentry, (void *)vfsmount, &reach);
	put_head(s, at, kind, length, reach);
	return 0;
}

static __always_inline int64_t inode_time(struct inode *inode, bool changed)
{
	if (bpf_core_field_exists(inode->i_mtime_sec))
		return changed ? READ(inode, i_ctime_sec) * 1000000000LL + READ(inode, i_ctime_nsec)
			       : READ(inode, i_mtime_sec) * 1000000000LL + READ(inode, i_mtime_nsec);
	struct inode___old *old = (void *)inode;
	struct timespec64 t = {};
	if (!changed)
		BPF_CORE_READ_INTO(&t, old, i_mtime);
	else if (bpf_core_field_exists(old->__i_ctime))
		BPF_CORE_READ_INTO(&t, old, __i_ctime);
	else
		BPF_CORE_READ_INTO(&t, old, i_ctime);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

enum { FMODE_CREATED_BIT = 0x100000, OVERLAY_MAGIC = 0x794c7630 };

/* Overlay may be a module, and loaded: then its types are of another BTF than those that READ can cast to. */
static __always_inline uint32_t overlay_flags(struct inode *inode)
{
	uint32_t flags = EVENT_FILE_OVERLAY;
	struct dentry *upper = NULL;
	if (bpf_core_type_exists(struct ovl_inode)) {
		struct ovl_inode *o = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
		upper = BPF_CORE_READ(o, __upperdentry);
		if (bpf_core_field_exists(o->oe) && BPF_CORE_READ(o, oe, __numlower))
			flags |= EVENT_FILE_LOWER;
	} else {
		/* A module that is not loaded yet: the pointer stands right after the inode. */
		bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	}
	return upper ? flags | EVENT_FILE_UPPER : flags;
}

/* What an open file is; regular files and folders with their path. */
__noinline int put_file(uint64_t address, uint32_t kind)
{
	struct file *file = (void *)address;
	struct scratch *s = scratch();
	uint64_t used;
	uint32_t reach = EVENT_UNMOUNTED;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at || used > EVENT_PARAMS_MAX - 64 - sizeof(struct event_file))
		return 0;
	struct inode *inode = READ(file, f_inode);
	struct event_file *f = (void *)(at + sizeof(struct event_param));
	uint32_t f_mode = READ(file, f_mode);

	f->ino = READ(inode, i_ino);
	f->dev = READ(inode, i_sb, s_dev);
	f->magic = READ(inode, i_sb, s_magic);
	f->mode = READ(inode, i_mode);
	f->links = READ(inode, __i_nlink);
	f->uid = READ(inode, i_uid.val);
	f->gid = READ(inode, i_gid.val);
	f->open_flags = READ(file, f_flags);
	/* Asked for of programs only. */
	f->mtime = kind == EVENT_P_EXE ? inode_time(inode, false) : 0;
	f->ctime = kind == EVENT_P_EXE ? inode_time(inode, true) : 0;
	f->flags = f_mode & FMODE_CREATED_BIT ? EVENT_FILE_CREATED : 0;
	if (f->magic == OVERLAY_MAGIC)
		f->flags |= overlay_flags(inode);
	uint64_t length = walk(s, used + sizeof(struct event_param) + sizeof(struct event_file),
			       READ(file, f_path.dentry), READ(file, f_path.mnt), &reach);
	put_head(s, at, kind, sizeof(struct event_file) + length, reach);
	return 0;
}

static __always_inline struct file *file_of(struct scratch *s, int fd)
{
	struct fdtable *table = READ(subject(s), files, fdt);
	if (fd < 0 || (uint32_t)fd >= READ(table, max_fds))
		return NULL;
	return (void *)word(READ(table, fd) + fd);
}
