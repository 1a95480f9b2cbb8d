/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers, as a user meets them: made from an image, watched by a monitor process of their own, found again by
 * name or id, stopped, removed. There is no daemon: everything known about a container is in its folder below the
 * store, and every call repairs what a killed process left behind.
 *
 *   containers/<id>/container.json  what it is        containers/<id>/state.json  what became of it
 *   containers/<id>/bundle/         for the runtime   containers/<id>/upper, work the layer it writes to
 *   containers/<id>/log, log.1 ...  its output        names/<name>, ranges/<n>    claims, each holding an id
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/clock.h"
#include "base/str.h"
#include "oci/store.h"

#define FLOW_ID_MAX 65
#define FLOW_NAME_MAX 64
#define FLOW_TIME_MAX CLOCK_TEXT_MAX
#define FLOW_RANGE_SIZE 65536u

struct flow_place {
	const char *root;  /* the store */
	const char *state; /* run-time state */
	struct oci_store *store;
	int containers, names, ranges; /* folders; -1 until flow_place_open() */
};
#define FLOW_PLACE_INIT(r, s) ((struct flow_place){(r), (s), NULL, -1, -1, -1})
int flow_place_open(struct flow_place *p, struct err *e) must_check;
void flow_place_done(struct flow_place *p);
DEFINE_SCOPED(flow_place)

enum flow_status { FLOW_CREATED, FLOW_RUNNING, FLOW_PAUSED, FLOW_EXITED };
const char *flow_status_name(enum flow_status s);

/* What is done about programs that the container wrote itself, or that lie in no file. */
enum flow_drift { FLOW_DRIFT_OFF, FLOW_DRIFT_ALERT, FLOW_DRIFT_ENFORCE };
const char *flow_drift_name(enum flow_drift d);

struct flow_record {
	char id[FLOW_ID_MAX], name[FLOW_NAME_MAX];
	char *image;		    /* as the user named it */
	char image_id[OCI_HEX_MAX]; /* "" for rootfs: */
	char *rootfs;		    /* folder of rootfs:, or NULL */
	struct strv command;
	char created[FLOW_TIME_MAX], profile[64], stop_signal[16];
	uint32_t range; /* first host uid and gid of its user namespace; 0: it shares the host's */
	uint32_t uid;	/* of its first process, inside */
	bool tty, input, remove;
	bool writable, host_network;
	enum flow_drift drift;
	struct strv drift_allowed; /* paths below which even what it wrote may be executed */
	bool behaves;		   /* a behaviour profile is in its folder */
	/* what became of it */
	enum flow_status status;
	bool unattended; /* it runs, but its monitor is gone: no log, no exit code */
	pid_t pid, monitor;
	uint64_t pid_start, monitor_start;
	char started[FLOW_TIME_MAX], finished[FLOW_TIME_MAX];
	int exit_code;
	bool oom;
	uint64_t peak_memory, peak_processes; /* the most at once, once it has ended; 0: not counted */
	char *error;			      /* why it could not run, or NULL */
};
void flow_record_done(struct flow_record *r);
DEFINE_SCOPED(flow_record)

/* What `skep run` takes. Text is borrowed. */
struct flow_run_options {
	const char *image, *name, *profile, *user, *workdir, *network, *hostname, *entrypoint, *stop_signal;
	const char *memory, *cpus, *pids, *io;
	const char *drift, *mode; /* instead of the profile's */
	struct strv env, volumes, tmpfs, drift_allowed;
	struct strv policies;		 /* files and folders, besides those of the host */
	void (*warn)(const char *words); /* what a policy only warns of; NULL: nobody is told */
	char **command;
	size_t command_count;
	bool read_only, writable, tty, input, remove, detach;
};

/* Makes a container, ready to start. Imports and unpacks the image first where needed. */
int flow_create(struct flow_place *p, const struct flow_run_options *o, struct flow_record *ret,
		struct err *e) must_check;

/*
 * Starts it by a monitor and waits until it runs. *RET_CHANNEL is the line to the monitor (see model/monitor.h). With
 * ATTACH our standard input and output become the container's. Returns -ENOENT when its program is not there, -EACCES
 * when it cannot be executed.
 */
int flow_start(struct flow_place *p, const struct flow_record *r, bool attach, int *ret_channel,
	       struct err *e) must_check;

/* Whether it has processes: running or paused. The other says so as -ESRCH with words. */
bool flow_runs(const struct flow_record *r);
int flow_need_running(const struct flow_record *r, struct err *e) must_check;

/* By name, id, or the beginning of an id. Repairs the state on the way. -ENOENT; -EINVAL when it fits several. */
int flow_find(struct flow_place *p, const char *text, struct flow_record *ret, struct err *e) must_check;
typedef int flow_record_fn(const struct flow_record *r, void *data, struct err *e);
/* Every container, the newest first. */
int flow_each(struct flow_place *p, flow_record_fn *fn, void *data, struct err *e) must_check;

/* -EBUSY when it runs and not FORCE. */
int flow_remove(struct flow_place *p, const struct flow_record *r, bool force, struct err *e) must_check;
/*
 * Removal in two steps, for a monitor that must not keep others waiting: out of sight (its name is free again), then
 * its files, which the next sweep of tmp/ would find as well.
 */
int flow_remove_name(struct flow_place *p, const struct flow_record *r, struct err *e) must_check;
int flow_remove_files(struct flow_place *p, const struct flow_record *r, struct err *e) must_check;
int flow_kill(struct flow_place *p, const struct flow_record *r, int signal, struct err *e) must_check;
/* Its stop signal, then SIGKILL after TIMEOUT_S seconds. */
int flow_stop(struct flow_place *p, const struct flow_record *r, int timeout_s, struct err *e) must_check;
int flow_pause(struct flow_place *p, const struct flow_record *r, bool pause, struct err *e) must_check;
/* Waits for its end, at most TIMEOUT_MS (-1: for ever); -ETIMEDOUT. */
int flow_wait(struct flow_place *p, const struct flow_record *r, int timeout_ms, struct err *e) must_check;

struct flow_exec_options {
	const char *user, *workdir;
	struct strv env;
	char **command;
	size_t command_count;
	bool tty, input, detach;
};
/* Runs a process inside and gives its exit code, >= 0. */
int flow_exec(struct flow_place *p, const struct flow_record *r, const struct flow_exec_options *o,
	      struct err *e) must_check;

/* One sample of usage, JSON as `skep-runtime events --stats` gives it. */
int flow_stats(struct flow_place *p, const struct flow_record *r, struct buf *b, struct err *e) must_check;
/* Its processes, as the host numbers them. */
int flow_pids(struct flow_place *p, const struct flow_record *r, pid_t *pids, size_t max, size_t *ret_count,
	      struct err *e) must_check;

/* What it changed: KIND is 'A' added, 'C' changed, 'D' deleted. */
typedef int flow_change_fn(char kind, const char *path, void *data, struct err *e);
int flow_diff(struct flow_place *p, const struct flow_record *r, flow_change_fn *fn, void *data,
	      struct err *e) must_check;

/* Copies a file or folder out of the container or into it; INSIDE is resolved in its root. */
int flow_copy(struct flow_place *p, const struct flow_record *r, const char *inside, const char *outside, bool into,
	      struct err *e) must_check;

/* Its folder, opened. */
int flow_container_dir(const struct flow_place *p, const char *id, struct err *e) must_check;
