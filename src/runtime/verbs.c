/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to containers that exist: signals, pause, resume, new limits, removal. A process is always addressed by
 * a pidfd whose start time was compared with the saved one, so a pid that the kernel gave to somebody else is never hit.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "hooks.h"
#include "kern/process.h"
#include "limits.h"
#include "state.h"
#include "systemd.h"
#include "verbs.h"

#define STATE_JSON_MAX (4u << 20)
#define KILL_WAIT_MS 10000

int container_pidfd(const struct container *c)
{
	uint64_t start_time = 0;
	char state = 0;

	if (c->pid <= 0)
		return -ESRCH;
	scoped_fd int fd = kern_pidfd_open(c->pid);
	if (fd < 0)
		return fd;
	/* Opened first, compared after: what the descriptor names cannot change any more. */
	if (kern_process_state(c->pid, &start_time, &state) < 0 || start_time != c->start_time || state == 'Z')
		return -ESRCH;
	return take_fd(&fd);
}

struct signal_all {
	int signal;
	int failed;
};

static int signal_one(pid_t pid, void *data)
{
	struct signal_all *all = data;
	if (kill(pid, all->signal) < 0 && errno != ESRCH)
		all->failed = -errno;
	return 0;
}

static bool has_own_pid_namespace(struct container *c)
{
	const struct oci_namespace *pid =
		container_load_spec(c, NULL) == 0 ? oci_spec_namespace(&c->spec, OCI_NS_PID) : NULL;
	return pid && !pid->path;
}

static int signal_group(struct container *c, int signal, struct err *e)
{
	struct signal_all all = {.signal = signal};
	int r = signal == SIGKILL ? kern_cgroup_kill(&c->cgroup) : kern_cgroup_each_pid(&c->cgroup, signal_one, &all);
	if (r == 0)
		r = all.failed;
	return r < 0 ? err_sys(e, r, "cannot signal the processes of container %s", c->id) : 0;
}

int container_kill(struct container *c, int signal, bool all, struct err *e)
{
	scoped_fd int pidfd = container_pidfd(c);

	if (pidfd < 0) {
		/* Without a pid namespace of its own, a container's processes may outlive the first one. */
		if (all || (signal == SIGKILL && !has_own_pid_namespace(c)))
			return signal_group(c, signal, e);
		return err_set(e, -ESRCH, "container not running");
	}
	/* In the host's pid namespace nothing but the group holds a container's processes together. */
	if (all || (signal == SIGKILL && !has_own_pid_namespace(c)))
		return signal_group(c, signal, e);
	int r = kern_pidfd_signal(pidfd, signal);
	if (r < 0)
		return err_sys(e, r, "cannot signal container %s", c->id);
	/* A frozen process dies only when it thaws. */
	if (signal == SIGKILL && kern_cgroup_is_frozen(&c->cgroup))
		ignore(kern_cgroup_freeze(&c->cgroup, false,
					  NULL)); /* v1 alone needs it; on v2 the kill went through */
	return 0;
}

static int wait_dead(const struct container *c)
{
	scoped_fd int pidfd = kern_pidfd_open(c->pid);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	if (pidfd < 0)
		return 0;
	return poll(&p, 1, KILL_WAIT_MS) > 0 ? 0 : -ETIMEDOUT;
}

static int stop_by_force(struct container *c, struct err *e)
{
	scoped_fd int pidfd = container_pidfd(c);
	int r = 0;

	if (pidfd >= 0)
		r = kern_pidfd_signal(pidfd, SIGKILL);
	if (r == 0 || r == -ESRCH)
		r = kern_cgroup_kill(&c->cgroup);
	if (kern_cgroup_is_frozen(&c->cgroup))
		ignore(kern_cgroup_freeze(&c->cgroup, false, NULL)); /* shows as a process that does not die */
	if (r == 0 && pidfd >= 0)
		r = wait_dead(c);
	return r < 0 ? err_sys(e, r, "cannot kill container %s", c->id) : 0;
}

static void run_poststop(struct container *c)
{
	SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);

	if (container_load_spec(c, NULL) == 0 && c->spec.hooks[OCI_HOOK_POSTSTOP].count &&
	    container_state_json(c, "stopped", 0, false, &state) == 0)
		hooks_run_all(&c->spec, OCI_HOOK_POSTSTOP, buf_str(&state), &c->report);
}

static int remove_folder_of(struct container *c, struct err *e)
{
	char path[64], target[4096];
	ssize_t len;

	/* The folder is known by its descriptor; its name is where that leads. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->dir);
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return err_sys(e, -errno, "cannot find the state folder of container %s", c->id);
	target[len] = '\0';
	char *slash = strrchr(target, '/');
	if (!slash || !str_eq(slash + 1, c->id))
		return 0; /* removed meanwhile */
	*slash = '\0';
	return state_remove(target, c->id, e);
}

/* systemd ends an empty scope by itself, so what goes wrong here shows as a group that cannot be removed. */
static void stop_unit(const struct container *c)
{
	SCOPED(bus) struct bus bus = BUS_INIT;

	if (c->unit && systemd_connect(&bus, c->unit_user, NULL) == 0)
		ignore(systemd_stop(&bus, c->unit, NULL));
}

static int update_unit(const struct container *c, const struct oci_resources *resources, struct err *e)
{
	SCOPED(bus) struct bus bus = BUS_INIT;
	bool unified = c->cgroup.count == 1 && c->cgroup.v2 == 0;

	if (!c->unit)
		return 0;
	int r = systemd_connect(&bus, c->unit_user, e);
	return r < 0 ? r : systemd_update(&bus, c->unit, resources, unified, e);
}

int container_delete(struct container *c, bool force, struct err *e)
{
	int r = state_lock(c->dir, STATE_LOCK_WAIT_MS);
	/* By force also from under a command that got stuck: its processes are what is killed. */
	if (r < 0 && !force)
		return err_sys(e, r, "container %s is being changed by another command", c->id);
	enum container_status status = container_status(c);
	if (status != CONTAINER_STOPPED && !force)
		return err_set(e, -EBUSY, "cannot delete container %s that is not stopped: %s", c->id,
			       container_status_name(status));
	/* What a stopped container left behind in its cgroup is killed when that is removed. */
	r = status != CONTAINER_STOPPED ? stop_by_force(c, e) : 0;
	if (r < 0)
		return r;
	if (c->unit && kern_cgroup_kill(&c->cgroup) == 0)
		stop_unit(c);
	r = kern_cgroup_remove(&c->cgroup, e);
	if (r < 0)
		return r;
	run_poststop(c);
	return remove_folder_of(c, e);
}

int container_delete_broken(const char *root, const char *id, struct err *e)
{
	int r = state_check_id(id, e);
	return r < 0 ? r : state_remove(root, id, e);
}

int container_pause(struct container *c, struct err *e)
{
	enum container_status status = container_status(c);

	if (status != CONTAINER_RUNNING && status != CONTAINER_CREATED)
		return err_set(e, -EINVAL, "container not running or created: %s", container_status_name(status));
	return kern_cgroup_freeze(&c->cgroup, true, e);
}

int container_resume(struct container *c, struct err *e)
{
	enum container_status status = container_status(c);

	if (status != CONTAINER_PAUSED)
		return err_set(e, -EINVAL, "container not paused: %s", container_status_name(status));
	return kern_cgroup_freeze(&c->cgroup, false, e);
}

int container_update(struct container *c, const struct oci_resources *resources, struct err *e)
{
	if (container_status(c) == CONTAINER_STOPPED)
		return err_set(e, -EINVAL, "container not running: %s", c->id);
	/* v2 holds them by a program that stays as it was attached; v1's list can be written anew. */
	if (resources->devices.count && kern_cgroup_controller(&c->cgroup, "devices") < 0)
		return err_set(e, -EOPNOTSUPP, "device rules of a running container cannot be changed on cgroup v2");
	int r = update_unit(c, resources, e);
	if (r == 0)
		r = limits_apply(&c->cgroup, resources, e);
	return r == 0 && resources->devices.count ? limits_devices(&c->cgroup, resources, e) : r;
}
