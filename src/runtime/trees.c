/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening what comes from the host: the root file system, bind sources and device nodes, each as a detached copy of
 * its mount. A source is walked to once; what stands at its path afterwards does not matter any more.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/str.h"
#include "devices.h"
#include "ids.h"
#include "kern/mount.h"
#include "spawn.h"

/* A copy of the mount at PATH, found without following any link where the caller says that there is none. */
static int clone_source(const char *path, bool recursive, bool real)
{
	if (!real)
		return kern_mount_clone(AT_FDCWD, path, recursive);
	scoped_fd int fd = path_openat2(AT_FDCWD, path, O_PATH, 0, RESOLVE_NO_SYMLINKS);
	return fd < 0 ? fd : kern_mount_clone(fd, "", recursive);
}

/* PROPAGATION is what the copy keeps of its source's: MS_PRIVATE nothing, MS_SLAVE what it receives, MS_SHARED all. */
static int open_clone(const char *path, bool recursive, bool real, uint64_t propagation)
{
	int tree = clone_source(path, recursive, real);

	/* In a less privileged mount namespace, what is mounted below cannot be left behind. */
	if (tree == -EINVAL && !recursive)
		tree = clone_source(path, true, real);
	int r = tree < 0 || propagation == MS_SHARED ? 0 : kern_mount_set(tree, true, 0, 0, propagation);
	if (r < 0)
		close(tree);
	return r < 0 ? r : tree;
}

static int map_ids(const struct launch *l, const struct launch_mount *m, struct err *e)
{
	const struct oci_id_mappings *uids = &m->spec->uid_mappings, *gids = &m->spec->gid_mappings;

	if (!uids->count) {
		uids = &l->spec->linux_.uid_mappings;
		gids = &l->spec->linux_.gid_mappings;
	}
	if (!uids->count)
		return err_set(e, -EINVAL, "idmap needs uidMappings of the mount or of the container");
	scoped_fd int userns = ids_userns(uids, gids, e);
	if (userns < 0)
		return userns;
	int r = kern_mount_idmap(m->tree, m->options.ridmap, userns);
	return r < 0 ? err_sys(e, r, "cannot map ids on %s%s", m->spec->source,
			       r == -EINVAL ? " (its file system may not support it)" : "")
		     : 0;
}

static int check_source(struct launch *l, struct launch_mount *m, const char *path, struct err *e)
{
	struct stat st;

	if (m->tree < 0 || fstat(m->tree, &st) < 0)
		return err_sys(e, m->tree < 0 ? m->tree : -errno, "cannot open the source %s", path);
	m->source_is_dir = S_ISDIR(st.st_mode);
	bool mapped = m->options.idmap || m->spec->uid_mappings.count;
	return mapped ? map_ids(l, m, e) : 0;
}

static char *source_path(const struct launch *l, const struct launch_mount *m)
{
	return m->spec->source[0] == '/' ? arena_str(l->arena, m->spec->source)
					 : arena_printf(l->arena, "%s/%s", l->container->bundle, m->spec->source);
}

/* The part of PATH below the root file system; NULL when it is elsewhere. */
static const char *below_root(const struct launch *l, const char *path)
{
	const char *root = l->container->rootfs;
	size_t len = strlen(root);

	return len > 1 && strncmp(path, root, len) == 0 && path[len] == '/' ? path + len : NULL;
}

static int open_bind(struct launch *l, struct launch_mount *m, struct err *e)
{
	if (!m->spec->source || !*m->spec->source)
		return err_set(e, -EINVAL, "a bind mount needs a source");
	char *path = source_path(l, m);
	if (!path)
		return err_set(e, -ENOMEM, "out of memory");
	uint64_t keeps = m->options.propagation == MS_SHARED || m->options.propagation == MS_SLAVE
				 ? m->options.propagation
				 : MS_PRIVATE;
	m->tree = open_clone(path, m->options.rbind, l->sources_are_real, keeps);
	if (m->tree == -ENOENT && below_root(l, path))
		return 0; /* an earlier mount may bring it */
	return check_source(l, m, path, e);
}

int spawn_open_late(struct launch *l, struct launch_mount *m, struct err *e)
{
	char *path = source_path(l, m);
	const char *inside = path ? below_root(l, path) : NULL;

	if (!inside)
		return err_set(e, path ? -ENOENT : -ENOMEM, "cannot open the source %s", m->spec->source);
	scoped_fd int fd = path_open_in_root(l->root, inside, O_PATH, 0);
	m->tree = fd < 0 ? fd : kern_mount_clone(fd, "", m->options.rbind);
	return check_source(l, m, path, e);
}

static int open_devices(struct launch *l, struct err *e)
{
	for (size_t i = 0; i < DEFAULT_DEVICES; i++) {
		char path[32];
		struct stat st;
		snprintf(path, sizeof(path), "/dev/%s", default_devices[i].name);
		l->devices[i] = kern_mount_clone(AT_FDCWD, path, false);
		if (l->devices[i] < 0 || fstat(l->devices[i], &st) < 0)
			return err_sys(e, l->devices[i] < 0 ? l->devices[i] : -errno, "cannot open the host's %s",
				       path);
		if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(default_devices[i].major, default_devices[i].minor))
			return err_set(e, -ENODEV, "the host's %s is not the device of that name", path);
	}
	return 0;
}

static int open_root(struct launch *l, struct err *e)
{
	struct stat st;

	l->root = kern_mount_clone(AT_FDCWD, l->container->rootfs, true);
	if (l->root < 0 || fstat(l->root, &st) < 0)
		return err_sys(e, l->root < 0 ? l->root : -errno, "cannot open root.path %s", l->container->rootfs);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, -ENOTDIR, "root.path %s is not a folder", l->container->rootfs);
	return 0;
}

int spawn_open_trees(struct launch *l, struct err *e)
{
	if (!(l->new_namespaces & CLONE_NEWNS))
		return 0;
	int r = open_root(l, e);

	for (size_t i = 0; r == 0 && i < l->spec->mounts.count; i++) {
		struct launch_mount *m = &l->mounts[i];
		/* "bind" is an option; some generators write it as the type alone. */
		if (str_eq(m->spec->type, "bind"))
			m->options.bind = true;
		if (!m->options.bind || m->options.remount)
			continue;
		r = open_bind(l, m, e);
		if (r < 0)
			err_wrap(e, r, "mounts[%zu] (%s)", i, m->spec->destination);
	}
	bool in_userns = l->own_userns || l->join[OCI_NS_USER] >= 0 || l->rootless;
	if (r == 0 && in_userns)
		r = open_devices(l, e);
	return r;
}
