/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the process that becomes the container's, from clone to execve. It talks with the runtime process over
 * one socket pair: it asks for hooks half-way, says when it is ready, and reports what went wrong; when the runtime
 * process dies, its end closes and this process ends too.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/path.h"
#include "base/str.h"
#include "hooks.h"
#include "kern/creds.h"
#include "kern/mount.h"
#include "kern/process.h"
#include "landlock.h"
#include "promise.h"
#include "launch.h"
#include "process.h"
#include "spawn.h"

static int set_names(const struct launch *l, struct err *e)
{
	const struct oci_spec *spec = l->spec;

	if (spec->hostname && *spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
		return err_sys(e, -errno, "cannot set hostname");
	if (spec->domainname && *spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
		return err_sys(e, -errno, "cannot set domainname");
	return 0;
}

/*
 * Kernel settings go through a proc of our own that nothing of the image can have touched: not attached anywhere,
 * names without links, and its magic checked.
 */
static int set_sysctls(const struct launch *l, struct err *e)
{
	const struct oci_pairs *sysctl = &l->spec->linux_.sysctl;
	struct statfs magic;

	if (sysctl->count == 0)
		return 0;
	scoped_fd int fs = kern_fs_open("proc", e);
	scoped_fd int proc = fs < 0 ? fs : kern_fs_mount(fs, 0, e);
	if (proc < 0)
		return proc;
	if (fstatfs(proc, &magic) < 0 || magic.f_type != PROC_SUPER_MAGIC)
		return err_set(e, -EPERM, "the new proc file system is not one");
	for (size_t i = 0; i < sysctl->count; i++) {
		char path[512];
		const char *key = sysctl->at[i].key;
		int len = snprintf(path, sizeof(path), "sys/%s", key);
		if ((size_t)len >= sizeof(path))
			return err_set(e, -ENAMETOOLONG, "linux.sysctl: \"%.64s...\" is too long", key);
		/* Dots separate; where a name itself has one (net.ipv4.conf.eth0/1), slashes do. */
		for (char *at = path + 4; !strchr(key, '/') && *at; at++)
			*at = *at == '.' ? '/' : *at;
		scoped_fd int fd =
			path_openat2(proc, path, O_WRONLY, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
		int r = fd < 0 ? fd : fd_write_all(fd, sysctl->at[i].value, strlen(sysctl->at[i].value));
		if (r < 0)
			return err_sys(e, r, "linux.sysctl: cannot set %s", key);
	}
	return 0;
}

static int join_keyring(const struct launch *l, struct err *e)
{
	char name[CONTAINER_ID_MAX + 8];

	if (l->no_new_keyring)
		return 0;
	snprintf(name, sizeof(name), "_ses.%s", l->id);
	if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, name) < 0 && errno != ENOSYS && errno != EDQUOT)
		return err_sys(e, -errno, "cannot join a new session keyring");
	return 0;
}

/* Becomes root of the new user namespace; before that this process is nobody there. */
static int become_root(const struct launch *l, struct err *e)
{
	if (!l->own_userns && l->join[OCI_NS_USER] < 0)
		return 0;
	int r = kern_set_ids(0, 0);
	if (r == 0 && !l->rootless)
		r = kern_set_groups(NULL, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return r < 0 ? err_sys(e, r, "cannot become root of the user namespace; is id 0 in its mappings?") : 0;
}

static int enter_isolation(struct launch *l, struct err *e)
{
	int r = l->cgroup ? kern_cgroup_enter(l->cgroup, l->enter_v2) : 0;

	if (r < 0)
		return err_sys(e, r, "cannot enter the container's cgroup");
	process_reset_affinity();
	if (!l->needs_stage)
		r = spawn_join(l, e);
	if (r == 0 && l->wait_for_parent)
		r = sync_expect(l->sync, SYNC_GO, e);
	if (r == 0)
		r = become_root(l, e);
	/* The cgroup namespace's root is where this process is now, so it comes after entering. */
	if (r == 0 && (l->new_namespaces & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
		r = err_sys(e, -errno, "cannot make a cgroup namespace");
	if (r == 0 && setsid() < 0)
		r = err_sys(e, -errno, "cannot start a session");
	if (r == 0 && (l->new_namespaces & CLONE_NEWNET)) {
		r = kern_loopback_up();
		if (r < 0)
			err_sys(e, r, "cannot bring up the loopback device");
	}
	return r;
}

/* Our pid as the host sees it: its proc is still in place before the root is entered. */
static pid_t host_pid(void)
{
	char text[32];
	ssize_t len = readlink("/proc/self", text, sizeof(text) - 1);
	uint64_t pid = 0;

	text[len > 0 ? len : 0] = '\0';
	ignore(str_to_u64(text, INT32_MAX, &pid)); /* without a proc the state says 0 */
	return (pid_t)pid;
}

static int run_create_hooks(const struct launch *l, struct err *e)
{
	SCOPED(buf) struct buf state = BUF_INIT(1 << 20);
	int r = 0;

	if (l->has_create_hooks) {
		r = sync_send(l->sync, SYNC_HOOKS, NULL);
		if (r == 0)
			r = sync_expect(l->sync, SYNC_GO, e);
	}
	if (r < 0 || !l->spec->hooks[OCI_HOOK_CREATE_CONTAINER].count)
		return r;
	r = container_state_json(l->container, "creating", host_pid(), false, &state);
	return r < 0 ? r : hooks_run(l->spec, OCI_HOOK_CREATE_CONTAINER, buf_str(&state), e);
}

static int build_container(struct launch *l, struct err *e)
{
	scoped_fd int terminal = -1;
	bool own_mounts = l->new_namespaces & CLONE_NEWNS;
	int r = set_names(l, e);

	if (r == 0 && l->late_trees)
		r = spawn_open_trees(l, e);
	if (r == 0)
		r = own_mounts ? rootfs_build(l, e) : rootfs_use(l, e);
	if (r == 0)
		r = set_sysctls(l, e);
	if (r == 0 && l->process->terminal)
		r = console_open(l, &terminal, e);
	if (r == 0 && terminal >= 0 && own_mounts)
		r = console_bind(l, terminal, e);
	if (r == 0)
		r = run_create_hooks(l, e);
	if (r == 0 && l->seccomp.notifies)
		r = filter_describe(l, host_pid(), e);
	if (r == 0 && own_mounts)
		r = rootfs_hide(l, e);
	if (r == 0)
		r = own_mounts ? rootfs_enter(l, e) : rootfs_chroot(l, e);
	if (r == 0 && terminal >= 0)
		r = console_stdio(terminal, e);
	if (r == 0 && terminal >= 0)
		r = console_control(e);
	if (r == 0)
		r = join_keyring(l, e);
	return r;
}

/* Waits for the one connection of `start`; connections that say nothing were only asking whether we still wait. */
static int wait_for_start(struct launch *l, struct err *e)
{
	for (;;) {
		enum sync_type type = 0;
		int fd = accept4(l->start_listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return err_sys(e, -errno, "cannot wait for start");
		int r = sync_receive(fd, &type, e);
		if (r == 0 && type == SYNC_START) {
			close(l->sync);
			l->sync = fd;
			return 0;
		}
		close(fd);
	}
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * A created container may wait for long: what the caller had open when it was made must not stay open with it, or a pipe
 * there would never end. All but what the start needs is closed, not only marked for it.
 */
static void close_the_callers(const struct launch *l, int ruleset)
{
	int kept[] = {l->sync, l->start_listener, l->shim, l->listener_socket, ruleset};
	unsigned from = 3 + l->preserve_fds;

	qsort(kept, ARRAY_LEN(kept), sizeof(kept[0]), by_number);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (kept[i] < (int)from)
			continue;
		if ((unsigned)kept[i] > from)
			syscall(SYS_close_range, from, (unsigned)kept[i] - 1, 0);
		from = (unsigned)kept[i] + 1;
	}
	syscall(SYS_close_range, from, ~0u, 0);
}

static int live(struct launch *l, struct err *e)
{
	const char *program = NULL;
	char **env = NULL;
	int ruleset = -1;
	int r = enter_isolation(l, e);

	if (r == 0)
		r = build_container(l, e);
	launch_drop_host(l);
	if (r == 0)
		r = process_environment(l, &env, e);
	if (r == 0)
		r = landlock_open(l, &ruleset, e);
	if (r == 0)
		r = process_prepare(l, e);
	if (r == 0)
		r = landlock_enter(ruleset, e);
	if (r == 0)
		r = promise_make(l, e);
	if (r == 0)
		r = process_find(l, env, &program, e);
	if (r == 0)
		r = sync_send(l->sync, SYNC_READY, NULL);
	if (r == 0)
		r = sync_expect(l->sync, SYNC_START, e);
	if (r == 0 && l->start_listener >= 0) {
		close_the_callers(l, ruleset);
		r = wait_for_start(l, e);
	}
	return r < 0 ? r : process_execute(l, program, env, e);
}

void launch_child(struct launch *l)
{
	struct err e = {0};

	/* The lock on the container's folder is for the runtime process alone. */
	close(l->container->dir);
	int r = live(l, &e);

	if (e.code == 0)
		err_sys(&e, r, "container process");
	ignore(sync_send(l->sync, SYNC_ERROR, &e)); /* nobody there: nobody to tell */
	_exit(r == -ENOENT ? 127 : 126);
}
