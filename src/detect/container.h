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

enum {
	CONTAINER_ID_MAX = 80,
	CONTAINERS_MAX = 16384,
	CGROUPS_MAX = 65536,
	CONTAINER_TEXT_MAX = EVENT_PARAMS_MAX,
	CONTAINER_BYTES_MAX = 4 << 20 /* of facts and names of all containers */
};

struct mount_point {
	const char *source, *destination, *mode, *propagation;
	bool writable;
};

struct label {
	const char *key, *value;
};

/* A name of a user or a group. */
struct name {
	uint32_t id;
	const char *text, *home, *shell;
};

struct container {
	struct container *next;	  /* of the same slot */
	struct containers *owner; /* the table it is in */
	unsigned refs;		  /* cgroups and processes */
	uint64_t serial;
	char id[CONTAINER_ID_MAX];
	char type[16];
	char *facts; /* what a WATCH_CONTAINER record said: one block, the texts below are in it; NULL: nothing */
	size_t facts_size;
	const char *name, *image, *image_id, *repository, *tag, *digest;
	bool privileged, host_pid, host_network, host_ipc;
	int64_t started; /* ns since 1970, 0: unknown */
	struct mount_point *mounts;
	size_t mount_count;
	struct label *labels;
	size_t label_count;
	unsigned asked;		    /* how often for its users' names */
	uint64_t ask_at;	    /* when the next time is, boot-time ns */
	bool lived;		    /* had a cgroup: without one and without processes it is over */
	unsigned asked_by_programs; /* of the first that started in it */
	bool named;		    /* a WATCH_USERS record came: the host's names are not its */
	char *names;		    /* what that said, one block */
	size_t names_size;
	struct name *users, *groups;
	size_t user_count, group_count;
};

struct cgroup_entry;
struct containers {
	struct container *host; /* with id "" */
	struct container **by_id;
	struct cgroup_entry **slots;
	unsigned count, unseen, cgroup_count;
	uint64_t serial, forgotten;
	size_t bytes;		/* of all facts and names */
	struct container *told; /* by the present event, for the first time; NULL: it tells of none */
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
/* A container that is not there yet; NULL when there is no room. */
struct container *containers_add(struct containers *c, const char *id, const char *type);
/* A cgroup of CONTAINER; without room for it that is counted. CONTAINER may be gone after it when nothing else holds it. */
int containers_add_cgroup(struct containers *c, uint64_t id, bool v2, struct container *container);
struct container *containers_by_id(const struct containers *c, const char *id);
/* The names of a container's users, or the host's when CONTAINER is NULL; of a container that brought none there are none. */
const struct name *containers_user(const struct containers *c, const struct container *container, uint32_t id);
const struct name *containers_group(const struct containers *c, const struct container *container, uint32_t id);

/* Records of what is known of a container, and of its users' names (facts.c). -EPROTO for a lie. */
int facts_container(struct containers *c, const struct event_view *view);
int facts_users(struct containers *c, const struct event_view *view);

/* The value of a label; NULL when it has none. */
const char *container_label(const struct container *c, const char *key, size_t length);

struct container *container_get(struct container *c);
void container_put(struct container *c);
