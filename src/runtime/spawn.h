/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the container's process: namespaces joined and made, ids mapped, sources opened. Inside the room only.
 */
#pragma once

#include "launch.h"

/* Sorts the specification's namespaces into L's new and joined ones, opening the paths. */
int spawn_plan_namespaces(struct launch *l, struct err *e) must_check;
/* Opens the root and every bind source as detached trees, in the caller's mount namespace. */
int spawn_open_trees(struct launch *l, struct err *e) must_check;
/* In the child, once the mounts before M are made: opens a source that is below the root and was not there before. */
int spawn_open_late(struct launch *l, struct launch_mount *m, struct err *e) must_check;
/* Enters the namespaces in L->join, first those that the caller may, then those a joined user namespace allows. */
int spawn_join(const struct launch *l, struct err *e) must_check;

/*
 * Clones the container's process; in it launch_child() runs. Returns its pid with *ret_pidfd in the parent, whose end
 * of the pair is L->sync. Writes the id mappings.
 */
pid_t spawn(struct launch *l, int *ret_pidfd, struct err *e) must_check;

/* Receives the pid that the first of two processes tells about the second. */
pid_t spawn_receive_pid(int fd, struct err *e) must_check;
/* In the container's process: closes every descriptor of the host that is not needed until execve. */
void launch_drop_host(struct launch *l);
/* Closes what L holds. */
void launch_done(struct launch *l);
DEFINE_SCOPED(launch)
#define LAUNCH_INIT(the_arena)                                                                                         \
	((struct launch){.arena = (the_arena),                                                                         \
			 .root = -1,                                                                                   \
			 .join = {-1, -1, -1, -1, -1, -1, -1, -1},                                                     \
			 .devices = {-1, -1, -1, -1, -1, -1, -1, -1},                                                  \
			 .sync = -1,                                                                                   \
			 .start_listener = -1,                                                                         \
			 .console_socket = -1,                                                                         \
			 .listener_socket = -1,                                                                        \
			 .shim = -1})
