/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping our own executable out of containers' reach. A process that enters a container still has this program as its
 * /proc/self/exe, and an image can make it execute that link; root in a container without a user namespace could then
 * write to the host's binary. So the program runs from a private read-only mount of itself: the inode is the same and
 * nothing is copied, but no descriptor got from there can be opened for writing, and the mount belongs to no namespace
 * in which it could be made writable again.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "kern/mount.h"
#include "runtime/container.h"

#define SELF "/proc/self/exe"

static int execute(int fd, char **argv)
{
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return -errno;
}

/* Without the right to mount: only a binary that the caller could write himself needs a copy, sealed. */
static int run_sealed_copy(char **argv)
{
	struct stat st;
	scoped_fd int self = open(SELF, O_RDONLY | O_CLOEXEC);

	if (self < 0 || fstat(self, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() && faccessat(AT_FDCWD, SELF, W_OK, AT_EACCESS) < 0)
		return 0;
	scoped_fd int copy = memfd_create("skep-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return -errno;
	for (off_t done = 0; done < st.st_size;) {
		ssize_t sent = sendfile(copy, self, &done, (size_t)(st.st_size - done));
		if (sent <= 0)
			return sent < 0 ? -errno : -EIO;
	}
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	return execute(copy, argv);
}

static bool is_sealed(void)
{
	scoped_fd int self = open(SELF, O_RDONLY | O_CLOEXEC);
	int seals = self < 0 ? -1 : fcntl(self, F_GET_SEALS);
	return seals >= 0 && (seals & F_SEAL_WRITE);
}

int container_protect_self(char **argv, struct err *e)
{
	struct statvfs fs;
	int r;

	if (statvfs(SELF, &fs) < 0)
		return err_sys(e, -errno, "cannot look at " SELF "; is /proc mounted?");
	if (fs.f_flag & ST_RDONLY)
		return 0;
	if (geteuid() != 0) {
		r = is_sealed() ? 0 : run_sealed_copy(argv);
		return r < 0 ? err_sys(e, r, "cannot run from a sealed copy of the program") : 0;
	}
	scoped_fd int tree = kern_mount_clone(AT_FDCWD, SELF, false);
	r = tree < 0 ? tree : kern_mount_set(tree, false, MOUNT_ATTR_RDONLY, 0, 0);
	if (r == 0)
		r = execute(tree, argv);
	return err_sys(e, r, "cannot run from a read-only mount of the program");
}
