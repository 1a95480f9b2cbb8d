/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further process in a running container. The namespaces are entered all at once by the pidfd of its first process
 * (setns(2)), which was verified before; nothing is looked up by paths that the container could change.
 */
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
#include "filter.h"
#include "hooks.h"
#include "kern/creds.h"
#include "kern/process.h"
#include "kern/socket.h"
#include "landlock.h"
#include "process.h"
#include "promise.h"
#include "protect.h"
#include "spawn.h"
#include "state.h"
#include "verbs.h"
#include "warn.h"

#define EXEC_ARENA_MAX (16u << 20)
#define PROCESS_FILE_MAX (4u << 20)

/*
 * A process that enters a container is seen by everything in it from its first moment in the pid namespace, and one of
 * those may be allowed to trace. So two processes do it: the first stays outside the pid namespace, enters the others,
 * becomes what the new process has to be, and drops every descriptor of the host; only then is the second one cloned,
 * into the pid namespace, with nothing left to take from it.
 */
struct inside {
	struct launch *l;
	int pidfd;		 /* of the container's first process */
	uint64_t flags;		 /* CLONE_NEW* to enter */
	const char *hooks_state; /* run hooks of this kind with this state instead of a program; NULL: the program */
	enum oci_hook_kind hooks;
};

static uint64_t joined_namespaces(const struct oci_spec *spec)
{
	static const uint64_t flags[OCI_NS_COUNT] = {
		[OCI_NS_PID] = CLONE_NEWPID,	   [OCI_NS_NETWORK] = CLONE_NEWNET, [OCI_NS_MOUNT] = CLONE_NEWNS,
		[OCI_NS_IPC] = CLONE_NEWIPC,	   [OCI_NS_UTS] = CLONE_NEWUTS,	    [OCI_NS_USER] = CLONE_NEWUSER,
		[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
	};
	uint64_t set = 0;

	for (size_t i = 0; i < spec->linux_.namespaces.count; i++)
		set |= flags[spec->linux_.namespaces.at[i].type];
	return set;
}

static int enter(struct inside *in, struct err *e)
{
	struct launch *l = in->l;
	int r = l->cgroup ? kern_cgroup_enter(l->cgroup, l->enter_v2) : 0;

	if (r < 0)
		return err_sys(e, r, "cannot enter the container's cgroup");
	if (!l->process->cpus_initial)
		process_reset_affinity();
	if (in->flags && setns(in->pidfd, (int)in->flags) < 0)
		return err_sys(e, -errno, "cannot enter the container's namespaces");
	if (l->own_userns) {
		r = kern_set_ids(0, 0);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		if (r < 0)
			return err_sys(e, r, "cannot become root of the container's user namespace");
	}
	l->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return l->root < 0 ? err_sys(e, -errno, "cannot open the container's root") : 0;
}

static int attach_terminal(struct launch *l, struct err *e)
{
	scoped_fd int terminal = -1;

	if (!l->process->terminal)
		return 0;
	int r = console_open(l, &terminal, e);
	return r < 0 ? r : console_stdio(terminal, e);
}

/* The second process: waits for the word and executes. */
static _Noreturn void be_the_process(struct launch *l, const char *program, char **env)
{
	struct err e = {0};
	int r = setsid() < 0 ? err_sys(&e, -errno, "cannot start a session") : 0;

	if (r == 0 && l->process->terminal)
		r = console_control(&e);
	/* The word to start carries our pid as the caller sees it, which an agent is told. */
	pid_t pid = r == 0 ? spawn_receive_pid(l->sync, &e) : r;
	if (r == 0 && pid < 0)
		r = pid;
	if (r == 0 && l->seccomp.notifies)
		r = filter_describe(l, pid, &e);
	if (r == 0)
		r = process_execute(l, program, env, &e);
	ignore(sync_send(l->sync, SYNC_ERROR, &e)); /* nobody there: nobody to tell */
	_exit(r == -ENOENT ? 127 : 126);
}

static int clone_process(struct inside *in, char **env, struct err *e)
{
	struct launch *l = in->l;
	const char *program = NULL;
	int r = process_find(l, env, &program, e);

	if (r < 0)
		return r;
	launch_drop_host(l);
	close(in->pidfd);
	pid_t pid = kern_clone(CLONE_PARENT, -1, NULL);
	if (pid == 0)
		be_the_process(l, program, env);
	if (pid < 0)
		return err_sys(e, pid, "cannot clone a process into the container");
	struct err told = {.code = pid};
	return sync_send(l->sync, SYNC_READY, &told);
}

static int act(struct inside *in, struct err *e)
{
	struct launch *l = in->l;
	char **env = NULL;
	int ruleset = -1;
	int r = enter(in, e);

	if (r == 0 && !in->hooks_state)
		r = attach_terminal(l, e);
	if (r == 0)
		r = process_environment(l, &env, e);
	if (r == 0 && !in->hooks_state)
		r = landlock_open(l, &ruleset, e);
	if (r == 0)
		r = process_prepare(l, e);
	if (r == 0)
		r = landlock_enter(ruleset, e);
	if (r == 0 && !in->hooks_state)
		r = promise_make(l, e);
	if (r < 0)
		return r;
	return in->hooks_state ? hooks_run_with(l->spec, in->hooks, in->hooks_state, env, e)
			       : clone_process(in, env, e);
}

static _Noreturn void run_inside(struct inside *in)
{
	struct err e = {0};

	close(in->l->sync_parent);
	close(in->l->container->dir);
	int r = act(in, &e);
	if (r < 0 && e.code == 0)
		err_sys(&e, r, "process in the container");
	if (r < 0)
		ignore(sync_send(in->l->sync, SYNC_ERROR, &e)); /* nobody there: nobody to tell */
	_exit(r < 0);
}

static pid_t clone_first(struct inside *in, struct err *e)
{
	struct launch *l = in->l;
	int pair[2];
	int into = l->cgroup && l->cgroup->v2 >= 0 ? l->cgroup->at[l->cgroup->v2].fd : -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "cannot make a socket pair");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	l->sync_parent = pair[0];
	l->sync = pair[1];
	pid_t pid = kern_clone(0, into, NULL);
	if (pid == -EBUSY || pid == -EOPNOTSUPP || pid == -EACCES) {
		l->enter_v2 = true;
		pid = kern_clone(0, -1, NULL);
	}
	if (pid == 0)
		run_inside(in);
	close(pair[1]);
	l->sync = pair[0];
	return pid < 0 ? err_sys(e, pid, "cannot clone") : pid;
}

static int fill_launch(struct container *c, struct launch *l, struct err *e)
{
	int r = container_load_spec(c, e);

	if (r < 0)
		return r;
	l->id = c->id;
	l->spec = &c->spec;
	l->container = c;
	l->is_exec = true;
	l->rootless = !kern_is_host_root();
	l->own_userns = oci_spec_namespace(&c->spec, OCI_NS_USER) != NULL;
	l->cgroup = c->cgroup.count ? &c->cgroup : NULL;
	return 0;
}

/* The groups to enter: the container's own, or named ones below them. */
static int choose_groups(struct launch *l, const struct container_exec *o, struct err *e)
{
	for (size_t i = 0; i < o->cgroups_count; i++) {
		const char *colon = strchr(o->cgroups[i], ':'), *path = colon ? colon + 1 : o->cgroups[i];
		char *controllers = arena_strn(l->arena, o->cgroups[i], colon ? (size_t)(colon - o->cgroups[i]) : 0);
		if (!controllers)
			return err_set(e, -ENOMEM, "out of memory");
		int r = l->cgroup ? kern_cgroup_descend(l->cgroup, controllers, path) : -ENOENT;
		if (r < 0)
			return err_sys(e, r, "--cgroup %.128s: no such group below the container's own", o->cgroups[i]);
	}
	return l->cgroup ? kern_cgroup_prepare_enter(l->cgroup, e) : 0;
}

static int add_strs(struct arena *a, struct oci_strs *list, const char *const *more, size_t count)
{
	char **at = ARENA_ARRAY(a, list->count + count + 1, char *);

	if (!at)
		return -ENOMEM;
	if (list->count)
		memcpy(at, list->at, list->count * sizeof(*at));
	for (size_t i = 0; i < count; i++) {
		at[list->count + i] = arena_str(a, more[i]);
		if (!at[list->count + i])
			return -ENOMEM;
	}
	*list = (struct oci_strs){at, list->count + count};
	return 0;
}

static int parse_user(const char *text, struct oci_process *p, struct err *e)
{
	SCOPED(strv) struct strv parts = {0};
	uint64_t uid = 0, gid = p->gid;
	int r = strv_split(&parts, text, ':');

	if (r == 0 && parts.count <= 2)
		r = str_to_u64(parts.items[0], UINT32_MAX - 1, &uid);
	if (r == 0 && parts.count == 2)
		r = str_to_u64(parts.items[1], UINT32_MAX - 1, &gid);
	if (r < 0 || parts.count > 2)
		return err_set(e, -EINVAL, "--user: \"%.64s\" is not UID or UID:GID", text);
	p->uid = (uint32_t)uid;
	p->gid = (uint32_t)gid;
	return 0;
}

static int add_caps_and_groups(struct arena *a, const struct container_exec *o, struct oci_process *p, struct err *e)
{
	for (size_t i = 0; i < o->caps_count; i++) {
		int number = 0;
		if (oci_capability_from(o->caps[i], &number) < 0) {
			report(&o->report, LOG_WARN, "ignoring unknown or unavailable capabilities: %.64s", o->caps[i]);
			continue;
		}
		uint64_t bit = 1ull << number;
		p->capabilities.bounding |= bit;
		p->capabilities.effective |= bit;
		p->capabilities.permitted |= bit;
	}
	if (!o->gids_count)
		return 0;
	uint32_t *gids = ARENA_ARRAY(a, p->additional_gids.count + o->gids_count, uint32_t);
	if (!gids)
		return err_set(e, -ENOMEM, "out of memory");
	if (p->additional_gids.count)
		memcpy(gids, p->additional_gids.at, p->additional_gids.count * sizeof(*gids));
	for (size_t i = 0; i < o->gids_count; i++) {
		uint64_t gid = 0;
		if (str_to_u64(o->gids[i], UINT32_MAX - 1, &gid) < 0)
			return err_set(e, -EINVAL, "--additional-gids: \"%.32s\" is not a group id", o->gids[i]);
		gids[p->additional_gids.count++] = (uint32_t)gid;
	}
	p->additional_gids.at = gids;
	return 0;
}

static int read_process(const char *path, struct arena *a, struct oci_process *p, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(PROCESS_FILE_MAX);
	int r = path_read_given(path, &text);

	if (r < 0)
		return err_sys(e, r, "cannot read %s", path);
	r = oci_process_decode(buf_str(&text), text.len, a, p, e);
	return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

/* The process to start: the given document, or the container's own with the options over it. */
static int make_process(const struct container *c, const struct container_exec *o, struct arena *a,
			struct oci_process *p, struct err *e)
{
	int r = 0;

	if (o->process_file) {
		r = read_process(o->process_file, a, p, e);
	} else {
		*p = c->spec.process;
		p->terminal = o->tty;
		p->args = (struct oci_strs){0};
		r = add_strs(a, &p->args, o->args, o->args_count);
	}
	if (r == 0 && o->env_count)
		r = add_strs(a, &p->env, o->env, o->env_count);
	if (r == 0 && o->user)
		r = parse_user(o->user, p, e);
	if (r == 0)
		r = add_caps_and_groups(a, o, p, e);
	if (r < 0)
		return r == -ENOMEM ? err_set(e, r, "out of memory") : r;
	if (o->cwd)
		p->cwd = arena_str(a, o->cwd);
	if (o->apparmor)
		p->apparmor_profile = arena_str(a, o->apparmor);
	if (o->process_label)
		p->selinux_label = arena_str(a, o->process_label);
	p->no_new_privileges |= o->no_new_privileges;
	if (p->args.count == 0)
		return err_set(e, -EINVAL, "no program to start: name one, or give --process");
	return arena_failed(a) ? err_set(e, -ENOMEM, "out of memory") : 0;
}

static int check_status(const struct container *c, bool ignore_paused, struct err *e)
{
	enum container_status status = container_status(c);

	if (status == CONTAINER_STOPPED || status == CONTAINER_CREATING)
		return err_set(e, -ESRCH, "cannot exec in a %s container", container_status_name(status));
	if (status == CONTAINER_PAUSED && !ignore_paused)
		return err_set(e, -EBUSY, "cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

/* Compiles nothing anew as a rule: the filter of the container's start is in the cache. */
static int exec_filter(struct container *c, struct launch *l, struct err *e)
{
	scoped_fd int cache = -1;

	if (!c->spec.linux_.seccomp)
		return 0;
	scoped_fd int parent = openat(c->dir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cache = openat(parent, ".filters", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = filter_compile(c->spec.linux_.seccomp, cache, &l->seccomp, e);
	return r < 0 ? r : filter_connect(l, e);
}

static int finish_exec(struct launch *l, const struct container_exec *o, pid_t pid, struct err *e)
{
	enum sync_type type = 0;
	scoped_fd int pidfd = kern_pidfd_open(pid);
	int r = pidfd < 0 ? err_sys(e, pidfd, "cannot open the new process") : 0;

	if (r == 0)
		r = process_set_priority(pid, l->process, e);
	if (r == 0)
		r = container_announce(o->pid_file, o->pidfd_socket, pid, pidfd, e);
	report(&o->report, LOG_DEBUG, "setns_init: about to exec %s as pid %d", l->process->args.at[0], (int)pid);
	const struct err told = {.code = pid};
	if (r == 0)
		r = sync_send(l->sync, SYNC_START, &told);
	if (r == 0)
		r = sync_receive(l->sync, &type, e);
	if (r < 0) {
		kill(pid, SIGKILL); /* our child, not waited for yet */
		waitpid(pid, NULL, 0);
	}
	return r;
}

static int start_exec(struct container *c, const struct container_exec *o, struct launch *l, pid_t *ret_pid,
		      struct err *e)
{
	struct inside in = {.l = l, .flags = joined_namespaces(&c->spec)};
	int r = exec_filter(c, l, e);

	if (r == 0)
		r = console_connect(l->process->terminal, o->console_socket, o->console_fd, &l->console_socket, e);
	if (r == 0)
		r = process_set_affinity(l->process->cpus_initial, e);
	scoped_fd int init = r < 0 ? -1 : container_pidfd(c);
	if (r == 0 && init < 0)
		r = err_sys(e, init, "the container's first process is gone");
	if (r < 0)
		return r;
	in.pidfd = init;
	pid_t first = clone_first(&in, e);
	if (first < 0)
		return first;
	pid_t pid = spawn_receive_pid(l->sync, e);
	waitpid(first, NULL, 0);
	r = pid < 0 ? pid : finish_exec(l, o, pid, e);
	if (r == 0)
		*ret_pid = pid;
	return r;
}

int container_exec(struct container *c, const struct container_exec *o, pid_t *ret_pid, struct err *e)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(EXEC_ARENA_MAX);
	SCOPED(launch) struct launch l = LAUNCH_INIT(&arena);
	struct oci_process process = {0};

	int r = check_status(c, o->ignore_paused, e);

	if (r == 0)
		r = fill_launch(c, &l, e);
	if (r == 0)
		r = choose_groups(&l, o, e);
	if (r == 0)
		r = make_process(c, o, &arena, &process, e);
	if (r < 0)
		return r;
	l.process = &process;
	l.preserve_fds = o->preserve_fds;
	warn_capabilities(&l, &o->report);
	report(&o->report, LOG_DEBUG, "nsexec container setup: entering the namespaces of %s", c->id);
	r = protect_apply(protect_choose(&c->spec, &process), o->argv, &l.shim, e);
	return r < 0 ? r : start_exec(c, o, &l, ret_pid, e);
}

int container_run_inside(struct container *c, enum oci_hook_kind kind, const char *state, struct err *e)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(EXEC_ARENA_MAX);
	SCOPED(launch) struct launch l = LAUNCH_INIT(&arena);
	struct inside in = {.l = &l, .hooks_state = state, .hooks = kind};
	enum sync_type type = 0;
	int r = fill_launch(c, &l, e);

	if (r == 0 && l.cgroup)
		r = kern_cgroup_prepare_enter(l.cgroup, e);
	if (r < 0)
		return r;
	l.process = &c->spec.process;
	scoped_fd int init = container_pidfd(c);
	if (init < 0)
		return err_sys(e, init, "the container's first process is gone");
	in.pidfd = init;
	in.flags = joined_namespaces(&c->spec);
	pid_t pid = clone_first(&in, e);
	if (pid < 0)
		return pid;
	r = sync_receive(l.sync, &type, e);
	int code = kern_wait_exit_code(pid);
	return r == 0 && code != 0 ? err_set(e, -ECANCELED, "running the hooks ended with status %d", code) : r;
}
