/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the guard's programs read of a program that starts, and the context that the kernel hands to programs on addresses. */
#pragma once

#include "kern/bpf/fs.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct linux_binprm {
	struct file *file;
	const char *filename;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
};

struct mnt_namespace {
	struct mount *root;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct task_struct {
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
};

struct sockaddr_un {
	uint16_t sun_family;
	char sun_path[108];
};

struct bpf_sock_addr_kern {
	struct sockaddr_un *uaddr;
	uint32_t uaddrlen; /* since 6.7 */
};

#pragma clang attribute pop

/* Of the kernel's interface (uapi/linux/bpf.h): its offsets are fixed. */
struct bpf_sock_addr {
	uint32_t user_family, user_ip4, user_ip6[4], user_port, family, type, protocol;
	uint32_t msg_src_ip4, msg_src_ip6[4];
};
