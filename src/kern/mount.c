/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount calls, by descriptor.
 */
#include "kern/mount.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/path.h"

int kern_mount_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	int fd = open_tree(dirfd, path, flags);
	return fd < 0 ? -errno : fd;
}

int kern_mount_attach(int mount, int target)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

int kern_mount_detach(int mount)
{
	return umount2(fd_path_of(mount).text, MNT_DETACH) < 0 ? -errno : 0;
}

static int setattr(int mount, bool recursive, struct mount_attr *attr)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
	return mount_setattr(mount, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int kern_mount_set(int mount, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
	return setattr(mount, recursive, &attr);
}

int kern_mount_idmap(int mount, bool recursive, int userns)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
	return setattr(mount, recursive, &attr);
}

/* The kernel's last message in the configuration's log, "e tmpfs: Bad value for 'size'", without its class letter. */
static int fs_error(int fs, int code, const char *what, struct err *e)
{
	char text[256];
	ssize_t len = read(fs, text, sizeof(text) - 1);

	if (len <= 2)
		return err_sys(e, code, "%s", what);
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return err_set(e, code, "%s: %s", what, text + 2);
}

int kern_fs_open(const char *type, struct err *e)
{
	int fs = fsopen(type, FSOPEN_CLOEXEC);
	if (fs < 0)
		return err_sys(e, -errno, "file system type \"%.64s\"", type);
	return fs;
}

int kern_fs_set(int fs, const char *key, const char *value, struct err *e)
{
	int r = fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0);
	return r < 0 ? fs_error(fs, -errno, key, e) : 0;
}

int kern_fs_mount(int fs, uint64_t attrs, struct err *e)
{
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_error(fs, -errno, "cannot create the file system", e);
	int mount = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	return mount < 0 ? fs_error(fs, -errno, "cannot mount", e) : mount;
}

int kern_mount_propagation_all(uint64_t propagation)
{
	return mount(NULL, "/", NULL, MS_REC | propagation, NULL) < 0 ? -errno : 0;
}

int kern_pivot_root(int root)
{
	/*
	 * The new root is put on top of itself: with both arguments ".", the old root ends up stacked over the new one
	 * and can be detached without a folder inside the container for it (pivot_root(2), "NOTES").
	 */
	if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}
