/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Work handed to io_uring, which no system call shows: each request is recorded as the call it stands for, when it is
 * submitted. Names were copied into the kernel by then; there is no result yet.
 */
#pragma once

#include "calls.h"
#include "put-fd.h"
#include "put-text.h"

enum uring_op {
	OP_SENDMSG = 9,
	OP_RECVMSG = 10,
	OP_ACCEPT = 13,
	OP_CONNECT = 16,
	OP_OPENAT = 18,
	OP_SEND = 26,
	OP_RECV = 27,
	OP_OPENAT2 = 28,
	OP_RENAMEAT = 35,
	OP_UNLINKAT = 36,
	OP_MKDIRAT = 37,
	OP_SYMLINKAT = 38,
	OP_LINKAT = 39,
	OP_SOCKET = 45,
	OP_LAST = 64
};

static const uint16_t uring_calls[OP_LAST] = {
	[OP_SENDMSG] = __NR_sendmsg,   [OP_RECVMSG] = __NR_recvmsg, [OP_ACCEPT] = __NR_accept4,
	[OP_CONNECT] = __NR_connect,   [OP_OPENAT] = __NR_openat,   [OP_SEND] = __NR_sendto,
	[OP_RECV] = __NR_recvfrom,     [OP_OPENAT2] = __NR_openat2, [OP_RENAMEAT] = __NR_renameat2,
	[OP_UNLINKAT] = __NR_unlinkat, [OP_MKDIRAT] = __NR_mkdirat, [OP_SYMLINKAT] = __NR_symlinkat,
	[OP_LINKAT] = __NR_linkat,     [OP_SOCKET] = __NR_socket,
};

static __always_inline void put_name(struct scratch *s, struct filename *name, uint32_t kind, int dir,
				     uint32_t dir_kind)
{
	const char *text = READ(name, name);
	char first = 0;
	put_kernel_text(as_number(s, text), kind, 0);
	bpf_probe_read_kernel(&first, 1, text);
	if (first != '/')
		put_dir(s, dir, dir_kind);
}

static __always_inline void put_uring_names(struct scratch *s, void *req, uint8_t op)
{
	if (op == OP_OPENAT || op == OP_OPENAT2) {
		struct io_open *o = req;
		s->event.args[2] = READ(o, how.flags);
		s->event.args[3] = READ(o, how.mode);
		put_name(s, READ(o, filename), EVENT_P_PATH, READ(o, dfd), EVENT_P_DIR);
	} else if (op == OP_UNLINKAT) {
		struct io_unlink *u = req;
		s->event.args[2] = READ(u, flags);
		put_name(s, READ(u, filename), EVENT_P_PATH, READ(u, dfd), EVENT_P_DIR);
	} else if (op == OP_MKDIRAT) {
		struct io_mkdir *m = req;
		s->event.args[2] = READ(m, mode);
		put_name(s, READ(m, filename), EVENT_P_PATH, READ(m, dfd), EVENT_P_DIR);
	} else if (op == OP_RENAMEAT) {
		struct io_rename *r = req;
		put_name(s, READ(r, oldpath), EVENT_P_PATH, READ(r, old_dfd), EVENT_P_DIR);
		put_name(s, READ(r, newpath), EVENT_P_PATH2, READ(r, new_dfd), EVENT_P_DIR2);
	} else if (op == OP_LINKAT || op == OP_SYMLINKAT) {
		struct io_link *l = req;
		put_name(s, READ(l, oldpath), EVENT_P_PATH, READ(l, old_dfd), EVENT_P_DIR);
		put_name(s, READ(l, newpath), EVENT_P_PATH2, READ(l, new_dfd), EVENT_P_DIR2);
	}
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_uring, struct io_kiocb *req)
{
	uint8_t op = req->opcode;
	uint32_t number = op < OP_LAST ? uring_calls[op] : 0;
	if (!number || number >= SENSOR_CALLS || !control.wanted[number] || !heard())
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	begin(s, number, EVENT_IO_URING | EVENT_NO_RESULT);
	put_uring_names(s, req, op);
	if (op == OP_CONNECT || op == OP_SEND || op == OP_SENDMSG || op == OP_RECV || op == OP_RECVMSG ||
	    op == OP_ACCEPT) {
		struct file *file = req->file;
		struct socket *socket = READ(file, private_data);
		struct sock *sk = READ(socket, sk);
		if (op == OP_CONNECT) {
			struct io_async_msghdr *m = req->async_data;
			struct io_connect *c = (void *)req;
			uint32_t length = READ(c, addr_len);
			put_kernel_bytes(s, as_number(s, m) + bpf_core_field_offset(struct io_async_msghdr, addr),
					 length, EVENT_P_ADDR);
		}
		if (sk)
			put_sock(as_number(s, sk));
	}
	submit(s);
	return 0;
}
