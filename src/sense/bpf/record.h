/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every sensor shares: the ring, the counters, and the scratch in which a record grows. A program takes the scratch of
 * its CPU (no sensor interrupts another), fills it and submits a copy.
 */
#pragma once

#include "kernel.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#include "control.h"
#include "model/event.h"

enum {
	PATH_PARTS = 2048,    /* components of one path, and mounts it crosses */
	PATH_ROOM = 4096,     /* bytes of one path */
	NAME_ROOM = 256,      /* the longest component, with its end */
	SHORT_NAME = 24,      /* one that is copied by words */
	DATA_ROOM = 80,	      /* bytes of what was sent or received */
	TEXT_ROOM = 4096,     /* a path argument; a list of arguments */
	WAKE_BYTES = 1 << 20, /* unread bytes in the ring that wake the reader at once */
};

struct scratch {
	struct event event; /* first: what is submitted starts here */
	uint8_t params[EVENT_PARAMS_MAX];
	uint8_t slack[2 * TEXT_ROOM - 128]; /* the verifier bounds a write by the largest length it can have */
	uint64_t subject;		    /* the task that the record is about, as a number */
	uint64_t walked;	/* how far a walk has written; kept here so that the verifier need not follow it */
	volatile uint64_t hold; /* where a pointer becomes a number */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SENSOR_RING);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2); /* for hooks, and for the iterator, which hooks interrupt */
	__type(key, uint32_t);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SENSOR_COUNTS);
	__type(key, uint32_t);
	__type(value, struct sensor_count);
} counts SEC(".maps");

struct sensor_control control;

/*
 * Reading a field of a kernel object through any number of pointers: READ(task, fs, pwd.dentry). Where the kernel lets a
 * number be taken for a pointer to a known type (6.2), a load is an instruction; elsewhere it is a call. Neither faults.
 */
extern void *bpf_rdonly_cast(void *object, uint32_t type) __ksym __weak;
const volatile bool can_cast = false; /* set by the loader */
#define AT(p) ((__typeof__(p))bpf_rdonly_cast((void *)(p), bpf_core_type_id_kernel(__typeof__(*(p)))))
#define READ_1(p, a) AT(p)->a
#define READ_2(p, a, b) AT(p)->a->b
#define READ_3(p, a, b, c) AT(p)->a->b->c
#define READ_4(p, a, b, c, d) AT(p)->a->b->c->d
#define READ_5(p, a, b, c, d, f) AT(p)->a->b->c->d->f
#define READ_N(_1, _2, _3, _4, _5, name, ...) name
#define READ(p, ...)                                                                                                   \
	(can_cast ? READ_N(__VA_ARGS__, READ_5, READ_4, READ_3, READ_2, READ_1)(p, __VA_ARGS__)                        \
		  : BPF_CORE_READ(p, __VA_ARGS__))

/* The number of PID in the PID namespace that stands LEVEL deep; 0 when it has none there. */
static __always_inline uint32_t pid_number(struct pid *pid, uint32_t level)
{
	int nr = 0;
	if (pid && level < 32 && level <= READ(pid, level))
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
					      level * bpf_core_type_size(struct upid));
	return nr;
}

/* The reader's own calls are not heard, so what runs in its context is the iterator. */
static __always_inline struct scratch *scratch(void)
{
	uint32_t slot = bpf_get_current_task_btf()->tgid == control.own_pid;
	return bpf_map_lookup_elem(&scratches, &slot);
}

/* Functions that the verifier checks for themselves take numbers, not pointers. */
static __always_inline uint64_t as_number(struct scratch *s, const void *pointer)
{
	s->hold = (uint64_t)pointer;
	return s->hold;
}

static __always_inline struct task_struct *subject(struct scratch *s)
{
	return (void *)s->subject;
}

/* Where the next parameter goes; NULL when the record is full. */
static __always_inline uint8_t *room(struct scratch *s, uint64_t *at)
{
	uint64_t used = s->event.size - sizeof(struct event);
	BOUND(used, 0x7fff);
	if (used > EVENT_PARAMS_MAX - 64) {
		s->event.flags |= EVENT_CUT;
		return NULL;
	}
	*at = used;
	return s->params + used;
}

/* What was written at AT is of the record, unless that would be too large with it. */
static __always_inline void put_head(struct scratch *s, uint8_t *at, uint16_t kind, uint32_t length, uint32_t aux)
{
	uint32_t size = s->event.size + sizeof(struct event_param) + ((length + 7) & ~7U);
	if (size > EVENT_SIZE_MAX) {
		s->event.flags |= EVENT_CUT;
		return;
	}
	*(struct event_param *)at = (struct event_param){kind, length, aux};
	s->event.size = size;
}

/* Whether the life of the current task is told. */
static __always_inline bool watched(void)
{
	return !control.only_cgroup || bpf_get_current_ancestor_cgroup_id(control.only_level) == control.only_cgroup;
}

/* Whether its system calls are: the reader's own never, or hearing them would not end. */
static __always_inline bool heard(void)
{
	return bpf_get_current_task_btf()->tgid != control.own_pid && watched();
}

/* The head of a record about a task. */
static __always_inline void head(struct scratch *s, uint32_t type, uint32_t flags, uint64_t address)
{
	struct task_struct *task = (void *)address;
	uint32_t memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

	s->subject = address;
	s->event = (struct event){
		.size = sizeof(struct event),
		.type = type,
		.flags = flags,
		.time = bpf_ktime_get_boot_ns(),
		.start = READ(task, group_leader, start_boottime),
		.pid = READ(task, tgid),
		.tid = READ(task, pid),
		.uid = READ(task, cred, euid.val),
		.gid = READ(task, cred, egid.val),
		.cgroup = READ(task, cgroups, dfl_cgrp, kn, id),
	};
	if (memory < 12)
		s->event.cgroup_v1 = READ(task, cgroups, subsys[memory], cgroup, kn, id);
}

/* The same for the current task, whose fields can be read directly. */
static __always_inline void begin(struct scratch *s, uint32_t type, uint32_t flags)
{
	struct task_struct *task = bpf_get_current_task_btf();
	uint32_t memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

	s->subject = as_number(s, task);
	s->event = (struct event){
		.size = sizeof(struct event),
		.type = type,
		.flags = flags,
		.time = bpf_ktime_get_boot_ns(),
		.start = task->group_leader->start_boottime,
		.pid = task->tgid,
		.tid = task->pid,
		.uid = task->cred->euid.val,
		.gid = task->cred->egid.val,
		.cgroup = task->cgroups->dfl_cgrp->kn->id,
	};
	if (memory < 12)
		s->event.cgroup_v1 = READ(task, cgroups, subsys[memory], cgroup, kn, id);
}

/* Hands a copy to the reader, or counts what was lost. The reader sleeps with a flag up, and only then is woken. */
static __always_inline void submit(struct scratch *s)
{
	uint32_t type = s->event.type, size = s->event.size;
	struct sensor_count *count = bpf_map_lookup_elem(&counts, &type);
	uint64_t wake = BPF_RB_NO_WAKEUP;
	if (!count || size > EVENT_SIZE_MAX)
		return;
	if (control.sleeping) {
		control.sleeping = 0;
		wake = BPF_RB_FORCE_WAKEUP;
	}
	if (bpf_ringbuf_output(&ring, s, size, wake))
		count->lost++;
	else
		count->sent++;
}
