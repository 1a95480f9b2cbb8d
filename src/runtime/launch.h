/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything one container start needs, gathered by the runtime process (the parent) and inherited by the process that
 * becomes the container's (the child) through fork. Descriptors that only the host side can get are opened by the
 * parent: bind sources, the root, namespaces to join, sockets.
 */
#pragma once

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "kern/cgroup.h"
#include "mount-options.h"
#include "oci/spec.h"
#include "runtime/container.h"

/* A compiled seccomp filter. */
struct seccomp_program {
	struct sock_filter *code; /* NULL: no filter */
	size_t count;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* */
	bool notifies;	/* has a notify action: a listener is wanted */
	bool owned;	/* code is malloc'ed */
};

struct launch_mount {
	const struct oci_mount *spec;
	struct mount_options options;
	int tree;	    /* bind: the detached source; -1 otherwise */
	bool source_is_dir; /* of a bind */
};

struct launch {
	const char *id;
	const struct oci_spec *spec;
	const struct oci_process *process; /* the spec's, or the one of exec */
	struct arena *arena;		   /* dies with the launch */

	uint64_t new_namespaces; /* CLONE_NEW* to make */
	int join[OCI_NS_COUNT];	 /* namespaces to join, -1 each */
	bool needs_stage;	 /* an intermediate process enters namespaces first */
	bool own_userns;	 /* a new user namespace is made, with the spec's mappings */
	bool rootless;
	bool is_exec; /* not the container's first process */

	int root; /* the detached tree of the root file system */
	struct launch_mount *mounts;
	int devices[8]; /* detached host nodes of the default devices, under a user namespace */

	struct kern_cgroup *cgroup;
	struct seccomp_program seccomp;
	int listener_socket; /* connected to seccomp.listenerPath, or -1 */

	int sync;		     /* this side's end of the pair between parent and child */
	int sync_parent, child_sync; /* both ends, around the clone */
	int start_listener;	     /* `create`: accepts the one connection of `start`; -1 otherwise */
	int console_socket;	     /* takes the terminal's master; -1 when there is no terminal */
	int shim;		     /* executes the program (shim.c), or -1 */
	unsigned preserve_fds, listen_fds;
	bool no_pivot, no_new_keyring;
	bool has_create_hooks; /* prestart or createRuntime: the parent runs them half-way */
	bool wait_for_parent;  /* the parent has something to do first (mappings, network devices) */
	bool enter_v2;	       /* the child enters the v2 group itself: clone could not place it there */
	bool sources_are_real; /* a link in the name of a bind source is an error */
	bool late_trees;       /* bind sources are opened by the child: the parent may not */
	const struct container *container;
	const char *state_json; /* what a seccomp agent is told; NULL: no agent */
};

/* Messages on the pair. Text follows for MSG_ERROR. */
enum sync_type { SYNC_GO = 1, SYNC_HOOKS, SYNC_READY, SYNC_START, SYNC_ERROR };
int sync_send(int fd, enum sync_type type, const struct err *e) must_check;
/* Receives one message; an error message becomes E and its code. *ret_type 0: the other side is gone. */
int sync_receive(int fd, enum sync_type *ret_type, struct err *e) must_check;
/* Receives and insists on TYPE. */
int sync_expect(int fd, enum sync_type type, struct err *e) must_check;

/* The child: from clone to execve. Does not return; reports by the pair (or the start connection). */
_Noreturn void launch_child(struct launch *l);
/* Pieces of the child, in order of use. */
int rootfs_build(struct launch *l, struct err *e) must_check; /* mounts, devices; before hooks */
int rootfs_enter(struct launch *l, struct err *e) must_check; /* pivot and what follows it */
/* Without mounts of its own: the folder of the present mount namespace, and chroot into it. */
int rootfs_use(struct launch *l, struct err *e) must_check;
int rootfs_chroot(struct launch *l, struct err *e) must_check;
int rootfs_hide(struct launch *l, struct err *e) must_check; /* masked and read-only paths */
int rootfs_devices(struct launch *l, int dev, struct err *e) must_check;
/* The socket that takes the terminal's master: connected by PATH, or a copy of FD; -1 without a terminal. */
int console_connect(bool terminal, const char *path, int fd, int *ret_socket, struct err *e) must_check;
int console_open(const struct launch *l, int *ret_terminal, struct err *e) must_check;
int console_bind(const struct launch *l, int terminal, struct err *e) must_check;
int console_stdio(int terminal, struct err *e) must_check;	       /* as standard input, output and error */
int console_control(struct err *e) must_check;			       /* standard input as the session's terminal */
int process_prepare(const struct launch *l, struct err *e) must_check; /* rlimits, scheduling, credentials, cwd */
/* Finds the program, loads the filter and executes; returns only on failure. */
int process_execute(const struct launch *l, const char *program, char **env, struct err *e) must_check;
int process_find(const struct launch *l, char **env, const char **ret_program, struct err *e) must_check;
int process_environment(const struct launch *l, char ***ret_env, struct err *e) must_check;
