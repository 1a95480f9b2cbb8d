/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI containers on Linux namespaces: the operations of runtime-spec 1.3.0 (runtime.md, "Operations") and the ones
 * that engines expect beside them. One call, one command of skep-runtime. State lives in a folder per container below
 * a root that only the caller can write; the calls never log and never exit.
 *
 * Every call may block on the kernel and on hooks. Errors are negative with words; CONTAINER_E_* are named outcomes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "kern/cgroup.h"
#include "oci/spec.h"
#include "runtime/report.h"

#define CONTAINER_ID_MAX 255

enum container_status { CONTAINER_CREATING, CONTAINER_CREATED, CONTAINER_RUNNING, CONTAINER_PAUSED, CONTAINER_STOPPED };
const char *container_status_name(enum container_status status);

/* A known container: its folder, what was saved about it, and the specification it was made from. */
struct container {
	char id[CONTAINER_ID_MAX + 1];
	int dir;	     /* its folder, locked while a call changes it */
	pid_t pid;	     /* its first process, 0 while there is none */
	uint64_t start_time; /* of that process, in ticks after boot */
	uid_t owner;
	char *bundle, *rootfs, *created; /* created: RFC 3339 */
	struct kern_cgroup cgroup;
	char *unit;	/* systemd's scope, or NULL */
	bool unit_user; /* of the user's manager */
	struct oci_spec spec;
	bool has_spec;
	struct report report;
};
void container_done(struct container *c);
DEFINE_SCOPED(container)

/* What `create` and `run` take. Descriptors are borrowed; -1 and NULL mean "not given". */
struct container_create {
	const char *id, *bundle, *pid_file, *console_socket, *pidfd_socket;
	char **argv;			   /* the whole command line: the program may have to start itself over */
	int console_fd;			   /* a connected socket instead of console_socket, or -1 */
	unsigned preserve_fds, listen_fds; /* listen_fds: how many of the preserved ones are LISTEN_FDS */
	bool no_pivot, no_new_keyring, keep;
	bool systemd_cgroup;
	bool no_cgroup; /* no control groups: refused when a limit is asked for */
	/* Called when its control groups are there and empty; a negative result undoes the creation. NULL: nobody. */
	int (*grouped)(void *ctx, const struct kern_cgroup *groups, struct err *e);
	void *ctx;
	bool sources_are_real; /* names of bind sources have no links in them: one that has is an error */
	struct report report;
};

/* What `exec` takes. */
struct container_exec {
	const char *process_file; /* NULL: the container's process with the members below changed */
	const char *const *args;
	size_t args_count;
	const char *cwd, *user, *apparmor, *process_label;
	const char *const *env, *const *caps, *const *gids;
	const char *const *cgroups; /* groups below the container's own: PATH, or CONTROLLER[,...]:PATH */
	size_t env_count, caps_count, gids_count, cgroups_count;
	bool tty, no_new_privileges, ignore_paused, detach;
	const char *pid_file, *console_socket, *pidfd_socket;
	char **argv;	/* the whole command line: the program may have to start itself over */
	int console_fd; /* a connected socket instead of console_socket, or -1 */
	unsigned preserve_fds;
	struct report report;
};

/* Loads the container ID below ROOT. -ENOENT with "container does not exist" when there is none. */
int container_load(const char *root, const char *id, struct container *ret, struct err *e) must_check;
/* Decodes the specification it was created from, once. */
int container_load_spec(struct container *c, struct err *e) must_check;
/* The present status; CONTAINER_STOPPED when its process is gone or is another one by now. */
enum container_status container_status(const struct container *c);
/* The state as JSON (runtime.md, "State"), appended to B. STATUS "creating" etc. */
int container_state_json(const struct container *c, const char *status, pid_t pid, bool indent,
			 struct buf *b) must_check;

/* Calls FN with the name of each container below ROOT, in the order of their bytes. -ENOENT: no such folder. */
typedef int container_each_fn(const char *id, void *data);
int container_each(const char *root, container_each_fn *fn, void *data, struct err *e) must_check;

/* Makes a container up to its program's start. On failure nothing is left behind. */
int container_create(const char *root, const struct container_create *o, struct err *e) must_check;
/* ARGV as in struct container_create. */
int container_start(const char *root, const char *id, char **argv, const struct report *to, struct err *e) must_check;
/* create and start in one, the caller being the parent of the process ret->pid. */
int container_run(const char *root, const struct container_create *o, struct container *ret, struct err *e) must_check;

/* -ESRCH "container not running" when it has stopped. ALL: every process of its cgroup. */
int container_kill(struct container *c, int signal, bool all, struct err *e) must_check;
/* Removes a stopped container, its cgroup and state; with FORCE kills it first. Runs poststop hooks. */
int container_delete(struct container *c, bool force, struct err *e) must_check;
/* As delete --force of a container whose state cannot be read: what can be found is removed. */
int container_delete_broken(const char *root, const char *id, struct err *e) must_check;

/* Starts a process in the container. *ret_pid is a child of the caller. */
int container_exec(struct container *c, const struct container_exec *o, pid_t *ret_pid, struct err *e) must_check;

int container_pause(struct container *c, struct err *e) must_check;
int container_resume(struct container *c, struct err *e) must_check;
/* Applies RESOURCES to the running container; members that are unset stay. */
int container_update(struct container *c, const struct oci_resources *resources, struct err *e) must_check;
/* One sample of usage as runc's `events --stats` prints it. */
int container_stats_json(const struct container *c, struct buf *b, struct err *e) must_check;

/* How often the kernel killed a process of the container for want of memory. */
uint64_t container_oom_kills(const struct container *c);
/* The most it ever had at once; 0 where the kernel did not count. */
struct container_peaks {
	uint64_t memory_bytes, processes;
};
struct container_peaks container_peaks(const struct container *c);

/* What this build and this host support (features.md), as JSON appended to B. */
int container_features_json(struct buf *b, struct err *e) must_check;
/* A starting point for config.json, as `spec` writes it. */
int container_spec_json(bool rootless, struct buf *b) must_check;
