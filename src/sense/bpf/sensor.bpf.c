/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All sensors, as one object: they share the ring and the scratch. */
#include "kern/bpf/types.h"

#include "compat.inc"

#include "hook-call.h"
#include "hook-cgroup.h"
#include "hook-io-uring.h"
#include "hook-process.h"

enum { ANCESTORS_MAX = 200 };

/* The host's mount namespace is that of its first process, above all others. */
static long up(uint32_t unused, uint64_t *task)
{
	struct task_struct *t = (void *)*task;
	*task = (uint64_t)BPF_CORE_READ(t, real_parent);
	t = (void *)*task;
	return BPF_CORE_READ(t, tgid) <= 1;
}

/* Run once by the loader in its own context: its pid as these programs see it, whatever PID namespace it lives in. */
SEC("syscall")
int who_am_i(void *unused)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	uint64_t first = (uint64_t)task;
	control.own_pid = bpf_get_current_pid_tgid() >> 32;
	control.own_level = BPF_CORE_READ(task, thread_pid, level);
	bpf_loop(ANCESTORS_MAX, up, &first, 0);
	task = (void *)first;
	if (BPF_CORE_READ(task, tgid) <= 1)
		control.host_mounts = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
