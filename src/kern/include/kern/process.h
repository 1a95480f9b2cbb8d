/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and naming processes: clone3(2), pidfds, start times, namespaces. Thin; each returns 0, a value or a
 * descriptor, or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * clone3(2) with SIGCHLD and CLONE_* FLAGS; INTO_CGROUP is a v2 cgroup's descriptor or -1. Returns 0 in the child and
 * the pid in the parent, with *ret_pidfd (may be NULL) there.
 */
pid_t kern_clone(uint64_t flags, int into_cgroup, int *ret_pidfd) must_check;

int kern_pidfd_open(pid_t pid) must_check;
int kern_pidfd_signal(int pidfd, int signal) must_check;

/* Field 22 of /proc/PID/stat: clock ticks after boot. With the pid it names a process for good. -ENOENT: none. */
int kern_start_time(pid_t pid, uint64_t *ret_ticks) must_check;
/* The same, and whether it is a zombie or dead. */
int kern_process_state(pid_t pid, uint64_t *ret_ticks, char *ret_state) must_check;

/* A user namespace with these maps ("inside outside length\n" lines), for idmapped mounts; a descriptor. */
int kern_userns_new(const char *uid_map, const char *gid_map) must_check;

/* Whether the caller is the host's root as far as ids tell: user 0 of the first user namespace. */
bool kern_is_host_root(void);

/* Brings the loopback device of the caller's network namespace up. */
int kern_loopback_up(void) must_check;

/* Waits for a child; its exit code, or 128 + signal as shells report it. */
int kern_wait_exit_code(pid_t pid) must_check;

/* SIGTERM from "TERM", "SIGTERM", "term" or "15"; -EINVAL for anything else. */
int kern_signal_from(const char *text, int *ret_signal) must_check;

/* Whether this kernel has PR_SET_MDWE: memory that is never both written and executed (Linux 6.3). */
bool kern_has_mdwe(void) must_check;
