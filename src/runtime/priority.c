/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How eagerly the container's process is served (config.md, process.scheduler and process.ioPriority). The runtime
 * process sets it from outside: neither the container's user nor root of a user namespace may raise it.
 */
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"

/* struct sched_attr of linux/sched/types.h, first version. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static int set_scheduler(pid_t pid, const struct oci_scheduler *s, struct err *e)
{
	if (s->policy < 0)
		return 0;
	struct scheduling attr = {
		.size = sizeof(attr),
		.policy = (uint32_t)s->policy,
		.flags = s->flags,
		.nice = (int32_t)s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	if (syscall(SYS_sched_setattr, pid, &attr, 0) < 0)
		return err_sys(e, -errno, "cannot set process.scheduler%s",
			       errno == EPERM && is_realtime(s->policy)
				       ? "; cgroup v1 also needs linux.resources.cpu.realtimeRuntime for it"
				       : "");
	return 0;
}

int process_set_priority(pid_t pid, const struct oci_process *p, struct err *e)
{
	int r = set_scheduler(pid, &p->scheduler, e);

	if (r == 0 && p->io_class &&
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, IOPRIO_PRIO_VALUE(p->io_class, p->io_priority)) < 0)
		return err_sys(e, -errno, "cannot set process.ioPriority");
	return r;
}
