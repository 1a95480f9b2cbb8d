/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensors: BPF programs that record what tasks do (model/event.h), and the reader of their ring. One struct sense is
 * one set of attached programs; they go when it is closed or its process ends, whatever ends it.
 *
 * Needs CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), a kernel with BTF, 6.1 or later, and x86-64.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/event.h"
#include "model/noted.h"

struct sense;

enum { SENSE_CALLS = 512, SENSE_READ_MAX = 4096 };

/* What to record of a system call: the calls that succeed, those that fail. */
enum sense_want { SENSE_DONE = 1, SENSE_FAILED = 2, SENSE_ALL = 3, SENSE_NOTED = 4 /* no record, only when */ };

struct sense_config {
	uint8_t wanted[SENSE_CALLS]; /* enum sense_want by x86-64 number; 0: not recorded */
	uint64_t only_cgroup;	     /* a v2 cgroup: only its tasks are heard, and no others' life; 0: all */
	unsigned only_level;	     /* its depth in the hierarchy, the root being 0 */
	const char *
		only_name; /* once a v2 cgroup is made whose path ends with these 64 bytes, it is ONLY_CGROUP; NULL: none */
	bool environment; /* program starts carry their environment */
};

struct sense_count {
	uint64_t sent, lost;
};

/* Takes one event, valid during the call. A negative result ends the reading and is returned from it. */
typedef int sense_fn(void *ctx, const struct event *event);

/* Loads and attaches. -EPERM, -ENOTSUP (with what is missing in E) or another negative errno. */
int sense_open(struct sense **ret, const struct sense_config *config, struct err *e);
void sense_close(struct sense *s);

/*
 * Hands each event to EACH, waiting at most TIMEOUT_MS (-1: for ever) for the first. Returns how many there were, at most
 * SENSE_READ_MAX: then more may be waiting. Under load it reads once a millisecond instead of being woken for each event,
 * which costs the watched tasks less.
 */
int sense_read(struct sense *s, int timeout_ms, sense_fn *each, void *ctx);

/* What each type of event has sent and lost since the start, read from the kernel's counters. */
int sense_counts(struct sense *s, struct sense_count counts[WATCH_TYPES]);

/* The map that counts, which outlives the sensors while somebody has it open, and a reading of it. Borrowed. */
int sense_counters(const struct sense *s);
int sense_read_counters(int counters, struct sense_count counts[WATCH_TYPES]);

/* What was noted, when calls are wanted as SENSE_NOTED. Goes with S. */
const struct noted *sense_noted(const struct sense *s);

/* Other calls, and the environment or not, from now on. */
void sense_want(struct sense *s, const struct sense_config *config);

/*
 * What is there before the first event: the cgroups (WATCH_CGROUP_NEW) and the processes (WATCH_PROCESS). Call it
 * after sense_open(), so that what happens meanwhile is in the ring.
 */
int sense_present(struct sense *s, sense_fn *each, void *ctx, struct err *e);

/* The id that a cgroup folder has in events; 0 when there is no such folder. */
uint64_t sense_cgroup_id(const char *folder);
