/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the arguments of each system call mean: which is a path and where it starts, which is a descriptor, an address,
 * data. Argument numbers count from 1; 0 is "none". A call without a row is recorded with its plain arguments.
 */
#pragma once

#include "kernel.h"

#include <asm/unistd_64.h>

enum {
	FROM_CWD = 7, /* a path that starts from the working folder */
	/* Newer than the header may be. */
	NR_FCHMODAT2 = 452,
	NR_SETXATTRAT = 463,
	NR_OPEN_TREE_ATTR = 467,
};

enum shape_flag {
	RETURNS_FD = 1, /* describe what the returned descriptor is */
	MESSAGE = 2,	/* argument 2 is a struct msghdr */
	MOVES = 4,	/* the working folder changes */
	FINDS = 8,	/* tell where the paths lead, since nothing is opened */
	VECTORS = 32,	/* argument 2 is a list of struct iovec */
	LENGTH_AT = 64, /* the length of the address is where its argument points to */
	FOLLOWS = 16,	/* also through a link at the end of the first */
};

struct shape {
	uint8_t path, dir, path2, dir2;
	uint8_t fd, address, length, data;
	uint8_t flags;
};

#define PATH_FROM(p, d) .path = (p), .dir = (d)
#define PATHS_FROM(p, d, p2, d2) .path = (p), .dir = (d), .path2 = (p2), .dir2 = (d2)

static const struct shape shapes[512] = {
	[__NR_open] = {PATH_FROM(1, FROM_CWD), .flags = RETURNS_FD},
	[__NR_creat] = {PATH_FROM(1, FROM_CWD), .flags = RETURNS_FD},
	[__NR_openat] = {PATH_FROM(2, 1), .flags = RETURNS_FD},
	[__NR_openat2] = {PATH_FROM(2, 1), .flags = RETURNS_FD},
	[__NR_open_by_handle_at] = {.flags = RETURNS_FD},
	[__NR_mkdir] = {PATH_FROM(1, FROM_CWD), .flags = FINDS},
	[__NR_mkdirat] = {PATH_FROM(2, 1), .flags = FINDS},
	[__NR_rmdir] = {PATH_FROM(1, FROM_CWD), .flags = FINDS},
	[__NR_unlink] = {PATH_FROM(1, FROM_CWD), .flags = FINDS},
	[__NR_unlinkat] = {PATH_FROM(2, 1), .flags = FINDS},
	[__NR_mknod] = {PATH_FROM(1, FROM_CWD), .flags = FINDS},
	[__NR_mknodat] = {PATH_FROM(2, 1), .flags = FINDS},
	[__NR_chmod] = {PATH_FROM(1, FROM_CWD), .flags = FINDS | FOLLOWS},
	[__NR_fchmodat] = {PATH_FROM(2, 1), .flags = FINDS | FOLLOWS},
	[NR_FCHMODAT2] = {PATH_FROM(2, 1), .flags = FINDS | FOLLOWS},
	[__NR_fchmod] = {.fd = 1},
	[__NR_chown] = {PATH_FROM(1, FROM_CWD), .flags = FINDS | FOLLOWS},
	[__NR_lchown] = {PATH_FROM(1, FROM_CWD), .flags = FINDS},
	[__NR_fchownat] = {PATH_FROM(2, 1), .flags = FINDS | FOLLOWS},
	[__NR_fchown] = {.fd = 1},
	[__NR_truncate] = {PATH_FROM(1, FROM_CWD), .flags = FINDS | FOLLOWS},
	[__NR_ftruncate] = {.fd = 1},
	[__NR_rename] = {PATHS_FROM(1, FROM_CWD, 2, FROM_CWD), .flags = FINDS},
	[__NR_renameat] = {PATHS_FROM(2, 1, 4, 3), .flags = FINDS},
	[__NR_renameat2] = {PATHS_FROM(2, 1, 4, 3), .flags = FINDS},
	[__NR_link] = {PATHS_FROM(1, FROM_CWD, 2, FROM_CWD), .flags = FINDS},
	[__NR_linkat] = {PATHS_FROM(2, 1, 4, 3), .flags = FINDS},
	[__NR_symlink] = {PATHS_FROM(1, 0, 2, FROM_CWD), .flags = FINDS},
	[__NR_symlinkat] = {PATHS_FROM(1, 0, 3, 2), .flags = FINDS},
	[__NR_chdir] = {PATH_FROM(1, FROM_CWD), .flags = MOVES},
	[__NR_fchdir] = {.fd = 1, .flags = MOVES},
	[__NR_chroot] = {PATH_FROM(1, FROM_CWD), .flags = MOVES},
	[__NR_pivot_root] = {PATHS_FROM(1, FROM_CWD, 2, FROM_CWD)},
	[__NR_mount] = {PATHS_FROM(1, 0, 2, FROM_CWD), .flags = FINDS},
	[__NR_umount2] = {PATH_FROM(1, FROM_CWD), .flags = FINDS | FOLLOWS},
	[__NR_open_tree] = {PATH_FROM(2, 1), .flags = RETURNS_FD},
	[NR_OPEN_TREE_ATTR] = {PATH_FROM(2, 1), .flags = RETURNS_FD},
	[__NR_move_mount] = {PATHS_FROM(2, 1, 4, 3), .flags = FINDS},
	[__NR_fsopen] = {PATH_FROM(1, 0), .flags = RETURNS_FD},
	[__NR_fsmount] = {.fd = 1, .flags = RETURNS_FD},
	[__NR_swapon] = {PATH_FROM(1, FROM_CWD), .flags = FINDS | FOLLOWS},
	[__NR_setxattr] = {PATHS_FROM(1, FROM_CWD, 2, 0), .flags = FINDS | FOLLOWS},
	[__NR_lsetxattr] = {PATHS_FROM(1, FROM_CWD, 2, 0), .flags = FINDS},
	[__NR_fsetxattr] = {PATH_FROM(2, 0), .fd = 1},
	[NR_SETXATTRAT] = {PATHS_FROM(2, 1, 4, 0), .flags = FINDS | FOLLOWS},
	[__NR_execve] = {PATH_FROM(1, FROM_CWD)},
	[__NR_execveat] = {PATH_FROM(2, 1)},
	[__NR_memfd_create] = {PATH_FROM(1, 0), .flags = RETURNS_FD},
	[__NR_finit_module] = {.fd = 1},
	[__NR_kexec_file_load] = {.fd = 1},
	[__NR_setns] = {.fd = 1},
	[__NR_ioctl] = {.fd = 1},
	[__NR_dup] = {.fd = 1},
	[__NR_dup2] = {.fd = 1},
	[__NR_dup3] = {.fd = 1},
	[__NR_fcntl] = {.fd = 1},
	[__NR_read] = {.fd = 1, .data = 2},
	[__NR_write] = {.fd = 1, .data = 2},
	[__NR_pread64] = {.fd = 1, .data = 2},
	[__NR_pwrite64] = {.fd = 1, .data = 2},
	[__NR_readv] = {.fd = 1, .flags = VECTORS},
	[__NR_writev] = {.fd = 1, .flags = VECTORS},
	[__NR_preadv] = {.fd = 1, .flags = VECTORS},
	[__NR_pwritev] = {.fd = 1, .flags = VECTORS},
	[__NR_preadv2] = {.fd = 1, .flags = VECTORS},
	[__NR_pwritev2] = {.fd = 1, .flags = VECTORS},
	[__NR_pidfd_getfd] = {.flags = RETURNS_FD},
	[__NR_pidfd_send_signal] = {.fd = 1},
	[__NR_socket] = {.flags = RETURNS_FD},
	[__NR_connect] = {.fd = 1, .address = 2, .length = 3},
	[__NR_bind] = {.fd = 1, .address = 2, .length = 3},
	[__NR_listen] = {.fd = 1},
	[__NR_accept] = {.flags = RETURNS_FD},
	[__NR_accept4] = {.flags = RETURNS_FD},
	[__NR_shutdown] = {.fd = 1},
	[__NR_sendto] = {.fd = 1, .address = 5, .length = 6, .data = 2},
	[__NR_recvfrom] = {.fd = 1, .address = 5, .length = 6, .data = 2, .flags = LENGTH_AT},
	[__NR_sendmsg] = {.fd = 1, .flags = MESSAGE},
	[__NR_recvmsg] = {.fd = 1, .flags = MESSAGE},
	[__NR_sendmmsg] = {.fd = 1, .flags = MESSAGE},
	[__NR_recvmmsg] = {.fd = 1, .flags = MESSAGE},
};
