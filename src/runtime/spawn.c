/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cloning the container's process. In the usual case one clone3(2) makes every new namespace and places the process in
 * its v2 cgroup. Only what a process must be in before it has children (a joined pid or user namespace, a time
 * namespace with offsets) goes through a stage: a process that enters, clones a sibling, and ends.
 */
#include "spawn.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"
#include "ids.h"
#include "kern/process.h"

/* By enum oci_namespace_type. */
static const uint64_t namespace_flags[OCI_NS_COUNT] = {
	[OCI_NS_PID] = CLONE_NEWPID,	   [OCI_NS_NETWORK] = CLONE_NEWNET, [OCI_NS_MOUNT] = CLONE_NEWNS,
	[OCI_NS_IPC] = CLONE_NEWIPC,	   [OCI_NS_UTS] = CLONE_NEWUTS,	    [OCI_NS_USER] = CLONE_NEWUSER,
	[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
};

static bool has_offsets(const struct launch *l)
{
	return l->spec->linux_.boottime.set || l->spec->linux_.monotonic.set;
}

int spawn_plan_namespaces(struct launch *l, struct err *e)
{
	bool joins = false;

	for (size_t i = 0; i < l->spec->linux_.namespaces.count; i++) {
		const struct oci_namespace *ns = &l->spec->linux_.namespaces.at[i];
		if (!ns->path) {
			l->new_namespaces |= namespace_flags[ns->type];
			continue;
		}
		joins = true;
		l->join[ns->type] = open(ns->path, O_RDONLY | O_CLOEXEC);
		if (l->join[ns->type] < 0)
			return err_sys(e, -errno, "linux.namespaces: cannot open the %s namespace %s",
				       oci_namespace_name((enum oci_namespace_type)ns->type), ns->path);
	}
	l->own_userns = l->new_namespaces & CLONE_NEWUSER;
	l->needs_stage = l->join[OCI_NS_USER] >= 0 || l->join[OCI_NS_PID] >= 0 || l->join[OCI_NS_TIME] >= 0 ||
			 (l->own_userns && joins) || ((l->new_namespaces & CLONE_NEWTIME) && has_offsets(l));
	return 0;
}

int spawn_join(const struct launch *l, struct err *e)
{
	bool done[OCI_NS_COUNT] = {false};
	bool user_joined = false;

	/* Twice: what the caller may not enter by itself, the joined user namespace may allow. The mount namespace is
	 * last, for the paths of the others are the host's. */
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < OCI_NS_COUNT; i++) {
			if (l->join[i] < 0 || i == OCI_NS_USER || done[i])
				continue;
			if (setns(l->join[i], (int)namespace_flags[i]) == 0)
				done[i] = true;
			else if (errno != EPERM || round == 1 || l->join[OCI_NS_USER] < 0)
				return err_sys(e, -errno, "cannot join the %s namespace",
					       oci_namespace_name((enum oci_namespace_type)i));
		}
		if (l->join[OCI_NS_USER] >= 0 && !user_joined) {
			if (setns(l->join[OCI_NS_USER], CLONE_NEWUSER) < 0)
				return err_sys(e, -errno, "cannot join the user namespace");
			user_joined = true;
		}
	}
	return 0;
}

static int set_time_offsets(const struct launch *l, struct err *e)
{
	const struct oci_time_offset *offsets[] = {&l->spec->linux_.monotonic, &l->spec->linux_.boottime};
	static const char *const names[] = {"monotonic", "boottime"};
	char text[128];
	int len = 0;

	if (!(l->new_namespaces & CLONE_NEWTIME) || !has_offsets(l))
		return 0;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(e, -errno, "cannot make a time namespace");
	for (size_t i = 0; i < ARRAY_LEN(offsets); i++)
		if (offsets[i]->set)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "%s %lld %u\n", names[i],
					(long long)offsets[i]->secs, offsets[i]->nanosecs);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* owns its files in /proc */
	int r = path_write_kernel(AT_FDCWD, "/proc/self/timens_offsets", text);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return r < 0 ? err_sys(e, r, "cannot set linux.timeOffsets") : 0;
}

/* The stage: enters, makes what must be there before the child, clones it as its own sibling, tells its pid. */
static _Noreturn void run_stage(struct launch *l)
{
	close(l->sync_parent);
	struct err e = {0};
	uint64_t flags = l->new_namespaces & ~(uint64_t)CLONE_NEWCGROUP;
	int r = spawn_join(l, &e);

	if (r == 0 && l->own_userns) {
		flags &= ~(uint64_t)CLONE_NEWUSER;
		r = unshare(CLONE_NEWUSER) < 0 ? err_sys(&e, -errno, "cannot make a user namespace") : 0;
		if (r == 0)
			r = sync_send(l->sync, SYNC_HOOKS, NULL); /* asks for the mappings */
		if (r == 0)
			r = sync_expect(l->sync, SYNC_GO, &e);
	}
	if (r == 0 && has_offsets(l)) {
		r = set_time_offsets(l, &e);
		flags &= ~(uint64_t)CLONE_NEWTIME;
	}
	pid_t pid = r < 0 ? r : kern_clone(flags | CLONE_PARENT, -1, NULL);
	if (pid == 0)
		launch_child(l);
	if (r == 0 && pid < 0)
		r = err_sys(&e, pid, "cannot clone the container's process");
	if (r < 0) {
		ignore(sync_send(l->sync, SYNC_ERROR, &e)); /* the parent sees our end anyway */
		_exit(1);
	}
	struct err told = {.code = pid};
	ignore(sync_send(l->sync, SYNC_READY, &told));
	_exit(0);
}

/* Receives the pid that the stage tells; its message has the pid as code. */
pid_t spawn_receive_pid(int fd, struct err *e)
{
	struct {
		int32_t type, code;
		char text[ERR_TEXT_MAX];
	} p;
	ssize_t len = recv(fd, &p, sizeof(p), 0);

	if (len < 8)
		return err_set(e, -ECONNRESET, "the process that enters the namespaces ended");
	if (p.type == SYNC_ERROR)
		return err_set(e, p.code, "%.*s", (int)sizeof(p.text) - 1, p.text);
	return p.code;
}

static pid_t spawn_by_stage(struct launch *l, int *ret_pidfd, struct err *e)
{
	int into = l->cgroup && l->cgroup->v2 >= 0 ? l->cgroup->at[l->cgroup->v2].fd : -1;
	pid_t stage = kern_clone(0, into, NULL);
	int r = 0;

	if (stage == 0)
		run_stage(l);
	if (stage < 0)
		return err_sys(e, stage, "cannot clone");
	close(l->child_sync);
	l->child_sync = -1;
	if (l->own_userns) {
		r = sync_expect(l->sync_parent, SYNC_HOOKS, e);
		if (r == 0)
			r = ids_write_maps(l->spec, stage, l->rootless, e);
		if (r == 0)
			r = sync_send(l->sync_parent, SYNC_GO, NULL);
	}
	pid_t pid = r < 0 ? r : spawn_receive_pid(l->sync_parent, e);
	if (pid < 0)
		kill(stage, SIGKILL);
	waitpid(stage, NULL, 0);
	if (pid < 0)
		return pid;
	*ret_pidfd = kern_pidfd_open(pid);
	return *ret_pidfd < 0 ? err_sys(e, *ret_pidfd, "cannot open the container's process") : pid;
}

static pid_t spawn_directly(struct launch *l, int *ret_pidfd, struct err *e)
{
	uint64_t flags = l->new_namespaces & ~(uint64_t)CLONE_NEWCGROUP;
	int into = l->cgroup && l->cgroup->v2 >= 0 ? l->cgroup->at[l->cgroup->v2].fd : -1;

	l->wait_for_parent = l->own_userns || l->spec->linux_.net_devices.count;
	pid_t pid = kern_clone(flags, into, ret_pidfd);
	if (pid == -EOPNOTSUPP || pid == -EBUSY || pid == -EACCES) {
		/* A v2 group that takes no processes this way; the child then tries by itself and reports. */
		l->enter_v2 = true;
		pid = kern_clone(flags, -1, ret_pidfd);
	}
	if (pid == 0) {
		close(l->sync_parent);
		launch_child(l);
	}
	if (pid < 0)
		return err_sys(e, pid, "cannot clone the container's process");
	int r = l->own_userns ? ids_write_maps(l->spec, pid, l->rootless, e) : 0;
	if (r < 0) {
		ignore(kern_pidfd_signal(*ret_pidfd, SIGKILL)); /* our child, not waited for yet */
		waitpid(pid, NULL, 0);
		close(*ret_pidfd);
		return r;
	}
	return pid;
}

pid_t spawn(struct launch *l, int *ret_pidfd, struct err *e)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "cannot make a socket pair");
	/* Nothing inside a container may trace us or open our executable through /proc. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	l->sync_parent = pair[0];
	l->child_sync = l->sync = pair[1];
	pid_t pid = l->needs_stage ? spawn_by_stage(l, ret_pidfd, e) : spawn_directly(l, ret_pidfd, e);
	close_keep_errno(l->child_sync);
	l->child_sync = -1;
	l->sync = l->sync_parent;
	return pid;
}

static void close_and_forget(int *fd)
{
	close_keep_errno(*fd);
	*fd = -1;
}

/* What was opened on the host for the building alone. */
static void close_host_side(struct launch *l)
{
	for (size_t i = 0; l->mounts && i < l->spec->mounts.count; i++)
		close_and_forget(&l->mounts[i].tree);
	for (size_t i = 0; i < ARRAY_LEN(l->join); i++)
		close_and_forget(&l->join[i]);
	for (size_t i = 0; i < ARRAY_LEN(l->devices); i++)
		close_and_forget(&l->devices[i]);
	close_and_forget(&l->root);
	close_and_forget(&l->console_socket);
}

void launch_drop_host(struct launch *l)
{
	close_host_side(l);
	if (l->cgroup)
		kern_cgroup_done(l->cgroup);
}

void launch_done(struct launch *l)
{
	close_host_side(l);
	close_keep_errno(l->sync);
	close_keep_errno(l->start_listener);
	close_keep_errno(l->listener_socket);
	close_keep_errno(l->shim);
	if (l->seccomp.owned)
		free(l->seccomp.code);
}
