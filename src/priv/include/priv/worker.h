/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers: processes of our own that do one job on hostile bytes and end. A worker is this very program, executed
 * anew with a role's name, so that nothing of the caller's memory is in it; it starts in namespaces of its own with
 * one descriptor, the channel, and gets everything else as messages.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "priv/channel.h"

#define PRIV_WORKER_ARGUMENT "--worker" /* hidden first argument, then the role */
#define PRIV_WORKER_CHANNEL 3

struct priv_role {
	const char *name;
	/* Runs in the worker; its result is the exit code. */
	int (*run)(int channel);
};

/* To be called first in main(): does not return when this process is a worker. ROLES ends with a NULL name. */
void priv_worker_dispatch(int argc, char **argv, const struct priv_role *roles);

struct priv_worker {
	pid_t pid;
	int channel; /* owned; our end */
};
#define PRIV_WORKER_INIT ((struct priv_worker){.pid = -1, .channel = -1})

/* Starts a worker; namespaces the host does not offer to us are left out. */
int priv_worker_start(const char *role, struct priv_worker *ret, struct err *e) must_check;
/* The same with another program of ours, PROGRAM beside this one, so that what it is linked with is not in here. */
int priv_worker_start_program(const char *program, const char *role, struct priv_worker *ret, struct err *e) must_check;
/*
 * Starts a process of ours that outlives us: a session of its own, nothing of ours open but the channel, and running
 * from a read-only mount of the program, so that a container it starts cannot write to the program. Not confined.
 */
int priv_detached_start(const char *role, int *ret_channel, struct err *e) must_check;
/* Kills it when it still runs, and reaps it. */
void priv_worker_done(struct priv_worker *w);
DEFINE_SCOPED(priv_worker)
/* Waits for its end; 0, or -ECHILD with words when it died of something (a forbidden system call, a signal). */
int priv_worker_wait(struct priv_worker *w, struct err *e) must_check;
