/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The containers, and which cgroup is which container's. A cgroup's path names its container in the ways the engines
 * have (container_id_of); what else is known (name, image, mounts) comes in WATCH_CONTAINER and WATCH_USERS records.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/event.h"

enum { CONTAINER_ID_MAX = 80, CONTAINERS_MAX = 16384, CGROUPS_MAX = 65536, CONTAINER_TEXT_MAX = EVENT_PARAMS_MAX };

struct mount_point {
	const char *source, *destination, *mode, *propagation;
	bool writable;
};

/* A name of a user or a group. */
struct name {
	uint32_t id;
	const char *text, *home, *shell;
};

struct container {
	struct container *next;
	unsigned refs;
	char id[CONTAINER_ID_MAX];
	char type[16];
	struct json *facts; /* what a WATCH_CONTAINER record said; the texts below are its */
	const char *name, *image, *image_id, *repository, *tag, *digest;
	char image_parts[512];
	bool privileged, host_pid, host_network, host_ipc;
	int64_t started; /* ns since 1970, 0: unknown */
	struct mount_point *mounts;
	size_t mount_count;
	unsigned asked;	    /* how often for its users' names */
	bool lived;	    /* had a cgroup: without one and without processes it is over */
	struct json *names; /* what a WATCH_USERS record said */
	struct name *users, *groups;
	size_t user_count, group_count;
};

struct cgroup_entry;
struct containers {
	struct container *list; /* the host first, with id "" */
	struct cgroup_entry **slots;
	unsigned count, cgroup_count;
	uint64_t forgotten;
};

int containers_init(struct containers *c);
void containers_done(struct containers *c);

/*
 * The id and kind of the container that a cgroup path belongs to: 0, or -ENOENT. Docker, Podman, CRI-O, containerd under Kubernetes
 * and skep write ids into paths; others are told by a WATCH_CONTAINER record with its cgroup.
 */
int container_id_of(const char *path, char id[CONTAINER_ID_MAX], const char **ret_type);

/* WATCH_CGROUP_NEW, WATCH_CGROUP_GONE, WATCH_CONTAINER and WATCH_USERS records. */
int containers_event(struct containers *c, const struct event_view *view);
/* By the ids of its cgroups; NULL for the host. */
struct container *containers_find(const struct containers *c, uint64_t v2, uint64_t v1);
struct container *containers_by_id(const struct containers *c, const char *id);
/* The names of a container's users, or the host's when CONTAINER is NULL or brought none. */
const struct name *containers_user(const struct containers *c, const struct container *container, uint32_t id);
const struct name *containers_group(const struct containers *c, const struct container *container, uint32_t id);

struct container *container_get(struct container *c);
void container_put(struct container *c);
