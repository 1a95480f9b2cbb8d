/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that enters a container still has this program as its /proc/self/exe, and an image can make it execute that
 * link; root in a container without a user namespace could then write to the host's binary.
 *
 * Under a user namespace in which the binary's owner does not exist there is nothing to do. Elsewhere the last execve
 * goes through a sealed page of memory (shim.c), which costs a few microseconds. Where somebody in the container may
 * trace, and so can open the link of a process that is only on its way, the program runs from a private read-only
 * mount of itself: no descriptor got from there can be opened for writing, and the mount belongs to no namespace in
 * which it could be made writable again.
 */
#include "protect.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "kern/process.h"
#include "shim.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3 */
#endif

#define SELF "/proc/self/exe"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool is_mapped(const struct oci_id_mappings *m, uint32_t id)
{
	for (size_t i = 0; i < m->count; i++)
		if (id >= m->at[i].host_id && id - m->at[i].host_id < m->at[i].size)
			return true;
	return false;
}

/* Whether ids of the container can own or write the executable. */
static bool out_of_reach(const struct oci_spec *spec)
{
	const struct oci_namespace *user = oci_spec_namespace(spec, OCI_NS_USER);
	struct stat st;

	if (!user || user->path || stat(SELF, &st) < 0)
		return false;
	return !is_mapped(&spec->linux_.uid_mappings, st.st_uid) && !is_mapped(&spec->linux_.gid_mappings, st.st_gid) &&
	       !(st.st_mode & S_IWOTH);
}

/* Whether the filter lets NAME through whatever its arguments. */
static bool filter_lets(const struct oci_seccomp *s, const char *name)
{
	bool named = false;

	for (size_t i = 0; s && i < s->rules.count; i++) {
		const struct oci_seccomp_rule *rule = &s->rules.at[i];
		for (size_t j = 0; j < rule->names.count; j++) {
			if (!str_eq(rule->names.at[j], name))
				continue;
			named = true;
			if (rule->action != OCI_SECCOMP_ALLOW || rule->args.count)
				return false;
		}
	}
	return named || !s || s->default_action == OCI_SECCOMP_ALLOW;
}

enum protection protect_choose(const struct oci_spec *spec, const struct oci_process *process)
{
	const struct oci_namespace *pid = oci_spec_namespace(spec, OCI_NS_PID);
	bool may_trace = (spec->process.capabilities.bounding | process->capabilities.bounding) >> CAP_SYS_PTRACE & 1;
	bool labelled = process->apparmor_profile || process->selinux_label;

	if (out_of_reach(spec))
		return PROTECT_NOTHING;
	if (geteuid() != 0 || may_trace || labelled || !pid || pid->path ||
	    spec->hooks[OCI_HOOK_START_CONTAINER].count || !filter_lets(spec->linux_.seccomp, "execveat") ||
	    !filter_lets(spec->linux_.seccomp, "execve"))
		return PROTECT_SELF;
	return PROTECT_SHIM;
}

static int execute(int fd, char **argv)
{
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return -errno;
}

static int make_memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int make_shim(void)
{
	scoped_fd int fd = make_memory_file("skep-shim");
	int r = fd < 0 ? fd : fd_write_all(fd, shim_image, shim_image_size);

	if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = -errno;
	return r < 0 ? r : take_fd(&fd);
}

/* Without the right to mount: only a binary that the caller could write himself needs a copy, sealed. */
static int run_sealed_copy(char **argv)
{
	struct stat st;
	scoped_fd int self = open(SELF, O_RDONLY | O_CLOEXEC);

	if (self < 0 || fstat(self, &st) < 0)
		return -errno;
	int seals = fcntl(self, F_GET_SEALS);
	if (seals >= 0 && (seals & F_SEAL_WRITE))
		return 0;
	if (st.st_uid != geteuid() && faccessat(AT_FDCWD, SELF, W_OK, AT_EACCESS) < 0)
		return 0;
	scoped_fd int copy = make_memory_file("skep-runtime");
	if (copy < 0)
		return copy;
	for (off_t done = 0; done < st.st_size;) {
		ssize_t sent = sendfile(copy, self, &done, (size_t)(st.st_size - done));
		if (sent <= 0)
			return sent < 0 ? -errno : -EIO;
	}
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return execute(copy, argv);
}

static int run_from_mount(char **argv, struct err *e)
{
	struct statvfs fs;
	int r;

	if (statvfs(SELF, &fs) < 0)
		return err_sys(e, -errno, "cannot look at " SELF "; is /proc mounted?");
	if (fs.f_flag & ST_RDONLY)
		return 0;
	if (!argv)
		return err_set(e, -EOPNOTSUPP,
			       "a container that could reach this program is started by skep-runtime only");
	if (geteuid() != 0) {
		r = run_sealed_copy(argv);
		return r < 0 ? err_sys(e, r, "cannot run from a sealed copy of the program") : 0;
	}
	scoped_fd int tree = kern_mount_clone(AT_FDCWD, SELF, false);
	r = tree < 0 ? tree : kern_mount_set(tree, false, MOUNT_ATTR_RDONLY, 0, 0);
	if (r == 0)
		r = execute(tree, argv);
	/* Root of a user namespace may not take a mount apart that it was given whole. */
	if (!kern_is_host_root())
		r = run_sealed_copy(argv);
	return r < 0 ? err_sys(e, r, "cannot run from a read-only mount of the program") : 0;
}

int protect_apply(enum protection p, char **argv, int *ret_shim, struct err *e)
{
	if (p == PROTECT_NOTHING)
		return 0;
	if (p == PROTECT_SHIM) {
		*ret_shim = make_shim();
		if (*ret_shim >= 0)
			return 0;
		/* Hosts may forbid to execute memory (vm.memfd_noexec): then as for those who may trace. */
		*ret_shim = -1;
	}
	return run_from_mount(argv, e);
}
