/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All sensors, as one object: they share the ring and the scratch. */
#include "kernel-types.h"

#include "compat.inc"

#include "hook-call.h"
#include "hook-cgroup.h"
#include "hook-io-uring.h"
#include "hook-process.h"

/* Run once by the loader in its own context: its pid as these programs see it, whatever PID namespace it lives in. */
SEC("syscall")
int who_am_i(void *unused)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	control.own_pid = bpf_get_current_pid_tgid() >> 32;
	control.own_level = BPF_CORE_READ(task, thread_pid, level);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
