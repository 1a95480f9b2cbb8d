/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container does beyond its profile in the parts that are not enforced: seen by the sensors while it runs, counted, kept in its
 * folder. Inside the room only.
 */
#pragma once

#include <sys/types.h>

#include "flow/container.h"

#define ALERTED_FILE "would-be.json"

/* A process: the sensors' reader is a thread, and a container cannot be cloned out of a process with threads. */
struct alerting_process {
	pid_t pid;
	int line; /* when it closes, the process writes down what it has and ends */
};
#define ALERTING_INIT ((struct alerting_process){.line = -1})

/* Before it starts, from a process without threads. No process when nothing of its profile is to be looked at. DIR is its folder. */
int alerting_begin(const struct flow_record *r, int dir, struct alerting_process *ret, struct err *e) must_check;
/* After its end. */
void alerting_end(struct alerting_process *p);
