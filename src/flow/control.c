/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers that exist: found, repaired, signalled, stopped, removed. Whatever was killed on the way, the next call
 * here sees it by comparing what is written with the processes that are there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "flow/container.h"
#include "guarding.h"
#include "kern/process.h"
#include "model/monitor.h"
#include "names.h"
#include "place.h"
#include "priv/channel.h"
#include "priv/worker.h"
#include "record.h"
#include "runtime/container.h"

enum { REMOVE_TRIES = 50, REMOVE_WAIT_US = 10000 };

#define RUNTIME_ROOT_MAX 4200
#define CONTAINERS_MAX 65536

/* ---- start ---- */

static int monitor_answer(int channel, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct model_monitor_failure f;
	int r = m ? priv_recv(channel, m) : -ENOMEM;

	if (r <= 0)
		return err_set(e, r < 0 ? r : -EPROTO, "the container's monitor ended without an answer");
	priv_message_done(m);
	if (m->type == MODEL_MONITOR_STARTED)
		return 0;
	if (m->type != MODEL_MONITOR_FAILED || m->len != sizeof(f))
		return err_set(e, -EPROTO, "the container's monitor gave a strange answer");
	memcpy(&f, m->body, sizeof(f));
	f.text[sizeof(f.text) - 1] = '\0';
	return err_set(e, f.code < 0 ? f.code : -EPROTO, "%s", f.text);
}

/* The monitor works in another folder than we do. */
static int absolute(const char *path, char *ret, struct err *e)
{
	int r = path_mkdirs(path, 0700);

	if (r == 0)
		r = path_real(path, ret, MODEL_PATH_TEXT);
	return r < 0 ? err_sys(e, r, "%s", path) : 0;
}

int flow_start(struct flow_place *p, const struct flow_record *r, bool attach, int *ret_channel, struct err *e)
{
	const int ours[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	struct model_monitor_start job = {.id = ""};
	scoped_fd int channel = -1;
	int bad = absolute(p->root, job.root, e);

	if (bad == 0)
		bad = absolute(p->state, job.state, e);
	if (bad == 0)
		bad = priv_detached_start("monitor", &channel, e);
	if (bad < 0)
		return bad;
	snprintf(job.id, sizeof(job.id), "%s", r->id);
	bad = priv_send(channel, MODEL_MONITOR_START, &job, sizeof(job), ours, attach ? ARRAY_LEN(ours) : 0);
	if (bad < 0)
		return err_sys(e, bad, "starting the container's monitor");
	bad = monitor_answer(channel, e);
	if (bad == 0)
		*ret_channel = take_fd(&channel);
	return bad;
}

/* ---- find and repair ---- */

bool flow_runs(const struct flow_record *r)
{
	return r->status == FLOW_RUNNING || r->status == FLOW_PAUSED;
}

static bool lives(pid_t pid, uint64_t start)
{
	uint64_t now = 0;
	char state = 'X';

	return pid > 0 && kern_process_state(pid, &now, &state) == 0 && now == start && state != 'Z' && state != 'X';
}

static int load_runtime(const struct flow_place *p, const char *id, struct container *c, struct err *e)
{
	char root[RUNTIME_ROOT_MAX];
	int r = place_runtime_root(p, root, sizeof(root), e);

	return r < 0 ? r : container_load(root, id, c, e);
}

/* Removes what the runtime still has of a container whose monitor could not. */
static void forget_runtime(const struct flow_place *p, const char *id)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	char root[RUNTIME_ROOT_MAX];
	struct err ignored = {0};
	int r = load_runtime(p, id, &c, &ignored);

	if (r == 0)
		r = container_delete(&c, true, &ignored);
	else if (r != -ENOENT && place_runtime_root(p, root, sizeof(root), &ignored) == 0)
		ignore(container_delete_broken(root, id, &ignored)); /* what can be found is removed */
}

/* The monitor was killed. With the container alive nothing is lost but its log; else its end is written down for it. */
static int repair(struct flow_place *p, int dir, struct flow_record *r, struct err *e)
{
	if (!flow_runs(r))
		return 0;
	if (lives(r->monitor, r->monitor_start))
		return 0;
	/* It may have finished between our reading its record and our looking for it. */
	flow_record_done(r);
	int bad = record_load(dir, r, e);
	if (bad < 0 || !flow_runs(r))
		return bad;
	if (lives(r->pid, r->pid_start)) {
		r->unattended = true;
		return 0;
	}
	guarding_end(r, dir);
	forget_runtime(p, r->id);
	r->status = FLOW_EXITED;
	r->exit_code = 128 + SIGKILL;
	r->error = str_dup("its monitor was killed; the exit code is not known");
	clock_text(clock_wall(), r->finished);
	unlinkat(dir, "paused", 0);
	bad = record_save_state(r, dir, e);
	if (bad < 0 || !r->remove)
		return bad;
	/* It was to be removed at its end. */
	bad = flow_remove(p, r, true, e);
	return bad < 0 ? bad : err_set(e, -ENOENT, "container %s has ended and is removed", r->name);
}

static int load(struct flow_place *p, const char *id, struct flow_record *ret, struct err *e)
{
	scoped_fd int dir = flow_container_dir(p, id, e);
	int r = dir < 0 ? dir : record_load(dir, ret, e);

	return r < 0 ? r : repair(p, dir, ret, e);
}

static int each_id(const struct flow_place *p, struct strv *ids, struct err *e)
{
	scoped_fd int copy = openat(p->containers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;
	int r = 0;

	if (!d)
		return err_sys(e, -errno, "reading the containers");
	copy = -1;
	while (r == 0 && (ent = readdir(d)))
		if (ent->d_name[0] != '.')
			r = ids->count < CONTAINERS_MAX ? strv_add(ids, ent->d_name) : -E2BIG;
	closedir(d);
	return r < 0 ? err_sys(e, r, "reading the containers") : 0;
}

static int find_id(struct flow_place *p, const char *text, char id[FLOW_ID_MAX], struct err *e)
{
	SCOPED(buf) struct buf claim = BUF_INIT(FLOW_ID_MAX - 1);
	SCOPED(strv) struct strv ids = {0};
	size_t found = 0;

	if (flow_check_name(text, NULL) == 0 && path_read_file(p->names, text, &claim) == 0 &&
	    claim.len == FLOW_ID_MAX - 1) {
		memcpy(id, claim.data, FLOW_ID_MAX);
		return 0;
	}
	int r = each_id(p, &ids, e);
	for (size_t i = 0; r == 0 && text[0] && i < ids.count; i++)
		if (str_starts_with(ids.items[i], text) && strlen(ids.items[i]) < FLOW_ID_MAX) {
			memcpy(id, ids.items[i], strlen(ids.items[i]) + 1);
			found++;
		}
	if (r == 0 && found > 1)
		r = err_set(e, -EINVAL, "%s fits %zu containers; write more of the id", text, found);
	if (r == 0 && !found)
		r = err_set(e, -ENOENT, "no container %s; see skep ps -a", text);
	return r;
}

int flow_find(struct flow_place *p, const char *text, struct flow_record *ret, struct err *e)
{
	char id[FLOW_ID_MAX];
	int r = find_id(p, text, id, e);

	return r < 0 ? r : load(p, id, ret, e);
}

static int newer(const void *a, const void *b)
{
	const struct flow_record *first = a, *second = b;

	return strcmp(second->created, first->created);
}

int flow_each(struct flow_place *p, flow_record_fn *fn, void *data, struct err *e)
{
	SCOPED(strv) struct strv ids = {0};
	struct flow_record *all = NULL;
	size_t count = 0;
	int r = each_id(p, &ids, e);

	if (r == 0 && ids.count && !(all = calloc(ids.count, sizeof(*all))))
		r = err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < ids.count; i++) {
		struct err words = {0};
		/* One that is being removed right now must not hide the others. */
		if (load(p, ids.items[i], &all[count], &words) == 0)
			count++;
	}
	if (count)
		qsort(all, count, sizeof(*all), newer);
	for (size_t i = 0; i < count; i++) {
		if (r == 0)
			r = fn(&all[i], data, e);
		flow_record_done(&all[i]);
	}
	free(all);
	return r;
}

/* ---- signals ---- */

int flow_need_running(const struct flow_record *r, struct err *e)
{
	if (flow_runs(r))
		return 0;
	return err_set(e, -ESRCH, "container %s is not running (%s)", r->name, flow_status_name(r->status));
}

int flow_kill(struct flow_place *p, const struct flow_record *r, int signal, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	int bad = flow_need_running(r, e);

	if (bad == 0)
		bad = load_runtime(p, r->id, &c, e);
	return bad < 0 ? bad : container_kill(&c, signal, false, e);
}

int flow_wait(struct flow_place *p, const struct flow_record *r, int timeout_ms, struct err *e)
{
	if (!flow_runs(r))
		return 0;
	/* The monitor ends when all is written down; without one the process itself must do. */
	scoped_fd int pidfd = kern_pidfd_open(r->unattended ? r->pid : r->monitor);
	if (pidfd == -ESRCH)
		return 0;
	if (pidfd < 0)
		return err_sys(e, pidfd, "waiting for container %s", r->name);
	if (!lives(r->unattended ? r->pid : r->monitor, r->unattended ? r->pid_start : r->monitor_start))
		return 0;
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int n;
	while ((n = poll(&poll_fd, 1, timeout_ms)) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "waiting for container %s", r->name);
	return n ? 0 : -ETIMEDOUT;
}

int flow_stop(struct flow_place *p, const struct flow_record *r, int timeout_s, struct err *e)
{
	int signal = SIGTERM;
	int bad = r->status == FLOW_PAUSED ? flow_pause(p, r, false, e) : 0;

	if (bad < 0 || !flow_runs(r))
		return bad;
	if (kern_signal_from(r->stop_signal, &signal) < 0)
		signal = SIGTERM;
	bad = flow_kill(p, r, signal, e);
	if (bad == 0 && (bad = flow_wait(p, r, timeout_s * 1000, e)) == -ETIMEDOUT) {
		bad = flow_kill(p, r, SIGKILL, e);
		if (bad == 0)
			bad = flow_wait(p, r, -1, e);
	}
	/* It ended on its own in between. */
	return bad == -ESRCH || bad == -ENOENT ? 0 : bad;
}

int flow_pause(struct flow_place *p, const struct flow_record *r, bool pause, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	int bad = flow_need_running(r, e);
	scoped_fd int dir = bad == 0 ? flow_container_dir(p, r->id, e) : bad;

	if (dir < 0)
		return dir;
	if (pause == (r->status == FLOW_PAUSED))
		return err_set(e, -EALREADY, "container %s is %s", r->name, pause ? "paused already" : "not paused");
	bad = load_runtime(p, r->id, &c, e);
	if (bad == 0)
		bad = pause ? container_pause(&c, e) : container_resume(&c, e);
	if (bad < 0)
		return bad;
	if (!pause)
		unlinkat(dir, "paused", 0);
	else if ((bad = path_write_file(dir, "paused", "", 0, 0600, false)) < 0)
		return err_sys(e, bad, "noting the pause");
	return 0;
}

/* ---- remove ---- */

int flow_remove_name(struct flow_place *p, const struct flow_record *r, struct err *e)
{
	char to[FLOW_ID_MAX + 8];

	snprintf(to, sizeof(to), "tmp/%s", r->id);
	if (renameat(p->containers, r->id, oci_store_fd(p->store), to) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "removing container %s", r->name);
	place_release(p, r);
	return oci_store_unpin(p->store, r->id, e);
}

int flow_remove_files(struct flow_place *p, const struct flow_record *r, struct err *e)
{
	scoped_fd int tmp = openat(oci_store_fd(p->store), "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int bad = tmp < 0 ? -errno : -ENOTEMPTY;

	/* What stood beside a monitor that was killed may still write down what it knows. */
	for (int left = REMOVE_TRIES; bad == -ENOTEMPTY && left; left--) {
		bad = path_remove_tree(tmp, r->id);
		if (bad == -ENOTEMPTY)
			usleep(REMOVE_WAIT_US);
	}
	return bad < 0 ? err_sys(e, bad, "removing the files of container %s", r->name) : 0;
}

int flow_remove(struct flow_place *p, const struct flow_record *r, bool force, struct err *e)
{
	bool runs = flow_runs(r);

	if (runs && !force)
		return err_set(e, -EBUSY, "container %s is running; stop it first, or use skep rm -f", r->name);
	if (runs) {
		struct err ignored = {0};
		/* It may end on its own meanwhile; what counts is that it is gone below. */
		ignore(flow_kill(p, r, SIGKILL, &ignored));
		if (r->status == FLOW_PAUSED)
			ignore(flow_pause(p, r, false, &ignored));
		int bad = flow_wait(p, r, 10000, e);
		if (bad < 0)
			return bad == -ETIMEDOUT ? err_set(e, bad, "container %s does not end", r->name) : bad;
	}
	forget_runtime(p, r->id);
	int bad = flow_remove_name(p, r, e);
	return bad < 0 ? bad : flow_remove_files(p, r, e);
}

/* ---- looking inside ---- */

int flow_stats(struct flow_place *p, const struct flow_record *r, struct buf *b, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	int bad = flow_need_running(r, e);

	if (bad == 0)
		bad = load_runtime(p, r->id, &c, e);
	return bad < 0 ? bad : container_stats_json(&c, b, e);
}

struct pids {
	pid_t *at;
	size_t max, count;
};

static int add_pid(pid_t pid, void *data)
{
	struct pids *all = data;

	if (all->count == all->max)
		return 1;
	all->at[all->count++] = pid;
	return 0;
}

int flow_pids(struct flow_place *p, const struct flow_record *r, pid_t *pids, size_t max, size_t *ret_count,
	      struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct pids all = {pids, max, 0};
	int bad = flow_need_running(r, e);

	if (bad == 0)
		bad = load_runtime(p, r->id, &c, e);
	if (bad == 0 && kern_cgroup_each_pid(&c.cgroup, add_pid, &all) < 0)
		bad = err_set(e, -EIO, "reading the processes of container %s", r->name);
	if (bad == 0)
		*ret_count = all.count;
	return bad;
}
