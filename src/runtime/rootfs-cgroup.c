/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's view of its control groups.
 */
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "rootfs.h"

static int attach_with(int tree, int target, const struct mount_options *o)
{
	int r = kern_mount_attach(tree, target);
	return r < 0 ? r : kern_mount_set(tree, false, o->attr_set, o->attr_clear, 0);
}

/* In a cgroup namespace a new mount shows the container's own group as the root. */
static int mount_unified(const struct launch *l, const struct launch_mount *m, int target, struct err *e)
{
	scoped_fd int tree = -1;

	if (l->new_namespaces & CLONE_NEWCGROUP) {
		scoped_fd int fs = kern_fs_open("cgroup2", NULL);
		tree = fs < 0 ? fs : kern_fs_mount(fs, 0, NULL);
		if (tree < 0)
			tree = kern_mount_clone(AT_FDCWD, l->cgroup->at[l->cgroup->v2].dir, false);
	} else {
		/* The same view as a new mount would give, without the grace period that making one waits for. */
		tree = kern_mount_clone(AT_FDCWD, "/sys/fs/cgroup", false);
	}
	int r = tree < 0 ? tree : attach_with(tree, target, &m->options);
	return r < 0 ? err_sys(e, r, "cannot mount the cgroup file system") : 0;
}

/* "cpu" and "cpuacct" as links to "cpu,cpuacct". */
static int link_controllers(int root, const char *name)
{
	SCOPED(strv) struct strv parts = {0};

	if (!strchr(name, ','))
		return 0;
	int r = strv_split(&parts, name, ',');
	for (size_t i = 0; r == 0 && i < parts.count; i++)
		if (symlinkat(name, root, parts.items[i]) < 0 && errno != EEXIST)
			r = -errno;
	return r;
}

static int mount_hierarchy(const struct launch *l, size_t i, int root, const struct mount_options *o)
{
	const char *name = l->cgroup->at[i].name;
	const char *folder = !*name ? "unified" : str_starts_with(name, "name=") ? name + 5 : name;

	if (mkdirat(root, folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	scoped_fd int target = path_open_beneath(root, folder, O_PATH | O_DIRECTORY, 0);
	if (target < 0)
		return target;
	scoped_fd int tree = kern_mount_clone(AT_FDCWD, l->cgroup->at[i].dir, false);
	int r = tree < 0 ? tree : attach_with(tree, target, o);
	return r < 0 ? r : link_controllers(root, name);
}

static int mount_v1(const struct launch *l, const struct launch_mount *m, int target, struct err *e)
{
	scoped_fd int fs = kern_fs_open("tmpfs", e);
	int r = fs < 0 ? fs : kern_fs_set(fs, "mode", "755", e);
	scoped_fd int tree = r < 0 ? r : kern_fs_mount(fs, 0, e);

	if (tree < 0)
		return tree;
	/* Attached first: only what is attached can be mounted upon before Linux 6.15. */
	r = kern_mount_attach(tree, target);
	for (size_t i = 0; r == 0 && i < l->cgroup->count; i++)
		r = mount_hierarchy(l, i, tree, &m->options);
	if (r == 0)
		r = kern_mount_set(tree, false, m->options.attr_set, m->options.attr_clear, 0);
	return r < 0 ? err_sys(e, r, "cannot mount the cgroup hierarchies") : 0;
}

int rootfs_mount_cgroup(const struct launch *l, const struct launch_mount *m, int target, struct err *e)
{
	if (!l->cgroup || l->cgroup->count == 0)
		return 0; /* rootless without any group: there is nothing to show */
	bool unified = l->cgroup->count == 1 && l->cgroup->v2 == 0;
	return unified ? mount_unified(l, m, target, e) : mount_v1(l, m, target, e);
}
