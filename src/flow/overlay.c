/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay mounts by descriptor. Lower layers are mapped one by one before they are stacked, because overlayfs itself
 * cannot be mapped: so any number of containers share one unpacked layer, each with owners of its own range.
 */
#include "overlay.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>

#include "base/path.h"
#include "kern/mount.h"

#define OPTION_MAX 256 /* fsconfig(2) takes no longer value */

void flow_lowers_done(struct flow_lowers *l)
{
	while (l->count)
		close_keep_errno(l->fds[--l->count]);
}

int flow_lowers_open(const struct oci_store *s, const struct oci_image *image, struct flow_lowers *ret, struct err *e)
{
	SCOPED(flow_lowers) struct flow_lowers l = {.count = 0};

	for (size_t i = image->layers.count; i-- > 0;) {
		int r = oci_store_open_layer(s, image->layers.items[i], &l.fds[l.count], e);
		if (r < 0)
			return r == -ENOENT ? err_set(e, r, "layer %zu is not unpacked", i + 1) : r;
		l.count++;
	}
	*ret = l;
	l.count = 0;
	return 0;
}

int flow_lowers_idmap(struct flow_lowers *l, int userns, struct err *e)
{
	for (size_t i = 0; i < l->count; i++) {
		int mount = kern_mount_clone(l->fds[i], "", false);
		int r = mount < 0 ? mount : kern_mount_idmap(mount, false, userns);
		if (r < 0) {
			close_keep_errno(mount);
			return err_sys(
				e, r,
				"mapping the owners of a layer; the store's file system must support idmapped mounts");
		}
		close(l->fds[i]);
		l->fds[i] = mount;
	}
	return 0;
}

static int add_lower(int fs, int fd, struct err *e)
{
	return kern_fs_set(fs, "lowerdir+", fd_path_of(fd).text, e);
}

/* Kernels before 6.7 want one list. */
static int add_list(int fs, const struct flow_lowers *l, int empty, struct err *e)
{
	SCOPED(buf) struct buf list = BUF_INIT(OPTION_MAX - 1);

	for (size_t i = 0; i < l->count; i++)
		buf_printf(&list, "%s%s", i ? ":" : "", fd_path_of(l->fds[i]).text);
	if (empty >= 0)
		buf_printf(&list, "%s%s", l->count ? ":" : "", fd_path_of(empty).text);
	int r = buf_error(&list);
	if (r < 0)
		return err_set(e, r, "too many layers for this kernel; it must be 6.7 or newer for this image");
	return kern_fs_set(fs, "lowerdir", buf_str(&list), e);
}

static int add_lowers(int fs, const struct flow_lowers *l, int empty, struct err *e)
{
	struct err words = {0};
	int r = l->count ? add_lower(fs, l->fds[0], &words) : 0;

	if (r < 0)
		return add_list(fs, l, empty, e);
	for (size_t i = 1; r == 0 && i < l->count; i++)
		r = add_lower(fs, l->fds[i], e);
	return r == 0 && empty >= 0 ? add_lower(fs, empty, e) : r;
}

/* A volatile mount leaves a mark, lest a power cut between be overlooked; nothing here outlives one. */
static int forget_use(int work, struct err *e)
{
	scoped_fd int inner = openat(work, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = inner < 0 ? -errno : path_remove_tree(inner, "incompat");

	return r < 0 && r != -ENOENT ? err_sys(e, r, "preparing the container's writable layer") : 0;
}

int flow_overlay(const struct flow_lowers *l, int upper, int work, int empty, struct err *e)
{
	scoped_fd int fs = kern_fs_open("overlay", e);
	/* Two empty folders cannot be stacked, an empty one below all others does no harm. */
	int r = fs < 0 ? fs : add_lowers(fs, l, upper < 0 || !l->count ? empty : -1, e);

	if (r == 0 && upper >= 0)
		r = kern_fs_set(fs, "upperdir", fd_path_of(upper).text, e);
	if (r == 0 && upper >= 0)
		r = kern_fs_set(fs, "workdir", fd_path_of(work).text, e);
	if (r == 0 && upper >= 0)
		r = forget_use(work, e);
	/* Else every end of a container would wait until the whole disk is written. */
	if (r == 0 && upper >= 0)
		r = kern_fs_set(fs, "volatile", NULL, e);
	if (r < 0)
		return err_wrap(e, r, "stacking the layers");
	int mount = kern_fs_mount(fs, upper < 0 ? MOUNT_ATTR_RDONLY : 0, e);
	return mount < 0 ? err_wrap(e, mount, "stacking the layers") : mount;
}
