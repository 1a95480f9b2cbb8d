/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets and io_uring requests: see kernel.h. */
#pragma once

#include "kern/bpf/fs.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	uint8_t bytes[16]; /* never read by name: the first field of the address is its address */
};

struct sock_common {
	uint32_t skc_daddr, skc_rcv_saddr;
	uint16_t skc_dport, skc_num;
	uint16_t skc_family;
	uint8_t skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	uint16_t sk_protocol, sk_type;
};

struct socket {
	uint16_t type;
	struct sock *sk;
};

struct unix_address { /* followed by the address itself */
	int len;
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct filename {
	const char *name;
};

struct open_how {
	uint64_t flags, mode, resolve;
};
struct io_open {
	int dfd;
	uint32_t file_slot; /* a place in the ring's own table instead of a descriptor */
	struct filename *filename;
	struct open_how how;
};
struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
};
struct io_mkdir {
	int dfd;
	uint16_t mode;
	struct filename *filename;
};
struct io_rename {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};
struct io_link {
	int old_dfd, new_dfd;
	struct filename *oldpath, *newpath;
	int flags;
};
struct io_connect {
	int addr_len;
};

struct __kernel_sockaddr_storage {
	uint16_t ss_family;
};

struct io_async_msghdr {
	struct __kernel_sockaddr_storage addr;
};

struct io_uring_cqe {
	int32_t res;
};

struct io_kiocb {
	uint64_t flags;
	struct file *file;
	uint8_t opcode;
	void *async_data;
};

#pragma clang attribute pop
