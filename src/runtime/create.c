/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create, start and run (runtime.md, "Lifecycle"). Everything made on the way is undone when a step fails; everything
 * that could be left by a sudden end of this process is written down before it is made, so that delete --force finds it.
 */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "filter.h"
#include "hooks.h"
#include "kern/process.h"
#include "kern/socket.h"
#include "limits.h"
#include "netdev.h"
#include "process.h"
#include "protect.h"
#include "scope.h"
#include "spawn.h"
#include "state.h"
#include "validate.h"
#include "warn.h"

#define CONFIG_MAX (8u << 20)
#define STATE_JSON_MAX (4u << 20)
#define LAUNCH_ARENA_MAX (8u << 20)

struct creation {
	const char *root;
	const struct container_create *options;
	struct container c;
	struct arena arena;
	struct launch l;
	pid_t pid;
	int pidfd;
	bool has_state, hooks_ran;
	struct scope scope; /* of the systemd driver */
	bool unified;	    /* cgroup v2 alone */
};

/* The bundle's absolute path, as the kernel knows the opened folder, and its config.json. */
static int open_bundle(struct creation *n, struct buf *text, struct err *e)
{
	const char *given = n->options->bundle && *n->options->bundle ? n->options->bundle : ".";
	char path[4096];
	scoped_fd int dir = open(given, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t len = dir < 0 ? -1 : readlink(fd_path_of(dir).text, path, sizeof(path) - 1);

	if (len < 0)
		return err_sys(e, -errno, "cannot open the bundle %s", given);
	path[len] = '\0';
	n->c.bundle = str_dup(path);
	if (!n->c.bundle)
		return err_set(e, -ENOMEM, "out of memory");
	int r = path_read_file(dir, "config.json", text);
	return r < 0 ? err_sys(e, r, "cannot read %s/config.json", path) : 0;
}

static int read_bundle(struct creation *n, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(CONFIG_MAX);
	int r = open_bundle(n, &text, e);

	if (r < 0)
		return r;
	r = oci_spec_decode(buf_str(&text), text.len, &n->c.spec, e);
	if (r < 0)
		return err_wrap(e, r, "%s/config.json", n->c.bundle);
	n->c.has_spec = true;
	r = validate_spec(&n->c.spec, e);
	if (r == 0)
		r = protect_apply(protect_choose(&n->c.spec, &n->c.spec.process), n->options->argv, &n->l.shim, e);
	if (r < 0)
		return r;
	n->c.rootfs = n->c.spec.root_path[0] == '/' ? str_dup(n->c.spec.root_path)
						    : str_printf("%s/%s", n->c.bundle, n->c.spec.root_path);
	if (!n->c.rootfs)
		return err_set(e, -ENOMEM, "out of memory");
	r = state_make(n->root, n->options->id, &n->c.dir, e);
	if (r < 0)
		return r;
	n->has_state = true;
	return state_save_config(n->c.dir, &text, e);
}

static int note_creation(struct creation *n, struct err *e)
{
	char text[CLOCK_TEXT_MAX];

	clock_text(clock_wall(), text);
	n->c.created = str_dup(text);
	n->c.owner = geteuid();
	return n->c.created ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* A caller who may not make cgroups gets none, as long as no limit is asked for. */
static int no_cgroup_rights(const struct creation *n, int r)
{
	bool denied = r == -EACCES || r == -EPERM || r == -EROFS;
	return n->l.rootless && denied && !limits_any(&n->c.spec.linux_.resources) ? 0 : r;
}

static int count_pid(pid_t pid, void *data)
{
	return 1;
}

/* Where the groups will be is written down before the first one is made. */
static int plan_cgroup(struct creation *n, struct err *e)
{
	const char *path = n->c.spec.linux_.cgroups_path;
	struct kern_cgroup_layout layout;

	if (n->options->no_cgroup)
		return limits_any(&n->c.spec.linux_.resources)
			       ? err_set(e, -EINVAL, "linux.resources: limits cannot be kept without control groups")
			       : state_save(&n->c, e);
	SCOPED(buf) struct buf group = BUF_INIT(KERN_CGROUP_PATH_MAX);
	int r = kern_cgroup_detect(&layout, e);
	if (r == 0 && n->options->systemd_cgroup) {
		n->c.unit_user = n->l.rootless;
		r = scope_plan(&n->scope, path, n->c.id, n->c.unit_user, &group, e);
		n->c.unit = r < 0 ? NULL : str_dup(n->scope.names.unit);
		path = buf_str(&group);
		if (r == 0 && !n->c.unit)
			r = err_set(e, -ENOMEM, "out of memory");
	}
	n->unified = layout.unified;
	if (r == 0)
		r = kern_cgroup_plan(&layout, path && *path ? path : n->c.id, &n->c.cgroup, e);
	return r < 0 ? r : state_save(&n->c, e);
}

static int make_cgroup(struct creation *n, struct err *e)
{
	bool existed = false;

	if (n->options->no_cgroup)
		return 0;
	int r = n->c.unit ? scope_start(&n->scope, n->c.id, &n->c.spec, n->unified, e) : 0;
	if (r == 0)
		r = kern_cgroup_make(&n->c.cgroup, &existed, e);

	if (r < 0) {
		r = no_cgroup_rights(n, r);
		kern_cgroup_done(&n->c.cgroup);
		return r == 0 ? state_save(&n->c, e) : r;
	}
	/* A process that is cloned into it would never be seen again: not even SIGKILL ends one on v1. */
	if (kern_cgroup_is_held(&n->c.cgroup)) {
		r = err_set(e, -EBUSY, "container's cgroup unexpectedly frozen: %s; thaw it, or name another group",
			    n->c.cgroup.at[0].dir);
		if (existed)
			kern_cgroup_done(&n->c.cgroup);
		return r;
	}
	if (existed && !n->c.unit && kern_cgroup_each_pid(&n->c.cgroup, count_pid, NULL) != 0) {
		r = err_set(e, -EBUSY, "container's cgroup is not empty: %s has processes already",
			    n->c.cgroup.at[0].dir);
		kern_cgroup_done(&n->c.cgroup); /* others live there: it is not ours to remove */
		return r;
	}
	n->l.cgroup = &n->c.cgroup;
	return n->options->grouped ? n->options->grouped(n->options->ctx, &n->c.cgroup, e) : 0;
}

static int fill_cgroup(struct creation *n, struct err *e)
{
	const struct oci_resources *res = &n->c.spec.linux_.resources;

	if (!n->l.cgroup || !n->l.cgroup->count)
		return 0;
	int r = limits_apply(n->l.cgroup, res, e);
	/* A user namespace without rights over devices cannot make nodes that matter, either. */
	if (r == 0 && !n->l.rootless)
		r = limits_devices(n->l.cgroup, res, e);
	return r < 0 ? r : kern_cgroup_prepare_enter(n->l.cgroup, e);
}

static int open_sockets(struct creation *n, struct err *e)
{
	const struct oci_process *p = &n->c.spec.process;

	int r = console_connect(p->terminal, n->options->console_socket, n->options->console_fd, &n->l.console_socket,
				e);
	return r < 0 ? r : filter_connect(&n->l, e);
}

static int compile_filter(struct creation *n, struct err *e)
{
	if (!n->c.spec.linux_.seccomp)
		return 0;
	scoped_fd int cache = state_filter_cache(n->root);
	return filter_compile(n->c.spec.linux_.seccomp, cache, &n->l.seccomp, e);
}

static void debug_filter(const struct creation *n)
{
	const struct seccomp_program *p = &n->l.seccomp;

	if (p->code)
		report(&n->options->report, LOG_DEBUG, "seccomp filter of %zu instructions, flags%s%s%s%s%s", p->count,
		       p->flags ? "" : " none",
		       p->flags & SECCOMP_FILTER_FLAG_TSYNC ? " SECCOMP_FILTER_FLAG_TSYNC" : "",
		       p->flags & SECCOMP_FILTER_FLAG_LOG ? " SECCOMP_FILTER_FLAG_LOG" : "",
		       p->flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW ? " SECCOMP_FILTER_FLAG_SPEC_ALLOW" : "",
		       p->flags & FILTER_WAIT_KILLABLE ? " SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" : "");
}

static int sort_mounts(struct creation *n, struct err *e)
{
	size_t count = n->c.spec.mounts.count;

	n->l.mounts = ARENA_ARRAY(&n->arena, count + 1, struct launch_mount);
	if (!n->l.mounts)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		n->l.mounts[i] = (struct launch_mount){.spec = &n->c.spec.mounts.at[i], .tree = -1};
	for (size_t i = 0; i < count; i++) {
		struct launch_mount *m = &n->l.mounts[i];
		int r = mount_options_parse(&m->spec->options, &n->arena, &m->options, e);
		bool has_type = m->spec->type && *m->spec->type;
		if (r == 0 && !has_type && !m->options.bind && !m->options.remount)
			r = err_set(e, -EINVAL, "neither a type nor the option bind");
		if (r == 0 && m->spec->uid_mappings.count && !m->options.bind && !str_eq(m->spec->type, "bind"))
			r = err_set(e, -EINVAL, "uidMappings are only for bind mounts");
		if (r < 0)
			return err_wrap(e, r, "mounts[%zu] (%s)", i, m->spec->destination);
	}
	return 0;
}

/* Descriptors that the caller wants in the container must be open now, not something we open meanwhile. */
static int check_preserved(const struct launch *l, struct err *e)
{
	for (unsigned i = 0; i < l->preserve_fds; i++)
		if (fcntl(3 + (int)i, F_GETFD) < 0)
			return err_set(e, -EBADF, "--preserve-fds: descriptor %u is not open", 3 + i);
	return 0;
}

static int prepare(struct creation *n, struct err *e)
{
	struct launch *l = &n->l;
	int r = read_bundle(n, e);

	if (r < 0)
		return r;
	l->id = n->c.id;
	l->spec = &n->c.spec;
	l->process = &n->c.spec.process;
	l->container = &n->c;
	l->rootless = !kern_is_host_root();
	l->no_pivot = n->options->no_pivot;
	l->no_new_keyring = n->options->no_new_keyring;
	l->has_create_hooks =
		n->c.spec.hooks[OCI_HOOK_PRESTART].count || n->c.spec.hooks[OCI_HOOK_CREATE_RUNTIME].count;
	r = note_creation(n, e);
	if (r == 0)
		r = sort_mounts(n, e);
	if (r == 0)
		r = spawn_plan_namespaces(l, e);
	if (r == 0) {
		warn_capabilities(l, &n->options->report);
		warn_mounts(l, &n->options->report);
	}
	if (r == 0)
		r = compile_filter(n, e);
	if (r == 0)
		debug_filter(n);
	if (r == 0)
		r = open_sockets(n, e);
	if (r == 0)
		r = plan_cgroup(n, e);
	if (r == 0)
		r = make_cgroup(n, e);
	if (r == 0)
		r = fill_cgroup(n, e);
	/* Root of a user namespace may open them in its own mounts; others have no right to before they are in one. */
	l->late_trees = geteuid() != 0;
	if (r == 0 && !l->late_trees)
		r = spawn_open_trees(l, e);
	return r;
}

static int set_oom_score(const struct creation *n, struct err *e)
{
	const struct opt_i64 *score = &n->c.spec.process.oom_score_adj;
	char text[24];

	if (!score->set)
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)score->value);
	int r = path_write_kernel(AT_FDCWD, "/proc/self/oom_score_adj", text);
	if (r < 0 && n->l.rootless)
		return 0; /* lowering it is not for everyone; the container then has the caller's */
	return r < 0 ? err_sys(e, r, "cannot set process.oomScoreAdj to %s", text) : 0;
}

static int run_parent_hooks(struct creation *n, struct err *e)
{
	SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);
	int r = container_state_json(&n->c, "creating", n->pid, false, &state);

	n->hooks_ran = true;
	if (r == 0)
		r = hooks_run(&n->c.spec, OCI_HOOK_PRESTART, buf_str(&state), e);
	if (r == 0)
		r = hooks_run(&n->c.spec, OCI_HOOK_CREATE_RUNTIME, buf_str(&state), e);
	return r;
}

/* From the clone until the child says that only the start is missing. */
static int bring_up(struct creation *n, struct err *e)
{
	enum sync_type type = 0;
	int r = 0;

	if (n->c.spec.linux_.net_devices.count)
		r = netdev_move_all(&n->c.spec.linux_.net_devices, n->l.join[OCI_NS_NETWORK], n->pid, e);
	if (r == 0 && n->l.wait_for_parent)
		r = sync_send(n->l.sync, SYNC_GO, NULL);
	while (r == 0 && type != SYNC_READY) {
		r = sync_receive(n->l.sync, &type, e);
		if (r == 0 && type == SYNC_HOOKS) {
			r = run_parent_hooks(n, e);
			if (r == 0)
				r = sync_send(n->l.sync, SYNC_GO, NULL);
		} else if (r == 0 && type != SYNC_READY) {
			r = err_set(e, -ECONNRESET, "the container's process ended before it was ready%s",
				    n->c.spec.linux_.resources.memory.limit.set ? "; is the memory limit too low?"
										: "");
		}
	}
	return r;
}

static int write_pid_file(const char *path, pid_t pid, struct err *e)
{
	char text[24], folder[4096];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int text_len = snprintf(text, sizeof(text), "%d", (int)pid);

	if (len >= sizeof(folder))
		return err_set(e, -ENAMETOOLONG, "--pid-file: path is too long");
	memcpy(folder, path, len);
	folder[len] = '\0';
	scoped_fd int dir = open(!slash ? "." : len ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : path_write_file(dir, slash ? slash + 1 : path, text, (size_t)text_len, 0644, false);
	return r < 0 ? err_sys(e, r, "cannot write the pid file %s", path) : 0;
}

static int send_pidfd(const char *path, int pidfd, struct err *e)
{
	scoped_fd int socket = kern_socket_connect(path);
	int r = socket < 0 ? socket : kern_socket_send_fds(socket, "pidfd", 5, &pidfd, 1);
	return r < 0 ? err_sys(e, r, "cannot send the pidfd to %s", path) : 0;
}

int container_announce(const char *pid_file, const char *pidfd_socket, pid_t pid, int pidfd, struct err *e)
{
	int r = pidfd_socket ? send_pidfd(pidfd_socket, pidfd, e) : 0;
	return r == 0 && pid_file ? write_pid_file(pid_file, pid, e) : r;
}

static int run_start_hooks(struct container *c, struct err *e)
{
	SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);

	if (!c->spec.hooks[OCI_HOOK_START_CONTAINER].count)
		return 0;
	int r = container_state_json(c, "created", c->pid, false, &state);
	return r < 0 ? r : container_run_inside(c, OCI_HOOK_START_CONTAINER, buf_str(&state), e);
}

static int finish(struct creation *n, bool start_now, struct err *e)
{
	int r = kern_start_time(n->pid, &n->c.start_time);

	if (r < 0)
		return err_sys(e, r, "the container's process is gone");
	n->c.pid = n->pid;
	r = process_set_priority(n->pid, &n->c.spec.process, e);
	if (r == 0)
		r = state_save_process(&n->c, e);
	if (r == 0)
		r = container_announce(n->options->pid_file, n->options->pidfd_socket, n->pid, n->pidfd, e);
	if (r == 0 && start_now)
		r = run_start_hooks(&n->c, e);
	if (r == 0)
		r = sync_send(n->l.sync, SYNC_START, NULL);
	return r;
}

static void undo(struct creation *n)
{
	/* The words of the first failure are the caller's; failures of undoing have nobody to tell. */
	if (n->pid > 0) {
		ignore(kern_pidfd_signal(n->pidfd, SIGKILL));
		waitpid(n->pid, NULL, 0);
	}
	if (n->hooks_ran) {
		SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);
		if (container_state_json(&n->c, "stopped", 0, false, &state) == 0)
			hooks_run_all(&n->c.spec, OCI_HOOK_POSTSTOP, buf_str(&state), &n->options->report);
	}
	scope_done(&n->scope, false);
	ignore(kern_cgroup_remove(&n->c.cgroup, NULL));
	if (n->has_state)
		ignore(state_remove(n->root, n->c.id, NULL));
}

static void release(struct creation *n)
{
	scope_done(&n->scope, true);
	launch_done(&n->l);
	arena_done(&n->arena);
	container_done(&n->c);
	close_keep_errno(n->pidfd);
}

static int create(struct creation *n, bool start_now, struct err *e)
{
	int r = check_preserved(&n->l, e);

	if (r == 0)
		r = prepare(n, e);
	if (r == 0 && !start_now) {
		n->l.start_listener = kern_socket_listen_at(n->c.dir, STATE_START_SOCKET);
		if (n->l.start_listener < 0)
			r = err_sys(e, n->l.start_listener, "cannot make the start socket");
	}
	if (r == 0)
		r = set_oom_score(n, e);
	if (r == 0) {
		report(&n->options->report, LOG_DEBUG, "nsexec container setup: cloning the first process of %s",
		       n->c.id);
		n->pid = spawn(&n->l, &n->pidfd, e);
		r = n->pid < 0 ? n->pid : 0;
	}
	if (r == 0) {
		report(&n->options->report, LOG_DEBUG,
		       "child process in init(): pid %d builds mounts, devices and namespaces", n->pid);
		r = bring_up(n, e);
	}
	if (r == 0)
		report(&n->options->report, LOG_DEBUG, "init: about to exec %s as uid %u when it is started",
		       n->c.spec.process.args.at[0], n->c.spec.process.uid);
	scope_release(&n->scope);
	return r < 0 ? r : finish(n, start_now, e);
}

static void creation_init(struct creation *n, const char *root, const struct container_create *o)
{
	*n = (struct creation){.root = root,
			       .options = o,
			       .c = {.dir = -1, .cgroup = KERN_CGROUP_INIT},
			       .arena = ARENA_INIT(LAUNCH_ARENA_MAX),
			       .pidfd = -1,
			       .scope = SCOPE_INIT};
	n->l = LAUNCH_INIT(&n->arena);
	n->l.preserve_fds = o->preserve_fds;
	n->l.listen_fds = o->listen_fds;
	n->l.sources_are_real = o->sources_are_real;
	snprintf(n->c.id, sizeof(n->c.id), "%s", o->id);
}

int container_create(const char *root, const struct container_create *o, struct err *e)
{
	struct creation n;
	int r = state_check_id(o->id, e);

	if (r < 0)
		return r;
	creation_init(&n, root, o);
	r = create(&n, false, e);
	if (r < 0)
		undo(&n);
	release(&n);
	return r;
}

static int run_poststart(struct container *c, struct err *e)
{
	SCOPED(buf) struct buf state = BUF_INIT(STATE_JSON_MAX);

	if (!c->spec.hooks[OCI_HOOK_POSTSTART].count)
		return 0;
	int r = container_state_json(c, "running", c->pid, false, &state);
	return r < 0 ? r : hooks_run(&c->spec, OCI_HOOK_POSTSTART, buf_str(&state), e);
}

/* What the child reports after it was told to start: nothing, for its end closes with execve; or why not. */
static int await_exec(int sync, struct err *e)
{
	enum sync_type type = 0;
	return sync_receive(sync, &type, e);
}

int container_run(const char *root, const struct container_create *o, struct container *ret, struct err *e)
{
	struct creation n;
	int r = state_check_id(o->id, e);

	if (r < 0)
		return r;
	creation_init(&n, root, o);
	r = create(&n, true, e);
	if (r == 0)
		r = await_exec(n.l.sync, e);
	if (r == 0)
		r = run_poststart(&n.c, e);
	if (r < 0) {
		undo(&n);
	} else {
		*ret = n.c;
		ret->report = o->report;
		n.c = (struct container){.dir = -1, .cgroup = KERN_CGROUP_INIT};
	}
	release(&n);
	return r;
}

int container_start(const char *root, const char *id, char **argv, const struct report *to, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	int no_shim = -1;
	int r = container_load(root, id, &c, e);

	c.report = *to;
	if (r == 0)
		r = container_load_spec(&c, e);
	if (r == 0 && c.spec.hooks[OCI_HOOK_START_CONTAINER].count)
		r = protect_apply(PROTECT_SELF, argv, &no_shim, e);
	if (r == 0)
		r = state_lock(c.dir, STATE_LOCK_WAIT_MS);
	if (r < 0)
		return e->code ? r : err_sys(e, r, "container %s is being changed by another command", id);
	enum container_status status = container_status(&c);
	if (status != CONTAINER_CREATED)
		return err_set(e, -EINVAL, "cannot start a container that has %s: %s", container_status_name(status),
			       id);
	r = run_start_hooks(&c, e);
	if (r < 0)
		return r;
	scoped_fd int socket = kern_socket_connect_at(c.dir, STATE_START_SOCKET);
	if (socket < 0)
		return err_sys(e, socket, "cannot reach the container's process");
	r = sync_send(socket, SYNC_START, NULL);
	if (r == 0)
		r = await_exec(socket, e);
	unlinkat(c.dir, STATE_START_SOCKET, 0);
	if (r < 0)
		return r;
	report(to, LOG_DEBUG, "container %s runs: pid %d", id, (int)c.pid);
	r = run_poststart(&c, e);
	/* runtime.md, "Lifecycle": a failing poststart hook stops the container, and the cycle goes on with its deletion. */
	if (r < 0)
		ignore(container_delete(&c, true, NULL)); /* the hook's failure is what is told */
	return r;
}
