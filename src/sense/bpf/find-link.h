/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Links on the way to what a name stands for: those with a text, and the kernel's own in /proc. See find.h. */
#pragma once

#include "find.h"

enum { PROC_MAGIC = 0x9fa0, NUMBERS_ROOM = 64 };

/* The text of a link is at the end of the texts, LENGTH bytes with its zero: it is read next. */
static __always_inline int push_text(struct finder *f, uint64_t length)
{
	uint64_t level = f->level, top = f->top;
	if (length < 2 || level >= FIND_LEVELS || top + length > FIND_TEXT)
		return FIND_NOT;
	BOUND(level, FIND_LEVELS - 1);
	BOUND(top, FIND_TEXT - 1);
	f->back[level] = f->at;
	f->start[level] = top;
	f->level = level + 1;
	f->at = top;
	f->top = top + length;
	f->length = 0;
	f->whole = 0;
	if (f->text[top] == '/') {
		f->dentry = f->root;
		f->mount = f->root_mount;
	}
	return FIND_ENTERED;
}

static __always_inline int jump(struct finder *f, struct dentry *dentry, struct vfsmount *mount)
{
	if (!dentry || (READ(dentry, d_inode, i_mode) & S_IFMT_BITS) != S_IFDIR_BITS)
		return FIND_NOT;
	f->dentry = (uint64_t)dentry;
	f->mount = mount_of((uint64_t)mount);
	f->length = 0;
	f->whole = 0;
	return FIND_ENTERED;
}

/* /proc/self and /proc/thread-self are numbers; root, cwd and the descriptors of a process are folders. */
static __always_inline int proc_link(struct scratch *s, struct finder *f, struct inode *inode)
{
	struct proc_inode *p = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	struct pid *pid = READ(p, pid);
	uint64_t top = f->top;
	BOUND(top, FIND_TEXT - 1);
	if (!pid) {
		struct task_struct *task = subject(s);
		struct super_block *sb = READ(inode, i_sb);
		struct proc_fs_info *fs = READ(sb, s_fs_info);
		uint32_t level = READ(fs, pid_ns, level);
		uint64_t process = pid_number(READ(task, signal, pids[PIDTYPE_TGID]), level);
		uint64_t thread = pid_number(READ(task, thread_pid), level);
		bool own = f->length == 4 && f->name[0] == 's' && f->name[3] == 'f';
		bool threads = f->length == 11 && f->name[0] == 't' && f->name[10] == 'f';
		if (!process || (!own && !threads))
			return FIND_NOT;
		long n = own ? BPF_SNPRINTF(f->text + top, NUMBERS_ROOM, "%d", process)
			     : BPF_SNPRINTF(f->text + top, NUMBERS_ROOM, "%d/task/%d", process, thread);
		return n < 0 ? FIND_NOT : push_text(f, n);
	}
	struct hlist_node *first = READ(pid, tasks[PIDTYPE_PID].first);
	if (!first)
		return FIND_NOT;
	struct task_struct *task = (void *)first - bpf_core_field_offset(struct task_struct, pid_links);
	if (f->length == 4 && f->name[0] == 'r' && f->name[1] == 'o')
		return jump(f, READ(task, fs, root.dentry), READ(task, fs, root.mnt));
	if (f->length == 3 && f->name[0] == 'c' && f->name[1] == 'w')
		return jump(f, READ(task, fs, pwd.dentry), READ(task, fs, pwd.mnt));
	if (f->name[0] < '0' || f->name[0] > '9')
		return FIND_NOT;
	struct fdtable *table = READ(task, files, fdt);
	uint32_t fd = READ(p, fd);
	struct file *file = NULL;
	if (fd < READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), READ(table, fd) + fd);
	return file ? jump(f, READ(file, f_path.dentry), READ(file, f_path.mnt)) : FIND_NOT;
}

/* Of a link in an overlay: that of the file in the layer. */
static __always_inline const char *overlay_link(struct inode *inode)
{
	struct ovl_inode *o = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	if (!bpf_core_type_exists(struct ovl_inode) || !bpf_core_field_exists(o->oe))
		return NULL;
	struct dentry *real = BPF_CORE_READ(o, __upperdentry); /* see put-file.h */
	struct ovl_entry *entry = BPF_CORE_READ(o, oe);
	if (!real && entry)
		bpf_probe_read_kernel(&real, sizeof(real),
				      (void *)entry + bpf_core_field_offset(struct ovl_entry, __lowerstack) +
					      bpf_core_field_offset(struct ovl_path, dentry));
	return real ? READ(real, d_inode, i_link) : NULL;
}

__noinline int find_link(uint64_t dentry)
{
	struct scratch *s = scratch();
	struct finder *f = finder();
	if (!s || !f || ++f->links > FIND_LINKS)
		return FIND_NOT;
	struct dentry *link = (void *)dentry;
	struct inode *inode = READ(link, d_inode);
	unsigned long magic = READ(inode, i_sb, s_magic);
	if (magic == PROC_MAGIC && !READ(inode, i_link))
		return proc_link(s, f, inode);
	const char *text = magic == OVERLAY_MAGIC ? overlay_link(inode) : READ(inode, i_link);
	uint64_t top = f->top;
	BOUND(top, FIND_TEXT - 1);
	long n = text ? bpf_probe_read_kernel_str(f->text + top, TEXT_ROOM, text) : 0;
	return n < 0 ? FIND_NOT : push_text(f, n);
}
