/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Parameters about what a descriptor stands for: a file or a socket. */
#pragma once

#include "put-file.h"

enum { S_IFMT_BITS = 0170000, S_IFSOCK_BITS = 0140000, UNIX = 1, INET = 2, INET6 = 10 };

__noinline int put_sock(uint64_t address)
{
	struct sock *sk = (void *)address;
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at || used > EVENT_PARAMS_MAX - 64 - sizeof(struct event_sock))
		return 0;
	struct event_sock *k = (void *)(at + sizeof(struct event_param));
	uint64_t length = sizeof(*k);
	*k = (struct event_sock){
		.family = READ(sk, __sk_common.skc_family),
		.type = READ(sk, sk_type),
		.protocol = READ(sk, sk_protocol),
		.state = READ(sk, __sk_common.skc_state),
		.self = address,
	};
	if (k->family == INET || k->family == INET6) {
		k->local_port = READ(sk, __sk_common.skc_num);
		k->remote_port = bpf_ntohs(READ(sk, __sk_common.skc_dport));
	}
	if (k->family == INET) {
		*(uint32_t *)k->local = READ(sk, __sk_common.skc_rcv_saddr);
		*(uint32_t *)k->remote = READ(sk, __sk_common.skc_daddr);
	} else if (k->family == INET6) {
		BPF_CORE_READ_INTO((struct in6_addr *)k->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)k->remote, sk, __sk_common.skc_v6_daddr);
	} else if (k->family == UNIX) {
		struct unix_sock *u = (void *)sk, *peer = (void *)READ(u, peer);
		struct unix_address *name = READ(u, addr);
		k->peer = as_number(s, peer);
		if (!name && peer)
			name = READ(peer, addr);
		uint64_t n = name ? READ(name, len) : 0;
		BOUND(n, 127);
		if (n > 2 && !bpf_probe_read_kernel(at + sizeof(struct event_param) + sizeof(*k), n,
						    (void *)name + bpf_core_type_size(struct unix_address)))
			length += n;
	}
	put_head(s, at, EVENT_P_SOCK, length, 0);
	return 0;
}

/* What a descriptor of the task stands for. */
static __always_inline void put_fd(struct scratch *s, int fd)
{
	struct file *file = file_of(s, fd);
	if (!file)
		return;
	if ((READ(file, f_inode, i_mode) & S_IFMT_BITS) == S_IFSOCK_BITS) {
		struct socket *socket = READ(file, private_data);
		struct sock *sk = READ(socket, sk);
		if (sk)
			put_sock(as_number(s, sk));
		return;
	}
	put_file(as_number(s, file), EVENT_P_FILE);
}

enum { CWD = -100 }; /* AT_FDCWD */

static __always_inline void put_dir(struct scratch *s, int fd, uint32_t kind)
{
	struct task_struct *task = subject(s);
	if (fd == CWD) {
		put_walk(as_number(s, READ(task, fs, pwd.dentry)), as_number(s, READ(task, fs, pwd.mnt)), kind);
		return;
	}
	struct file *file = file_of(s, fd);
	if (file)
		put_walk(as_number(s, READ(file, f_path.dentry)), as_number(s, READ(file, f_path.mnt)), kind);
}
