/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups as directories: which hierarchies this host has (v1, v2, or both), one group made or opened in all of
 * them, and what can be done to a group whatever its version. What limits mean is decided elsewhere; here are files.
 *
 * Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define KERN_CGROUP_HIERARCHIES_MAX 18
#define KERN_CGROUP_PATH_MAX 512

/* One hierarchy: the v2 tree ("" as its name), or a v1 one ("memory", "cpu,cpuacct", "name=systemd"). */
struct kern_cgroup_hierarchy {
	char name[96];
	char mount[128];		/* where it is mounted */
	char own[KERN_CGROUP_PATH_MAX]; /* the caller's group in it, "/" for the root */
};
struct kern_cgroup_layout {
	struct kern_cgroup_hierarchy at[KERN_CGROUP_HIERARCHIES_MAX];
	size_t count;
	int v2;	      /* index of the v2 tree, -1 when none is mounted */
	bool unified; /* v2 is mounted at /sys/fs/cgroup: v1 is not in use */
};
int kern_cgroup_detect(struct kern_cgroup_layout *ret, struct err *e) must_check;

/* A group, as a directory in each hierarchy. */
struct kern_cgroup {
	struct {
		char name[96]; /* as in the layout */
		char dir[KERN_CGROUP_PATH_MAX + 128];
		size_t base; /* bytes of DIR that are the mount */
		int fd;	     /* of the directory, -1 when it is gone */
		int tasks;   /* v1: its tasks file opened for writing, -1 otherwise */
	} at[KERN_CGROUP_HIERARCHIES_MAX];
	size_t count;
	int v2; /* index, or -1 */
};
#define KERN_CGROUP_INIT ((struct kern_cgroup){.v2 = -1})
void kern_cgroup_done(struct kern_cgroup *c);
DEFINE_SCOPED(kern_cgroup)

/*
 * Where the group PATH is in every hierarchy: absolute from each mount's root, or relative to the caller's own group
 * (in a unified layout: beside it, for a group with processes cannot have limited children). Touches nothing.
 */
int kern_cgroup_plan(const struct kern_cgroup_layout *layout, const char *path, struct kern_cgroup *ret,
		     struct err *e) must_check;
/*
 * Makes the planned directories and opens them. Parents are made too and stay. On failure nothing new is left but
 * parents. *ret_existed tells whether any of them was there before.
 */
int kern_cgroup_make(struct kern_cgroup *c, bool *ret_existed, struct err *e) must_check;

/* Adds a directory known from an earlier kern_cgroup_make() to C; a directory that is gone is added with fd -1. */
int kern_cgroup_add(struct kern_cgroup *c, const char *name, const char *dir) must_check;

/*
 * Goes down to the group PATH below C, in the hierarchies of CONTROLLERS ("cpu,memory"; "" every one). The names may be
 * the container's own making: links are not followed. -ENOENT when there is no such group in one of them.
 */
int kern_cgroup_descend(struct kern_cgroup *c, const char *controllers, const char *path) must_check;

/* The hierarchy that has a v1 controller, or -1. */
int kern_cgroup_controller(const struct kern_cgroup *c, const char *controller);
/* Whether the v2 group has a controller enabled. */
bool kern_cgroup_v2_has(const struct kern_cgroup *c, const char *controller);

/* Opens the tasks files of v1 for kern_cgroup_enter(). */
int kern_cgroup_prepare_enter(struct kern_cgroup *c, struct err *e) must_check;
/*
 * Moves the calling single-threaded process into the v1 groups. Writing 0 to tasks moves only the writer, for which
 * the kernel takes no system-wide lock; moving another process by cgroup.procs waits for an RCU grace period
 * (some 10 ms on an idle system). Where the process has to enter v2 too (no CLONE_INTO_CGROUP), ALSO_V2.
 */
int kern_cgroup_enter(const struct kern_cgroup *c, bool also_v2) must_check;

int kern_cgroup_freeze(const struct kern_cgroup *c, bool frozen, struct err *e) must_check;
bool kern_cgroup_is_frozen(const struct kern_cgroup *c);
/* Whether a process put into it would be frozen at once, also by a group above it, on either version. */
bool kern_cgroup_is_held(const struct kern_cgroup *c);

/* Calls FN with each process of the group and the groups below it; stops when it returns non-zero. */
typedef int kern_cgroup_pid_fn(pid_t pid, void *data);
int kern_cgroup_each_pid(const struct kern_cgroup *c, kern_cgroup_pid_fn *fn, void *data) must_check;
/* SIGKILL to everything in the group and below. Zero processes is success. */
int kern_cgroup_kill(const struct kern_cgroup *c) must_check;
/* Kills what is left and removes the group with all groups below it. */
int kern_cgroup_remove(struct kern_cgroup *c, struct err *e) must_check;
