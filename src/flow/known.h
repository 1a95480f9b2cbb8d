/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of containers and users beyond the kernel's events: read from skep's own records and from the engines'
 * files, and told as WATCH_CONTAINER and WATCH_USERS records. Inside the room only.
 */
#pragma once

#include <sys/types.h>

#include "flow/container.h"
#include "model/event.h"

typedef int known_fn(void *ctx, const struct event *event);

/* The host's users. */
int known_host_users(known_fn *each, void *ctx);
/*
 * The users of the container ID, out of the root folder of its process PID. One that is gone has none, and neither has one whose file
 * system does not answer within a tenth of a second: a process of our own reads there, so that only that one waits. AGAIN: then older names stay.
 */
enum { KNOWN_STUCK_MAX = 16 };
struct known_readers {
	pid_t stuck[KNOWN_STUCK_MAX]; /* that a container's file system keeps waiting; 0: free */
};
int known_users(struct known_readers *readers, const char *id, pid_t pid, bool again, known_fn *each, void *ctx);
void known_readers_done(struct known_readers *readers);
/* What RECORD says of its container. */
int known_record(const struct flow_record *record, known_fn *each, void *ctx);
/* The same out of its root folder's layers, the topmost first; RANGE is the host id of its root. */
int known_layer_users(const char *id, const int *roots, size_t count, uint32_t range, known_fn *each, void *ctx);
/*
 * The container whose own cgroup this new one is, when it is one: told before any event of its tasks. P may be NULL: then only the
 * engines are asked. What only an engine's client can find out is asked beside.
 */
struct known_asking;
int known_cgroup(struct known_asking *a, struct flow_place *p, const struct event *event, known_fn *each, void *ctx);

/* A WATCH_CONTAINER record with these facts. */
int known_tell(const struct buf *facts, known_fn *each, void *ctx);
