/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers around the container's process, inside the room.
 */
#pragma once

#include "launch.h"

/* "0-3,7" into bits; -EINVAL or -ERANGE. */
int process_parse_list(const char *text, unsigned long *bits, size_t bits_max) must_check;
int process_set_affinity(const char *list, struct err *e) must_check;
/* All processors of the cgroup that the calling thread is in: what the caller was bound to is none of the container's. */
void process_reset_affinity(void);

/* Scheduler and I/O priority of PID, which is in the container's groups and waits for its start. */
int process_set_priority(pid_t pid, const struct oci_process *p, struct err *e) must_check;

/* The home folder of UID by the container's /etc/passwd, "/" when it has none. Memory of ARENA or static. */
const char *process_home(uid_t uid, struct arena *arena);

/* Writes a security attribute of the calling thread: 0 or -errno. */
int process_write_attr(const char *name, const char *text) must_check;

/* Writes down what the agent of linux.seccomp.listenerPath is told: ContainerProcessState, PID as the host sees it. */
/* Connects to the agent, where the filter has something for one. */
int filter_connect(struct launch *l, struct err *e) must_check;
/* What the agent is told: PID as the caller sees it. */
int filter_describe(struct launch *l, pid_t pid, struct err *e) must_check;

/* Loads the compiled filter, and hands its listener over where it notifies. */
int filter_load(const struct launch *l, struct err *e) must_check;
