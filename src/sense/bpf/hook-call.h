/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls, when they return: the registers still hold the arguments, and what they named can be read from kernel
 * objects, which the caller cannot change any more. 32-bit calls are told by the task's status word and renumbered.
 */
#pragma once

#include "calls.h"

#include "note.h"
#include "put-found.h"
#include "put-text.h"

enum { TS_COMPAT_BIT = 2, X32_BIT = 0x40000000, SIGSYS_BIT = 1 << 30, EPERM = 1 };

/* socketcall(2): the number in its first argument, counted from 1. */
static const uint16_t socketcalls[32] = {0,
					 __NR_socket,
					 __NR_bind,
					 __NR_connect,
					 __NR_listen,
					 __NR_accept,
					 __NR_getsockname,
					 __NR_getpeername,
					 __NR_socketpair,
					 __NR_sendto,
					 __NR_recvfrom,
					 __NR_sendto,
					 __NR_recvfrom,
					 __NR_shutdown,
					 __NR_setsockopt,
					 __NR_getsockopt,
					 __NR_sendmsg,
					 __NR_recvmsg,
					 __NR_accept4,
					 __NR_recvmmsg,
					 __NR_sendmmsg};

static __always_inline uint64_t argument(struct scratch *s, uint8_t number)
{
	return number && number <= 6 ? s->event.args[(number - 1) & 7] : 0;
}

static __always_inline int folder_of(struct scratch *s, uint8_t dir)
{
	return dir == FROM_CWD ? CWD : (int)argument(s, dir);
}

/* The path itself; the folder it starts from, when it does from one. */
static __always_inline void put_call_path(struct scratch *s, uint8_t path, uint8_t dir, uint32_t kind,
					  uint32_t dir_kind)
{
	uint64_t at = s->event.size - sizeof(struct event) + sizeof(struct event_param);
	BOUND(at, 0x3fff);
	s->params[at] = 0;
	put_text(argument(s, path), kind);
	if (dir && s->params[at] != '/')
		put_dir(s, folder_of(s, dir), dir_kind);
}

/* Whether a link at the end of the first path is followed. */
static __always_inline bool follows(struct scratch *s, uint32_t number, const struct shape *shape)
{
	if (number == __NR_linkat)
		return s->event.args[4] & 0x400; /* AT_SYMLINK_FOLLOW */
	if (number == __NR_fchownat)
		return !(s->event.args[4] & 0x100); /* AT_SYMLINK_NOFOLLOW */
	if (number == NR_FCHMODAT2)
		return !(s->event.args[3] & 0x100);
	if (number == __NR_umount2)
		return !(s->event.args[1] & 8); /* UMOUNT_NOFOLLOW */
	return shape->flags & FOLLOWS;
}

struct user_message {
	uint64_t name;
	uint32_t name_length, reserved;
	uint64_t vectors, vector_count;
};

static __always_inline void put_message(struct scratch *s, bool compat)
{
	struct user_message m = {};
	uint64_t vector[2] = {};
	if (compat) {
		uint32_t words[4] = {}, pair[2] = {};
		bpf_probe_read_user(words, sizeof(words), (void *)s->event.args[1]);
		bpf_probe_read_user(pair, sizeof(pair), (void *)(uint64_t)words[2]);
		m = (struct user_message){.name = words[0], .name_length = words[1]};
		vector[0] = pair[0];
		vector[1] = pair[1];
	} else {
		bpf_probe_read_user(&m, sizeof(m), (void *)s->event.args[1]);
		bpf_probe_read_user(vector, sizeof(vector), (void *)m.vectors);
	}
	if (m.name)
		put_bytes(m.name, m.name_length, 128, EVENT_P_ADDR);
	if (s->event.ret > 0)
		put_bytes(vector[0], vector[1] < s->event.ret ? vector[1] : s->event.ret, DATA_ROOM, EVENT_P_DATA);
}

/* The beginning of the first of them. */
static __always_inline void put_vectors(struct scratch *s, bool compat)
{
	uint64_t vector[2] = {};
	uint32_t pair[2] = {};
	if (s->event.ret <= 0)
		return;
	if (compat) {
		bpf_probe_read_user(pair, sizeof(pair), (void *)s->event.args[1]);
		vector[0] = pair[0];
		vector[1] = pair[1];
	} else {
		bpf_probe_read_user(vector, sizeof(vector), (void *)s->event.args[1]);
	}
	put_bytes(vector[0], vector[1] < s->event.ret ? vector[1] : s->event.ret, DATA_ROOM, EVENT_P_DATA);
}

static __always_inline void put_paths(struct scratch *s, uint32_t number, const struct shape *shape)
{
	uint64_t before = s->event.size - sizeof(struct event) + sizeof(struct event_param);
	put_call_path(s, shape->path, shape->dir, EVENT_P_PATH, EVENT_P_DIR);
	if (shape->flags & FINDS && shape->dir)
		find_from(s, before, folder_of(s, shape->dir), follows(s, number, shape), EVENT_P_FOUND);
	if (!shape->path2)
		return;
	before = s->event.size - sizeof(struct event) + sizeof(struct event_param);
	put_call_path(s, shape->path2, shape->dir2, EVENT_P_PATH2, EVENT_P_DIR2);
	if (shape->flags & FINDS && shape->dir2)
		find_from(s, before, folder_of(s, shape->dir2), number == __NR_mount, EVENT_P_FOUND2);
}

/* A receiver's address is what the kernel wrote there. */
static __always_inline void put_address(struct scratch *s, const struct shape *shape)
{
	uint64_t length = argument(s, shape->length);
	uint32_t written = 0;
	if (shape->flags & LENGTH_AT) {
		if (s->event.ret >= 0)
			bpf_probe_read_user(&written, sizeof(written), (void *)length);
		length = written;
	}
	if (length)
		put_bytes(argument(s, shape->address), length, 128, EVENT_P_ADDR);
}

static __always_inline void put_call(struct scratch *s, uint32_t number, const struct shape *shape, bool compat)
{
	if (shape->path)
		put_paths(s, number, shape);
	if (shape->fd)
		put_fd(s, (int)argument(s, shape->fd));
	else if (shape->flags & RETURNS_FD && s->event.ret >= 0)
		put_fd(s, (int)s->event.ret);
	if (shape->address && argument(s, shape->address))
		put_address(s, shape);
	if (shape->data && s->event.ret > 0)
		put_bytes(argument(s, shape->data), s->event.ret, DATA_ROOM, EVENT_P_DATA);
	if (shape->flags & MESSAGE)
		put_message(s, compat);
	if (shape->flags & VECTORS)
		put_vectors(s, compat);
	if (shape->flags & MOVES && s->event.ret == 0)
		put_dir(s, CWD, EVENT_P_CWD);
}

static __always_inline void compat_arguments(struct scratch *s, struct pt_regs *regs)
{
	s->event.args[0] = (uint32_t)regs->bx;
	s->event.args[1] = (uint32_t)regs->cx;
	s->event.args[2] = (uint32_t)regs->dx;
	s->event.args[3] = (uint32_t)regs->si;
	s->event.args[4] = (uint32_t)regs->di;
	s->event.args[5] = (uint32_t)regs->bp;
}

static __always_inline void socketcall_arguments(struct scratch *s)
{
	uint32_t words[6] = {};
	bpf_probe_read_user(words, sizeof(words), (void *)s->event.args[1]);
	for (int i = 0; i < 6; i++)
		s->event.args[i] = words[i];
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_call, struct pt_regs *regs, long ret)
{
	uint64_t number = (uint32_t)regs->orig_ax & ~X32_BIT;
	if (number >= SENSOR_CALLS)
		return 0;
	BOUND(number, SENSOR_CALLS - 1);
	/* Most calls end here: neither the 64-bit nor the 32-bit call of this number is asked for. */
	if (!control.maybe[number])
		return 0;
	bool compat = bpf_get_current_task_btf()->thread_info.status & TS_COMPAT_BIT, multiplexed = false;
	if (compat) {
		multiplexed = number == COMPAT_SOCKETCALL;
		number = multiplexed ? socketcalls[regs->bx & 31] : compat_calls[number];
		if (number >= SENSOR_CALLS)
			return 0;
		BOUND(number, SENSOR_CALLS - 1);
	}
	uint8_t want = control.wanted[number];
	uint8_t noted = want & WANT_NOTED;
	want &= WANT_DONE | WANT_FAILED;
	/* A call that a filter ends by a signal never ran; what it seems to return is its own number. */
	bool denied =
		ret == (long)(uint32_t)regs->orig_ax && bpf_get_current_task_btf()->pending.signal.sig[0] & SIGSYS_BIT;
	if (denied)
		ret = -EPERM;
	if (noted && heard())
		note_call(number, regs, ret);
	if (!want || (ret < 0 && !(want & WANT_FAILED)) || !heard())
		return 0;
	/* A program that started is told by on_exec, before it runs. */
	if ((number == __NR_execve || number == __NR_execveat) && ret == 0)
		return 0;
	struct scratch *s = scratch();
	if (!s)
		return 0;
	begin(s, number, (compat ? EVENT_COMPAT : 0) | (denied ? EVENT_DENIED : 0));
	s->event.ret = ret;
	if (compat) {
		compat_arguments(s, regs);
		if (multiplexed)
			socketcall_arguments(s);
	} else {
		s->event.args[0] = regs->di;
		s->event.args[1] = regs->si;
		s->event.args[2] = regs->dx;
		s->event.args[3] = regs->r10;
		s->event.args[4] = regs->r8;
		s->event.args[5] = regs->r9;
	}
	if (number == __NR_openat2) /* flags and mode, where openat has them */
		bpf_probe_read_user(&s->event.args[2], 2 * sizeof(uint64_t), (void *)s->event.args[2]);
	put_call(s, number, &shapes[number], compat);
	submit(s);
	return 0;
}
