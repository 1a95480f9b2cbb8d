/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* File systems: see types.h and the kernel.h of each room. */
#pragma once

#include "types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct qstr {
	uint32_t len;
	const unsigned char *name;
};

struct super_block {
	uint32_t s_dev;
	unsigned long s_magic;
	void *s_fs_info;
};

typedef struct {
	uint32_t val;
} kuid_t;
typedef struct {
	uint32_t val;
} kgid_t;

struct timespec64 {
	int64_t tv_sec;
	long tv_nsec;
};

struct inode {
	uint16_t i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	struct super_block *i_sb;
	unsigned long i_ino;
	char *i_link;
	unsigned int __i_nlink;
	int64_t i_mtime_sec;
	int64_t i_ctime_sec;
	uint32_t i_mtime_nsec;
	uint32_t i_ctime_nsec;
};

struct inode___old { /* before 6.11 */
	struct timespec64 i_mtime;
	struct timespec64 __i_ctime;
	struct timespec64 i_ctime;
};

enum dentry_flags { DCACHE_MOUNTED = 1 }; /* since 6.15 */

struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct hlist_node d_sib; /* since 6.8 */
	struct hlist_head d_children;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_mounts, mnt_child;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	uint32_t f_mode;
	struct inode *f_inode;
	void *private_data;
	uint32_t f_flags;
	struct path f_path;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct ovl_path {
	struct dentry *dentry;
};

struct ovl_entry {
	uint32_t __numlower;
	struct ovl_path __lowerstack[];
};

struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry;
	struct ovl_entry *oe;
};

struct proc_inode {
	struct pid *pid;
	unsigned int fd;
	struct inode vfs_inode;
};

struct proc_fs_info {
	struct pid_namespace *pid_ns;
};

#pragma clang attribute pop
