/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Work handed to io_uring, which no system call shows: each request is recorded as the call it stands for. An open is recorded when it
 * is done, with its result and its file; everything else, and an open of which the ring's owner wants no word, when it is
 * submitted: names were copied into the kernel by then, there is no result yet, and where a name leads is looked for before anybody went there.
 */
#pragma once

#include "calls.h"
#include "put-found.h"
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

enum {
	OPEN_NAME = 256,
	OPENS_WAITING = 1024,
	REQ_CQE_SKIP = 1 << 6,	      /* IOSQE_CQE_SKIP_SUCCESS */
	NOT_THROUGH_LINKS = 00400000, /* O_NOFOLLOW */
};

const volatile bool tells_results = false; /* set by the loader */

/* Names of opens that are under way, as far as they fit: they are gone when an open is done. */
struct open_name {
	char text[OPEN_NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, OPENS_WAITING);
	__type(key, uint64_t);
	__type(value, struct open_name);
} open_names SEC(".maps");

static __always_inline void put_name(struct scratch *s, uint64_t text, uint32_t kind, int dir, uint32_t dir_kind,
				     uint32_t found_kind)
{
	uint64_t at = s->event.size - sizeof(struct event) + sizeof(struct event_param);
	BOUND(at, 0x3fff);
	s->params[at] = 0;
	put_kernel_text(text, kind, 0);
	if (s->params[at] != '/')
		put_dir(s, dir, dir_kind);
	bool opens = s->event.type == __NR_openat || s->event.type == __NR_openat2;
	bool follow = opens && !(s->event.args[2] & NOT_THROUGH_LINKS);
	if (found_kind)
		find_from(s, at, dir, follow, found_kind);
}

static __always_inline uint64_t name_of(struct scratch *s, struct filename *name)
{
	return as_number(s, READ(name, name));
}

static __always_inline void put_uring_names(struct scratch *s, void *req, uint8_t op)
{
	if (op == OP_OPENAT || op == OP_OPENAT2) {
		struct io_open *o = req;
		s->event.args[0] = (int64_t)READ(o, dfd);
		s->event.args[2] = READ(o, how.flags);
		s->event.args[3] = READ(o, how.mode);
		put_name(s, name_of(s, READ(o, filename)), EVENT_P_PATH, READ(o, dfd), EVENT_P_DIR, EVENT_P_FOUND);
	} else if (op == OP_UNLINKAT) {
		struct io_unlink *u = req;
		s->event.args[0] = (int64_t)READ(u, dfd);
		s->event.args[2] = READ(u, flags);
		put_name(s, name_of(s, READ(u, filename)), EVENT_P_PATH, READ(u, dfd), EVENT_P_DIR, EVENT_P_FOUND);
	} else if (op == OP_MKDIRAT) {
		struct io_mkdir *m = req;
		s->event.args[0] = (int64_t)READ(m, dfd);
		s->event.args[2] = READ(m, mode);
		put_name(s, name_of(s, READ(m, filename)), EVENT_P_PATH, READ(m, dfd), EVENT_P_DIR, EVENT_P_FOUND);
	} else if (op == OP_RENAMEAT) {
		struct io_rename *r = req;
		s->event.args[0] = (int64_t)READ(r, old_dfd);
		s->event.args[2] = (int64_t)READ(r, new_dfd);
		put_name(s, name_of(s, READ(r, oldpath)), EVENT_P_PATH, READ(r, old_dfd), EVENT_P_DIR, EVENT_P_FOUND);
		put_name(s, name_of(s, READ(r, newpath)), EVENT_P_PATH2, READ(r, new_dfd), EVENT_P_DIR2,
			 EVENT_P_FOUND2);
	} else if (op == OP_LINKAT || op == OP_SYMLINKAT) {
		struct io_link *l = req;
		/* symlinkat(2) has one folder, that of the new name. */
		s->event.args[op == OP_LINKAT ? 2 : 1] = (int64_t)READ(l, new_dfd);
		if (op == OP_LINKAT)
			s->event.args[0] = (int64_t)READ(l, old_dfd);
		put_name(s, name_of(s, READ(l, oldpath)), EVENT_P_PATH, READ(l, old_dfd), EVENT_P_DIR,
			 op == OP_LINKAT ? EVENT_P_FOUND : 0);
		put_name(s, name_of(s, READ(l, newpath)), EVENT_P_PATH2, READ(l, new_dfd), EVENT_P_DIR2,
			 EVENT_P_FOUND2);
	}
}

/* Whether the end of this open will be told: then it is recorded there. */
static __always_inline bool told_at_end(struct io_kiocb *req, uint8_t op)
{
	struct io_open *o = (void *)req;
	return tells_results && (op == OP_OPENAT || op == OP_OPENAT2) && !(req->flags & REQ_CQE_SKIP) &&
	       !READ(o, file_slot);
}

static __always_inline void keep_name(struct scratch *s, struct io_kiocb *req)
{
	struct io_open *o = (void *)req;
	uint64_t key = as_number(s, req);
	/* The scratch is free here: no record is begun. */
	struct open_name *name = (void *)s->params;
	long n = bpf_probe_read_kernel_str(name->text, sizeof(name->text), (void *)name_of(s, READ(o, filename)));
	if (n > 0)
		bpf_map_update_elem(&open_names, &key, name, 0);
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
	if (told_at_end(req, op)) {
		keep_name(s, req);
		return 0;
	}
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

/* Only where the kernel hands over the whole completion (6.10): told by the loader, see sense.c. */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(on_uring_end, void *ring, uint64_t request, struct io_uring_cqe *cqe)
{
	struct io_kiocb *req = (void *)request;
	struct io_open *o = (void *)request;
	uint8_t op = request ? READ(req, opcode) : 0;
	if ((op != OP_OPENAT && op != OP_OPENAT2) || READ(o, file_slot))
		return 0;
	uint32_t number = op == OP_OPENAT ? __NR_openat : __NR_openat2;
	uint8_t want = control.wanted[number];
	int64_t ret = cqe->res;
	struct open_name *name = bpf_map_lookup_elem(&open_names, &request);
	struct scratch *s = want && (ret >= 0 || want & WANT_FAILED) && heard() ? scratch() : NULL;
	if (s) {
		begin(s, number, EVENT_IO_URING);
		s->event.ret = ret;
		s->event.args[0] = (int64_t)READ(o, dfd);
		s->event.args[2] = READ(o, how.flags);
		s->event.args[3] = READ(o, how.mode);
		if (name)
			put_name(s, as_number(s, name), EVENT_P_PATH, READ(o, dfd), EVENT_P_DIR, 0);
		if (ret >= 0)
			put_fd(s, (int)ret);
		submit(s);
	}
	if (name)
		bpf_map_delete_elem(&open_names, &request);
	return 0;
}
