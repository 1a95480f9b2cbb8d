/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.maskedPaths and linux.readonlyPaths (config-linux.md). A masked file is covered by the null device, opened
 * from the host and checked to be it, never by whatever the image calls /dev/null; a masked folder by an empty tmpfs.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "launch.h"

struct cover {
	int null;   /* a path descriptor of a null device in this mount namespace */
	int folder; /* the first covering tmpfs once attached, to be cloned for the others; -1 before */
};

static int cover_folder(struct cover *c, int target)
{
	if (c->folder >= 0) {
		scoped_fd int clone = kern_mount_clone(c->folder, "", false);
		return clone < 0 ? clone : kern_mount_attach(clone, target);
	}
	scoped_fd int fs = kern_fs_open("tmpfs", NULL);
	int r = fs < 0 ? fs : kern_fs_set(fs, "nr_blocks", "1", NULL);
	if (r < 0)
		return r;
	int tree =
		kern_fs_mount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, NULL);
	if (tree < 0)
		return tree;
	c->folder = tree;
	return kern_mount_attach(tree, target);
}

static int mask(const struct launch *l, struct cover *c, const char *path)
{
	struct stat st;
	scoped_fd int target = path_open_in_root(l->root, path, O_PATH, 0);

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return target < 0 ? target : -errno;
	if (S_ISDIR(st.st_mode))
		return cover_folder(c, target);
	scoped_fd int tree = kern_mount_clone(c->null, "", false);
	return tree < 0 ? tree : kern_mount_attach(tree, target);
}

static int make_readonly(const struct launch *l, const char *path)
{
	scoped_fd int tree = -1;
	scoped_fd int target = path_open_in_root(l->root, path, O_PATH, 0);

	if (target == -ENOENT || target == -ENOTDIR)
		return 0;
	if (target < 0)
		return target;
	tree = kern_mount_clone(target, "", true);
	int r = tree < 0 ? tree : kern_mount_set(tree, true, MOUNT_ATTR_RDONLY, 0, 0);
	return r < 0 ? r : kern_mount_attach(tree, target);
}

static int open_null(struct err *e)
{
	struct stat st;
	scoped_fd int fd = open("/dev/null", O_PATH | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "cannot open the host's /dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, -ENODEV, "the host's /dev/null is not the null device");
	return take_fd(&fd);
}

/* A path that is named twice is covered once. */
static bool is_before(const struct oci_strs *paths, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(paths->at[k], paths->at[i]))
			return true;
	return false;
}

int rootfs_hide(struct launch *l, struct err *e)
{
	const struct oci_linux *lx = &l->spec->linux_;
	scoped_fd int null = lx->masked_paths.count ? open_null(e) : -1;
	struct cover cover = {.null = null, .folder = -1};
	int r = 0;

	if (lx->masked_paths.count && null < 0)
		return null;
	for (size_t i = 0; r == 0 && i < lx->readonly_paths.count; i++) {
		r = make_readonly(l, lx->readonly_paths.at[i]);
		if (r < 0)
			err_sys(e, r, "linux.readonlyPaths[%zu]: %s", i, lx->readonly_paths.at[i]);
	}
	for (size_t i = 0; r == 0 && i < lx->masked_paths.count; i++) {
		if (is_before(&lx->masked_paths, i))
			continue;
		r = mask(l, &cover, lx->masked_paths.at[i]);
		if (r < 0)
			err_sys(e, r, "linux.maskedPaths[%zu]: %s", i, lx->masked_paths.at[i]);
	}
	close_keep_errno(cover.folder);
	return r;
}
