/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the container's process is when its program starts: limits, processors, memory policy, user, groups,
 * capabilities, working directory, environment (config.md, "Process"), and then execve(2).
 *
 * Everything here runs inside the container. The filter is loaded as the very last act, so that a profile has to allow
 * nothing but the execve that starts the program; CAP_SYS_ADMIN is kept until then where the filter needs it, and is
 * gone with execve, which computes the sets anew.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/mempolicy.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/creds.h"
#include "launch.h"
#include "process.h"

#define ENV_COUNT_MAX 16384
#define CPUS_MAX 4096

static int set_rlimits(const struct oci_process *p, struct err *e)
{
	for (size_t i = 0; i < p->rlimits.count; i++) {
		const struct oci_rlimit *want = &p->rlimits.at[i];
		struct rlimit limit = {.rlim_cur = want->soft, .rlim_max = want->hard};
		if (setrlimit((__rlimit_resource_t)want->resource, &limit) < 0)
			return err_sys(e, -errno, "error setting rlimit type %d (soft %llu, hard %llu)", want->resource,
				       (unsigned long long)want->soft, (unsigned long long)want->hard);
	}
	return 0;
}

int process_parse_list(const char *text, unsigned long *bits, size_t bits_max)
{
	while (*text) {
		unsigned first, last;
		int used = 0;
		text += strspn(text, ", \n");
		if (!*text)
			break;
		if (sscanf(text, "%u-%u%n", &first, &last, &used) != 2) {
			if (sscanf(text, "%u%n", &first, &used) != 1)
				return -EINVAL;
			last = first;
		}
		if (first > last || last >= bits_max)
			return -ERANGE;
		for (unsigned i = first; i <= last; i++)
			bits[i / (8 * sizeof(long))] |= 1ul << i % (8 * sizeof(long));
		text += used;
		if (*text && !strchr(", \n", *text))
			return -EINVAL;
	}
	return 0;
}

int process_set_affinity(const char *list, struct err *e)
{
	unsigned long bits[CPUS_MAX / (8 * sizeof(long))] = {0};

	if (!list || !*list)
		return 0;
	int r = process_parse_list(list, bits, CPUS_MAX);
	if (r < 0)
		return err_set(e, r, "execCPUAffinity: \"%.64s\" is not a list of processors", list);
	if (syscall(SYS_sched_setaffinity, 0, sizeof(bits), bits) < 0)
		return err_sys(e, -errno, "execCPUAffinity: cannot run on processors %s", list);
	return 0;
}

void process_reset_affinity(void)
{
	unsigned long all[CPUS_MAX / (8 * sizeof(long))];

	memset(all, 0xff, sizeof(all));
	/* The kernel leaves out what its cgroup forbids. Where it refuses, the caller's stay, as without this. */
	ignore((int)syscall(SYS_sched_setaffinity, 0, sizeof(all), all));
}

static int set_memory_policy(const struct oci_memory_policy *m, struct err *e)
{
	unsigned long nodes[1024 / (8 * sizeof(long))] = {0};
	bool has_nodes = m->nodes && *m->nodes;

	if (m->mode < 0)
		return 0;
	if (has_nodes && process_parse_list(m->nodes, nodes, 1024) < 0)
		return err_set(e, -EINVAL,
			       "invalid memory policy: linux.memoryPolicy.nodes: \"%.64s\" is not a list of nodes",
			       m->nodes);
	if (syscall(SYS_set_mempolicy, m->mode | (int)m->flags, has_nodes ? nodes : NULL, has_nodes ? 1024 : 0) < 0)
		return err_sys(e, -errno, "invalid memory policy: cannot set linux.memoryPolicy");
	return 0;
}

static int set_placement(const struct launch *l, struct err *e)
{
	const struct oci_process *p = l->process;
	const struct opt_u64 *persona = &l->spec->linux_.personality;
	int r = set_memory_policy(&l->spec->linux_.memory_policy, e);
	/* The specification leaves the first process out of this. */
	if (r == 0 && l->is_exec)
		r = process_set_affinity(p->cpus_final, e);
	if (r < 0)
		return r;
	if (persona->set && personality(persona->value) < 0)
		return err_sys(e, -errno, "cannot set linux.personality");
	return 0;
}

static int set_user(const struct launch *l, struct err *e)
{
	const struct oci_process *p = l->process;
	int r = kern_set_groups(p->additional_gids.at, p->additional_gids.count);

	/* An unprivileged user namespace may forbid setgroups(2); without supplementary groups there is nothing to set. */
	if (r == -EPERM && p->additional_gids.count == 0 && l->rootless)
		r = 0;
	if (r < 0)
		return err_sys(e, r, "cannot set the supplementary groups");
	r = kern_set_ids(p->uid, p->gid);
	if (r < 0)
		return err_sys(e, r, "cannot become user %u, group %u%s", p->uid, p->gid,
			       r == -EINVAL ? " (not in the user namespace's mappings)" : "");
	return 0;
}

/* Capabilities that the caller does not have itself cannot be given; runc passes over them, and so do callers' tests. */
static uint64_t obtainable(uint64_t set, uint64_t have)
{
	return set & have;
}

static int set_capabilities(const struct launch *l, struct err *e)
{
	const struct oci_capabilities *c = &l->process->capabilities;
	uint64_t effective = 0, permitted = 0, inheritable = 0;
	int r = kern_caps_get(&effective, &permitted, &inheritable);
	uint64_t have = permitted & kern_caps_bounding();

	if (r == 0)
		r = kern_caps_bound(c->bounding);
	if (r == 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r < 0)
		return err_sys(e, r, "cannot drop the bounding capabilities");
	r = set_user(l, e);
	if (r < 0)
		return r;
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	bool for_filter = l->seccomp.code && !l->process->no_new_privileges;
	uint64_t extra = for_filter ? have & (1ull << CAP_SYS_ADMIN) : 0;
	r = kern_caps_set(obtainable(c->effective, have), obtainable(c->permitted, have) | extra,
			  obtainable(c->inheritable, have));
	if (r < 0)
		return err_sys(e, r, "unable to apply caps");
	r = kern_caps_ambient(obtainable(c->ambient & c->permitted & c->inheritable, have));
	return r < 0 ? err_sys(e, r, "unable to apply ambient caps") : 0;
}

/* Security labels take effect at execve. What the image calls /proc is only written to where it is one. */
static int set_labels(const struct launch *l, struct err *e)
{
	const struct oci_process *p = l->process;
	const char *label = p->apparmor_profile && *p->apparmor_profile ? p->apparmor_profile : NULL;
	char text[1024];
	int r = 0;

	if (label) {
		snprintf(text, sizeof(text), "exec %s", label);
		r = process_write_attr("apparmor/exec", text);
		if (r == -ENOENT || r == -EINVAL)
			r = process_write_attr("exec", text);
		if (r < 0)
			return err_sys(e, r,
				       "cannot set the AppArmor profile \"%.128s\"; is AppArmor enabled on this host?",
				       label);
	}
	if (p->selinux_label && *p->selinux_label) {
		r = process_write_attr("exec", p->selinux_label);
		if (r < 0)
			return err_sys(e, r,
				       "cannot set the SELinux label \"%.128s\"; is SELinux enabled on this host?",
				       p->selinux_label);
	}
	return 0;
}

int process_write_attr(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "thread-self/attr/%s", name);
	scoped_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;
	if (proc < 0 || fstatfs(proc, &fs) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return -EPERM;
	scoped_fd int fd = path_openat2(proc, path, O_WRONLY, 0, RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	if (fd < 0)
		return fd;
	return fd_write_all(fd, text, strlen(text));
}

static int enter_cwd(const struct launch *l, struct err *e)
{
	const char *cwd = l->process->cwd;
	char where[4096];

	/* By the root's descriptor and without magic links: no descriptor of the host can be the way out. */
	scoped_fd int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int fd = root < 0 ? -errno : path_open_in_root(root, cwd, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return err_sys(e, fd, "cannot enter process.cwd \"%.256s\"", cwd);
	if (fchdir(fd) < 0)
		return err_sys(e, -errno, "cannot enter process.cwd \"%.256s\"", cwd);
	long len = syscall(SYS_getcwd, where, sizeof(where));
	if (len < 0 || where[0] != '/')
		return err_set(e, -EPERM, "current working directory is outside of the container's root: refused");
	return 0;
}

int process_prepare(const struct launch *l, struct err *e)
{
	const struct oci_process *p = l->process;
	int r = set_rlimits(p, e);

	if (r == 0)
		r = set_placement(l, e);
	if (r == 0)
		r = set_labels(l, e);
	if (r < 0)
		return r;
	/* Some folders only root may enter, others only the user: both get a try. */
	bool entered = enter_cwd(l, NULL) == 0;
	if (p->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, -errno, "cannot set no_new_privs");
	r = set_capabilities(l, e);
	if (r < 0)
		return r;
	/* Changing ids may have made us dumpable: readable and traceable for others in the container. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(p->umask.set ? (mode_t)p->umask.value : 0022);
	return entered ? 0 : enter_cwd(l, e);
}

/* The value of the last KEY= in ENV. */
static const char *env_value(char *const *env, const char *key)
{
	size_t len = strlen(key);
	const char *value = NULL;

	for (; env && *env; env++)
		if (strncmp(*env, key, len) == 0 && (*env)[len] == '=')
			value = *env + len + 1;
	return value;
}

static bool shadowed(char *const *env, size_t i, size_t count)
{
	const char *equals = strchr(env[i], '=');
	size_t len = equals ? (size_t)(equals - env[i]) + 1 : strlen(env[i]) + 1;

	for (size_t later = i + 1; later < count; later++)
		if (strncmp(env[i], env[later], len) == 0)
			return true;
	return false;
}

static size_t drop_variable(char **env, size_t count, const char *key)
{
	size_t len = strlen(key), kept = 0;

	for (size_t i = 0; i < count; i++)
		if (strncmp(env[i], key, len) != 0 || env[i][len] != '=')
			env[kept++] = env[i];
	return kept;
}

int process_environment(const struct launch *l, char ***ret_env, struct err *e)
{
	const struct oci_strs *given = &l->process->env;
	size_t count = 0;

	if (given->count > ENV_COUNT_MAX)
		return err_set(e, -E2BIG, "process.env: more than %d entries", ENV_COUNT_MAX);
	char **env = ARENA_ARRAY(l->arena, given->count + 4, char *);
	if (!env)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < given->count; i++) {
		if (!strchr(given->at[i], '=') || given->at[i][0] == '=')
			return err_set(e, -EINVAL, "process.env[%zu]: \"%.64s\" is not of the form KEY=VALUE", i,
				       given->at[i]);
		if (!shadowed(given->at, i, given->count))
			env[count++] = given->at[i];
	}
	const char *home = env_value(env, "HOME");
	if (!home || !*home) {
		count = drop_variable(env, count, "HOME");
		env[count++] = arena_printf(l->arena, "HOME=%s", process_home(l->process->uid, l->arena));
	}
	if (l->listen_fds) {
		env[count++] = arena_printf(l->arena, "LISTEN_FDS=%u", l->listen_fds);
		env[count++] = arena_printf(l->arena, "LISTEN_PID=1");
	}
	if (arena_failed(l->arena))
		return err_set(e, -ENOMEM, "out of memory");
	*ret_env = env;
	return 0;
}

static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* With the effective ids and capabilities, as execve will judge. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int process_find(const struct launch *l, char **env, const char **ret_program, struct err *e)
{
	const char *name = l->process->args.count ? l->process->args.at[0] : "";
	const char *path = env_value(env, "PATH");
	int worst = -ENOENT;

	if (!*name)
		return err_set(e, -EINVAL, "process.args: no program to start");
	if (strchr(name, '/')) {
		int r = executable(name);
		if (r == -ENOENT || r == -ENOTDIR)
			return err_set(e, r, "exec: \"%s\": stat %s: no such file or directory", name, name);
		if (r < 0)
			return err_set(e, r, "exec: \"%s\": %s", name,
				       r == -EISDIR ? "is a directory" : "permission denied");
		*ret_program = name;
		return 0;
	}
	while (path && *path) {
		const char *end = strchrnul(path, ':');
		char *candidate = end == path ? arena_printf(l->arena, "./%s", name)
					      : arena_printf(l->arena, "%.*s/%s", (int)(end - path), path, name);
		if (!candidate)
			return err_set(e, -ENOMEM, "out of memory");
		int r = executable(candidate);
		if (r == 0) {
			*ret_program = candidate;
			return 0;
		}
		if (r == -EACCES)
			worst = r;
		path = *end ? end + 1 : end;
	}
	if (worst == -EACCES)
		return err_set(e, worst, "exec: \"%s\": permission denied", name);
	return err_set(e, worst, "exec: \"%s\": executable file not found in $PATH", name);
}

/* The shim's arguments: a name, the program, its own arguments. */
static char **shim_words(const struct launch *l, const char *program)
{
	const struct oci_strs *args = &l->process->args;
	char **words = ARENA_ARRAY(l->arena, args->count + 3, char *);

	if (words) {
		words[0] = args->at[0];
		words[1] = (char *)(uintptr_t)program;
		memcpy(words + 2, args->at, args->count * sizeof(*words));
	}
	return words;
}

int process_execute(const struct launch *l, const char *program, char **env, struct err *e)
{
	char **words = l->shim >= 0 ? shim_words(l, program) : NULL;
	sigset_t none;

	if (l->shim >= 0 && !words)
		return err_set(e, -ENOMEM, "out of memory");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (syscall(SYS_close_range, 3 + l->preserve_fds, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */) < 0)
		return err_sys(e, -errno, "cannot mark descriptors to be closed");
	if (l->seccomp.code) {
		uint64_t effective = 0, permitted = 0, inheritable = 0;
		int r = kern_caps_get(&effective, &permitted, &inheritable);
		if (r == 0)
			r = kern_caps_set(effective | (permitted & 1ull << CAP_SYS_ADMIN), permitted, inheritable);
		if (r < 0)
			return err_sys(e, r, "cannot raise CAP_SYS_ADMIN for the seccomp filter");
		r = filter_load(l, e);
		if (r < 0)
			return r;
	}
	if (words)
		syscall(SYS_execveat, l->shim, "", words, env, AT_EMPTY_PATH);
	else
		execve(program, l->process->args.at, env);
	return err_set(e, -errno, "exec: \"%s\": %s", program,
		       errno == ENOENT	  ? "no such file or directory"
		       : errno == EACCES  ? "permission denied"
		       : errno == ENOEXEC ? "exec format error"
					  : strerror(errno));
}
