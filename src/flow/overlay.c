/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay mounts by descriptor. Lower layers are mapped one by one before they are stacked, because overlayfs itself
 * cannot be mapped: so any number of containers share one unpacked layer, each with owners of its own range.
 */
#include "overlay.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "kern/mount.h"
#include "kern/release.h"

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
	l->mapped = true;
	return 0;
}

/* ---- options ---- */

static int add_each(int fs, const struct flow_lowers *l, int empty, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->count; i++)
		r = kern_fs_set(fs, "lowerdir+", fd_path_of(l->fds[i]).text, e);
	return r == 0 && empty >= 0 ? kern_fs_set(fs, "lowerdir+", fd_path_of(empty).text, e) : r;
}

/* Numbers only, as names in /proc/self/fd: a full path for each would be too much for 15 layers. */
static int add_list(int fs, const struct flow_lowers *l, int empty, struct err *e)
{
	SCOPED(buf) struct buf list = BUF_INIT(OPTION_MAX - 1);

	for (size_t i = 0; i < l->count; i++)
		buf_printf(&list, "%s%d", i ? ":" : "", l->fds[i]);
	if (empty >= 0)
		buf_printf(&list, "%s%d", l->count ? ":" : "", empty);
	int r = buf_error(&list);
	if (r < 0)
		return err_set(e, r, "%zu layers are too many for this kernel; Linux 6.7 takes as many as there are",
			       l->count);
	return kern_fs_set(fs, "lowerdir", buf_str(&list), e);
}

/* A volatile mount leaves a mark, lest a power cut between be overlooked; nothing here outlives one. */
static int forget_use(int work, struct err *e)
{
	scoped_fd int inner = openat(work, "work", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = inner < 0 ? -errno : path_remove_tree(inner, "incompat");

	return r < 0 && r != -ENOENT ? err_sys(e, r, "preparing the container's writable layer") : 0;
}

struct stack {
	const struct flow_lowers *lowers;
	int upper, work; /* -1: none, read-only */
	int empty;	 /* -1: none; below all others */
};

static int configure(int fs, const struct stack *s, bool each, struct err *e)
{
	int r = (each ? add_each : add_list)(fs, s->lowers, s->empty, e);

	if (r == 0 && s->upper >= 0)
		r = kern_fs_set(fs, "upperdir", fd_path_of(s->upper).text, e);
	if (r == 0 && s->upper >= 0)
		r = kern_fs_set(fs, "workdir", fd_path_of(s->work).text, e);
	/* Else every end of a container would wait until the whole disk is written. */
	if (r == 0 && s->upper >= 0)
		r = kern_fs_set(fs, "volatile", NULL, e);
	return r;
}

static int make(const struct stack *s, bool each, struct err *e)
{
	scoped_fd int fs = kern_fs_open("overlay", e);
	int r = fs < 0 ? fs : configure(fs, s, each, e);

	if (r == 0 && s->upper >= 0)
		r = forget_use(s->work, e);
	return r < 0 ? r : kern_fs_mount(fs, s->upper < 0 ? MOUNT_ATTR_RDONLY : 0, e);
}

/* The names of a list mean what they mean in /proc/self/fd. */
static int make_from_list(const struct stack *s, struct err *e)
{
	scoped_fd int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (before < 0 || chdir("/proc/self/fd") < 0)
		return err_sys(e, -errno, "/proc/self/fd");
	int mount = make(s, false, e);
	if (fchdir(before) < 0 && mount >= 0) {
		close_keep_errno(mount);
		mount = err_sys(e, -errno, "going back to the working folder");
	}
	return mount;
}

/* ---- stacking ---- */

int flow_own_mounts(struct err *e)
{
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, -errno, "making a mount namespace");
	int r = kern_mount_propagation_all(MS_PRIVATE);
	return r < 0 ? err_sys(e, r, "making mounts private") : 0;
}

/*
 * Asked by the kernel's number: before Linux 6.5 a wrong option shows only when all is put together, and in the log. One with a
 * lower number that can do more is asked for less, which it can do as well.
 */
static int make_either_way(const struct stack *s, struct err *e)
{
	return kern_release_is(6, 7) ? make(s, true, e) : make_from_list(s, e);
}

static int make_attached(const struct stack *s, int place, struct err *e)
{
	const struct flow_lowers *l = s->lowers;
	size_t attached = 0;
	int r = 0;

	while (r == 0 && attached < l->count) {
		r = kern_mount_attach(l->fds[attached], place);
		attached += r == 0;
	}
	int mount = r < 0 ? err_sys(e, r, "mounting a layer") : make_either_way(s, e);
	while (attached--)
		ignore(kern_mount_detach(l->fds[attached])); /* what stays goes with the mount namespace */
	return mount;
}

int flow_overlay_read(const struct flow_lowers *l, int empty, struct err *e)
{
	const struct stack s = {.lowers = l, .upper = -1, .work = -1, .empty = empty};
	int mount = make_either_way(&s, e);

	return mount < 0 ? err_wrap(e, mount, "stacking the layers") : mount;
}

int flow_overlay(const struct flow_lowers *l, int upper, int work, int place, struct err *e)
{
	const struct stack s = {.lowers = l, .upper = upper, .work = work, .empty = -1};
	bool attach = l->mapped && !kern_release_is(6, 15);
	int mount = attach ? make_attached(&s, place, e) : make_either_way(&s, e);

	return mount < 0 ? err_wrap(e, mount, "stacking the layers") : mount;
}
