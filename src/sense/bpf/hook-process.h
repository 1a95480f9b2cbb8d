/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of a process: made, given a program, ended. Reading at these points costs other system calls nothing. */
#pragma once

#include "put-fd.h"
#include "put-text.h"

static __always_inline uint32_t innermost(struct pid *pid)
{
	return pid_number(pid, READ(pid, level));
}

/* As 64 bits, which they are under whatever name: one number since Linux 6.3, two halves before. */
static __always_inline uint64_t capabilities(const struct cred *cred, uint32_t offset)
{
	uint64_t set = 0;
	bpf_probe_read_kernel(&set, sizeof(set), (const void *)cred + offset);
	return set;
}

__noinline int put_exec_facts(void)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at || used > EVENT_PARAMS_MAX - 64 - sizeof(struct event_exec))
		return 0;
	struct task_struct *task = subject(s);
	struct task_struct *leader = READ(task, group_leader), *parent = READ(leader, real_parent, group_leader);
	const struct cred *cred = READ(task, cred);
	struct pid *tgid = READ(task, signal, pids[PIDTYPE_TGID]), *pgid = READ(task, signal, pids[PIDTYPE_PGID]);
	struct pid *sid = READ(task, signal, pids[PIDTYPE_SID]);

	*(struct event_exec *)(at + sizeof(struct event_param)) = (struct event_exec){
		.cap_inheritable = capabilities(cred, bpf_core_field_offset(struct cred, cap_inheritable)),
		.cap_permitted = capabilities(cred, bpf_core_field_offset(struct cred, cap_permitted)),
		.cap_effective = capabilities(cred, bpf_core_field_offset(struct cred, cap_effective)),
		.parent_start = READ(parent, start_boottime),
		.ppid = READ(parent, tgid),
		.pgid = pid_number(pgid, 0),
		.sid = pid_number(sid, 0),
		.vpid = innermost(tgid),
		.vpgid = innermost(pgid),
		.vsid = innermost(sid),
		.uid = READ(cred, uid.val),
		.gid = READ(cred, gid.val),
		.euid = READ(cred, euid.val),
		.loginuid = bpf_core_field_exists(task->loginuid) ? READ(task, loginuid.val) : -1,
		.level = READ(tgid, level),
		.readers_pid = pid_number(tgid, control.own_level),
	};
	put_head(s, at, EVENT_P_EXEC, sizeof(struct event_exec), 0);
	return 0;
}

enum { S_IFIFO_BITS = 0010000, PIPE_MAGIC = 0x50495045 };

static __always_inline void stdio_of(struct scratch *s, int fd, struct event_stdio *io)
{
	struct file *file = file_of(s, fd);
	if (!file)
		return;
	struct inode *inode = READ(file, f_inode);
	uint16_t kind = READ(inode, i_mode) & S_IFMT_BITS;
	io->modes[fd] = kind;
	io->ids[fd] = READ(inode, i_ino);
	if (kind == S_IFIFO_BITS)
		io->families[fd] = READ(inode, i_sb, s_magic) == PIPE_MAGIC;
	if (kind == S_IFSOCK_BITS) {
		struct socket *socket = READ(file, private_data);
		struct sock *sk = READ(socket, sk);
		io->families[fd] = sk ? READ(sk, __sk_common.skc_family) : 0;
	}
}

__noinline int put_stdio(void)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at || used > EVENT_PARAMS_MAX - 64 - sizeof(struct event_stdio))
		return 0;
	struct event_stdio *io = (void *)(at + sizeof(struct event_param));
	*io = (struct event_stdio){0};
	stdio_of(s, 0, io);
	stdio_of(s, 1, io);
	stdio_of(s, 2, io);
	put_head(s, at, EVENT_P_STDIO, sizeof(*io), 0);
	return 0;
}

static __always_inline void put_tty(struct scratch *s, struct task_struct *task)
{
	struct tty_struct *tty = READ(task, signal, tty);
	if (tty)
		put_kernel_text(as_number(s, tty) + bpf_core_field_offset(struct tty_struct, name), EVENT_P_TTY, 0);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *self, int old_pid, struct linux_binprm *bprm)
{
	struct scratch *s = watched() ? scratch() : NULL;
	if (!s)
		return 0;
	struct task_struct *task = (void *)bpf_get_current_task(); /* the same, as a number */
	struct pt_regs *regs = (void *)bpf_task_pt_regs(self);
	uint64_t number = READ(regs, orig_ax);
	bool compat = number == 11 || number == 358; /* execve and execveat of 32-bit callers */
	begin(s, number == 322 || number == 358 ? 322 : 59, compat ? EVENT_COMPAT : 0);
	put_exec_facts();
	put_kernel_text(as_number(s, READ(bprm, filename)), EVENT_P_NAME, 0);
	put_kernel_text((uint64_t)task + bpf_core_field_offset(struct task_struct, comm), EVENT_P_COMM, 0);
	put_file(as_number(s, READ(bprm, file)), EVENT_P_EXE);
	put_dir(s, CWD, EVENT_P_CWD);
	put_tty(s, task);
	put_stdio();
	struct mm_struct *mm = READ(task, mm);
	uint64_t start = READ(mm, arg_start);
	put_bytes(start, READ(mm, arg_end) - start, TEXT_ROOM, EVENT_P_ARGV);
	if (control.environment) {
		start = READ(mm, env_start);
		put_bytes(start, READ(mm, env_end) - start, TEXT_ROOM, EVENT_P_ENV);
	}
	submit(s);
	return 0;
}

/* Every process that is there already, for the start of a watch. */
SEC("iter.s/task")
int each_process(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scratch *s;
	uint64_t used;
	/* One that ended already told so, or did before anybody listened. */
	if (!task || task->group_leader != task || task->signal->live.counter == 0 || !(s = scratch()))
		return 0;
	struct mm_struct *mm = task->mm;
	head(s, WATCH_PROCESS, EVENT_NO_RESULT, (uint64_t)(void *)task);
	put_exec_facts();
	put_kernel_text(s->subject + bpf_core_field_offset(struct task_struct, comm), EVENT_P_COMM, 0);
	put_dir(s, CWD, EVENT_P_CWD);
	put_tty(s, subject(s));
	put_stdio();
	if (mm) {
		struct file *exe = READ(mm, exe_file);
		if (exe)
			put_file(as_number(s, exe), EVENT_P_EXE);
		uint64_t length = mm->arg_end - mm->arg_start;
		uint8_t *at = room(s, &used);
		uint32_t cut = length > TEXT_ROOM;
		if (cut)
			length = TEXT_ROOM;
		BOUND(length, 2 * TEXT_ROOM - 1);
		if (at &&
		    !bpf_copy_from_user_task(at + sizeof(struct event_param), length, (void *)mm->arg_start, task, 0))
			put_head(s, at, EVENT_P_ARGV, length, cut);
	}
	uint64_t size = s->event.size;
	BOUND(size, 0x7fff);
	if (size <= EVENT_SIZE_MAX)
		bpf_seq_write(ctx->meta->seq, s, size);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->group_leader != child || !watched()) /* a thread is no process */
		return 0;
	struct scratch *s = scratch();
	uint64_t used;
	if (!s)
		return 0;
	begin(s, WATCH_FORK, 0);
	uint8_t *at = room(s, &used);
	if (!at)
		return 0;
	struct event_child *c = (void *)(at + sizeof(struct event_param));
	c->start = child->start_boottime;
	c->pid = child->tgid;
	c->tid = child->pid;
	c->vpid = innermost(child->thread_pid);
	c->vtid = c->vpid;
	put_head(s, at, EVENT_P_CHILD, sizeof(*c), 0);
	submit(s);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct scratch *s;
	if (task->signal->live.counter != 0 || !watched() || !(s = scratch()))
		return 0;
	begin(s, WATCH_EXIT, 0);
	submit(s);
	return 0;
}
