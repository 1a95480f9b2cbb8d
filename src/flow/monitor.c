/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: one small process per container, the parent of its first process. It stacks the root file system in a
 * mount namespace of its own (which vanishes with it, whatever kills it), starts the container, keeps its output,
 * waits for its end, writes down how it ended, and removes what the runtime made.
 */
#include "monitor.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "alerting.h"
#include "base/clock.h"
#include "base/path.h"
#include "flow/container.h"
#include "guarding.h"
#include "kern/mount.h"
#include "kern/process.h"
#include "model/monitor.h"
#include "mounts.h"
#include "overlay.h"
#include "place.h"
#include "priv/channel.h"
#include "record.h"
#include "relay.h"
#include "runtime/container.h"

enum { MONITOR_OK, MONITOR_NO_JOB, MONITOR_FAILED };

struct monitor {
	int channel, dir, signals;
	struct flow_place place;
	struct flow_record record;
	struct flow_relay relay;
	struct flow_log *log;
	struct alerting_process alerting;
	struct hosts_process hosts;
	struct mounts_process mounts;
	char runtime_root[4200];
	bool asked_to_end; /* by a TERM that came through the command */
};

/* ---- the root file system ---- */

static int idmap_users(const struct flow_record *r, struct err *e)
{
	char map[64];

	snprintf(map, sizeof(map), "0 %u %u\n", r->range, FLOW_RANGE_SIZE);
	int fd = kern_userns_new(map, map);
	return fd < 0 ? err_sys(e, fd, "making a user namespace for the layers") : fd;
}

static int open_lowers(struct monitor *m, struct flow_lowers *l, struct err *e)
{
	SCOPED(oci_image) struct oci_image image = {0};

	if (m->record.rootfs) {
		l->fds[0] = open(m->record.rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (l->fds[0] < 0)
			return err_sys(e, -errno, "%s", m->record.rootfs);
		l->count = 1;
		return 0;
	}
	int r = oci_store_find(m->place.store, m->record.image_id, &image, e);
	return r < 0 ? r : flow_lowers_open(m->place.store, &image, l, e);
}

static int stack_root(struct monitor *m, struct err *e)
{
	SCOPED(flow_lowers) struct flow_lowers lowers = {.count = 0};
	scoped_fd int users = idmap_users(&m->record, e);
	scoped_fd int upper = openat(m->dir, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int work = openat(m->dir, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int target = openat(m->dir, "bundle/rootfs", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (users < 0)
		return users;
	if (upper < 0 || work < 0 || target < 0)
		return err_sys(e, -errno, "the container's folder");
	int r = open_lowers(m, &lowers, e);
	if (r == 0)
		r = flow_lowers_idmap(&lowers, users, e);
	scoped_fd int root = r == 0 ? flow_overlay(&lowers, upper, work, target, e) : r;
	if (root < 0)
		return root;
	r = kern_mount_attach(root, target);
	return r < 0 ? err_sys(e, r, "mounting the root file system") : 0;
}

/* ---- start ---- */

static int open_container(struct monitor *m, const struct model_monitor_start *job, struct err *e)
{
	m->place = FLOW_PLACE_INIT(job->root, job->state);
	int r = flow_place_open(&m->place, e);
	if (r < 0)
		return r;
	m->dir = flow_container_dir(&m->place, job->id, e);
	if (m->dir < 0)
		return m->dir;
	r = record_load(m->dir, &m->record, e);
	if (r == 0)
		r = place_runtime_root(&m->place, m->runtime_root, sizeof(m->runtime_root), e);
	if (r == 0)
		r = flow_log_open(m->dir, m->log, e);
	return r;
}

static int guard(void *ctx, const struct kern_cgroup *groups, struct err *e)
{
	const struct monitor *m = ctx;
	scoped_fd int root = openat(m->dir, "bundle/rootfs", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? err_sys(e, -errno, "the root file system") : guarding_begin(&m->record, m->dir, root, e);
}

static int start_process(struct monitor *m, const struct model_monitor_start *job, struct err *e)
{
	char bundle[MODEL_PATH_TEXT + 256];
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	int saved[3];

	snprintf(bundle, sizeof(bundle), "%s/containers/%s/bundle", job->root, m->record.id);
	int r = flow_relay_prepare(&m->relay, m->record.tty, m->record.input, m->record.range + m->record.uid, e);
	if (r < 0)
		return r;
	struct container_create o = {.id = m->record.id,
				     .bundle = bundle,
				     .console_fd = m->relay.console[1],
				     .grouped = guard,
				     .ctx = m,
				     .sources_are_real = true};
	r = flow_relay_enter(&m->relay, saved, e);
	if (r == 0)
		r = container_run(m->runtime_root, &o, &c, e);
	flow_relay_leave(&m->relay, saved);
	if (r == 0)
		r = flow_relay_begin(&m->relay, e);
	m->record.pid = c.pid;
	return r;
}

static int note_running(struct monitor *m, struct err *e)
{
	struct flow_record *r = &m->record;

	r->status = FLOW_RUNNING;
	r->monitor = getpid();
	clock_text(clock_wall(), r->started);
	/* Gone already is fine: its end is on the way. */
	ignore(kern_start_time(r->pid, &r->pid_start));
	int bad = kern_start_time(r->monitor, &r->monitor_start);
	return bad < 0 ? err_sys(e, bad, "our own start time") : record_save_state(r, m->dir, e);
}

static int start(struct monitor *m, const struct model_monitor_start *job, struct err *e)
{
	/* First, because what is opened before belongs to the old namespace and cannot be mounted in the new one. */
	int r = flow_own_mounts(e);

	if (r == 0)
		r = open_container(m, job, e);
	if (r == 0)
		r = stack_root(m, e);
	if (r == 0)
		r = alerting_begin(&m->record, m->dir, &m->alerting, e);
	if (r == 0)
		r = mounts_begin(&m->record, m->dir, &m->mounts, e);
	if (r == 0)
		r = start_process(m, job, e);
	if (r == 0)
		r = note_running(m, e);
	if (r == 0)
		r = hosts_begin(&m->record, m->dir, &m->hosts, e);
	/* The store's lock is not kept while the container runs. */
	oci_store_free(m->place.store);
	m->place.store = NULL;
	return r;
}

/* ---- while it runs ---- */

/* The first process of a pid namespace ignores what it has no handler for: who asks for the end a second time gets it. */
static void pass_signal(struct monitor *m, int number)
{
	kill(m->record.pid, number == SIGTERM && m->asked_to_end ? SIGKILL : number);
	m->asked_to_end = m->asked_to_end || number == SIGTERM;
}

static void take_message(struct monitor *m)
{
	scoped_free struct priv_message *msg = malloc(sizeof(*msg));

	if (!msg || priv_recv(m->channel, msg) != 1) {
		/* The command is gone; the container goes on, unless it was asked to end and did not listen. */
		close_keep_errno(m->channel);
		m->channel = -1;
		if (m->asked_to_end)
			kill(m->record.pid, SIGKILL);
		return;
	}
	priv_message_done(msg);
	if (msg->type == MODEL_MONITOR_SIGNAL && msg->len == sizeof(struct model_monitor_signal)) {
		struct model_monitor_signal s;
		memcpy(&s, msg->body, sizeof(s));
		pass_signal(m, s.number);
	} else if (msg->type == MODEL_MONITOR_RESIZE && msg->len == sizeof(struct model_monitor_size)) {
		struct model_monitor_size s;
		memcpy(&s, msg->body, sizeof(s));
		flow_relay_resize(&m->relay, s.rows, s.columns);
	}
}

/* Reaps what has ended; true when the container's first process is among it. */
static bool reap(struct monitor *m)
{
	bool ended = false;
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		if (pid != m->record.pid)
			continue;
		ended = true;
		m->record.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return ended;
}

static void watch(struct monitor *m)
{
	struct signalfd_siginfo info;

	while (!reap(m)) {
		struct pollfd fds[FLOW_RELAY_FDS + 2];
		flow_relay_fds(&m->relay, fds);
		fds[FLOW_RELAY_FDS] = (struct pollfd){.fd = m->signals, .events = POLLIN};
		fds[FLOW_RELAY_FDS + 1] = (struct pollfd){.fd = m->channel, .events = POLLIN};
		if (poll(fds, FLOW_RELAY_FDS + 2, -1) < 0)
			continue;
		flow_relay_move(&m->relay, fds);
		if (fds[FLOW_RELAY_FDS].revents)
			ignore(read(m->signals, &info, sizeof(info))); /* it only wakes us; reap() looks for itself */
		if (fds[FLOW_RELAY_FDS + 1].revents)
			take_message(m);
	}
	flow_relay_drain(&m->relay);
}

/* ---- the end ---- */

/* What the runtime made is removed; how much it used, and whether memory ran out, is asked before. */
static void clean_up(struct monitor *m)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct err ignored = {0};

	if (container_load(m->runtime_root, m->record.id, &c, &ignored) < 0)
		return;
	m->record.oom = container_oom_kills(&c) > 0;
	guarding_end(&m->record, m->dir);
	const struct container_peaks peaks = container_peaks(&c);
	m->record.peak_memory = peaks.memory_bytes;
	m->record.peak_processes = peaks.processes;
	/* What stays is found by the next command that looks at the container. */
	ignore(container_delete(&c, true, &ignored));
}

static void finish(struct monitor *m)
{
	struct err ignored = {0};

	alerting_end(&m->alerting);
	hosts_end(&m->hosts);
	mounts_end(&m->mounts);
	clean_up(m);
	flow_log_done(m->log);
	m->record.status = FLOW_EXITED;
	clock_text(clock_wall(), m->record.finished);
	unlinkat(m->dir, "paused", 0);
	ignore(record_save_state(&m->record, m->dir, &ignored)); /* the next look repairs it */
	bool remove = m->record.remove && oci_store_open(m->place.root, &m->place.store, &ignored) == 0 &&
		      flow_remove_name(&m->place, &m->record, &ignored) == 0;
	struct model_monitor_exit end = {.code = m->record.exit_code};
	if (m->channel >= 0)
		ignore(priv_send(m->channel, MODEL_MONITOR_EXITED, &end, sizeof(end), NULL, 0));
	/* Only in our own mount namespace; the removal would stop at it. */
	if (remove && fchdir(m->dir) == 0 && umount2("bundle/rootfs", MNT_DETACH) == 0)
		ignore(flow_remove_files(&m->place, &m->record, &ignored)); /* else the next sweep */
}

static int fail(struct monitor *m, int code, const struct err *e)
{
	struct model_monitor_failure f = {.code = code};
	struct err ignored = {0};

	snprintf(f.text, sizeof(f.text), "%s", err_text(e));
	if (m->record.pid > 0) {
		kill(m->record.pid, SIGKILL);
		clean_up(m);
	}
	alerting_end(&m->alerting);
	hosts_end(&m->hosts);
	mounts_end(&m->mounts);
	if (m->dir >= 0 && m->record.id[0]) {
		m->record.status = FLOW_EXITED;
		m->record.exit_code = code == -ENOENT ? 127 : code == -EACCES ? 126 : 125;
		m->record.error = str_dup(f.text);
		clock_text(clock_wall(), m->record.finished);
		ignore(record_save_state(&m->record, m->dir, &ignored)); /* the command says it as well */
	}
	ignore(priv_send(m->channel, MODEL_MONITOR_FAILED, &f, sizeof(f), NULL, 0));
	return MONITOR_FAILED;
}

static int signals_open(void)
{
	sigset_t all;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int monitor(struct monitor *m, struct priv_message *msg)
{
	struct model_monitor_start job;
	struct err e = {0};

	memcpy(&job, msg->body, sizeof(job));
	job.root[sizeof(job.root) - 1] = job.state[sizeof(job.state) - 1] = job.id[sizeof(job.id) - 1] = '\0';
	for (size_t i = 0; i < msg->fd_count && i < 3; i++)
		m->relay.outside[i] = take_fd(&msg->fds[i]);
	int r = start(m, &job, &e);
	if (r < 0)
		return fail(m, r, &e);
	ignore(priv_send(m->channel, MODEL_MONITOR_STARTED, NULL, 0, NULL, 0));
	watch(m);
	finish(m);
	return MONITOR_OK;
}

int flow_monitor_run(int channel)
{
	scoped_free struct priv_message *msg = malloc(sizeof(*msg));
	scoped_free struct flow_log *log = calloc(1, sizeof(*log));
	struct monitor m = {.channel = channel,
			    .dir = -1,
			    .alerting = ALERTING_INIT,
			    .hosts = HOSTS_PROCESS_INIT,
			    .mounts = MOUNTS_PROCESS_INIT,
			    .relay = FLOW_RELAY_INIT,
			    .log = log,
			    .place = FLOW_PLACE_INIT(NULL, NULL)};

	if (!msg || !log || fcntl(channel, F_SETFD, FD_CLOEXEC) < 0 || priv_recv(channel, msg) != 1 ||
	    msg->type != MODEL_MONITOR_START || msg->len != sizeof(struct model_monitor_start))
		return MONITOR_NO_JOB;
	log->fd = -1;
	m.relay.log = log;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "skep-monitor", 0, 0, 0);
	m.signals = signals_open();
	if (m.signals < 0)
		return MONITOR_NO_JOB;
	return monitor(&m, msg);
}
