/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes and the links of /dev (config-linux.md, "Default Devices" and "Devices"). Nodes are made where the
 * kernel lets us, and are the host's own, bound, under a user namespace.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/str.h"
#include "devices.h"
#include "kern/mount.h"

const struct default_device default_devices[DEFAULT_DEVICES] = {
	{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
};

static int bind_node(int dir, const char *name, int tree)
{
	scoped_fd int made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (made < 0 && errno != EEXIST)
		return -errno;
	scoped_fd int target = path_open_beneath(dir, name, O_PATH | O_NOFOLLOW, 0);
	return target < 0 ? target : kern_mount_attach(tree, target);
}

static int default_node(const struct launch *l, int dev, size_t i)
{
	const struct default_device *d = &default_devices[i];

	if (l->devices[i] >= 0)
		return bind_node(dev, d->name, l->devices[i]);
	if (mknodat(dev, d->name, S_IFCHR | 0666, makedev(d->major, d->minor)) == 0)
		/* The umask of whoever started us has no say here. */
		return fchmodat(dev, d->name, 0666, 0) < 0 ? -errno : 0;
	return errno == EEXIST ? 0 : -errno;
}

static mode_t node_type(char type)
{
	return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

/* The path without slashes at its end, split into folder and name. */
static int split_device(const char *path, char folder[4096], char name[256])
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	size_t slash = len;
	while (slash && path[slash - 1] != '/')
		slash--;
	if (!slash || len == slash || len - slash >= 256 || slash >= 4096)
		return -EINVAL;
	memcpy(folder, path, slash);
	folder[slash] = '\0';
	memcpy(name, path + slash, len - slash);
	name[len - slash] = '\0';
	return str_eq(name, "..") || str_eq(name, ".") ? -EINVAL : 0;
}

/* Mode and owner exactly as they are asked for, whatever the umask of whoever started us. */
static int set_owner(int dir, const char *name, const struct oci_device *d)
{
	mode_t mode = d->file_mode.set ? (mode_t)d->file_mode.value & 07777 : 0666;

	if (fchownat(dir, name, d->uid.set ? (uid_t)d->uid.value : 0, d->gid.set ? (gid_t)d->gid.value : 0,
		     AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return fchmodat(dir, name, mode, 0) < 0 ? -errno : 0;
}

static bool is_that_device(const struct stat *st, const struct oci_device *d)
{
	return (st->st_mode & S_IFMT) == node_type(d->type) &&
	       (d->type == 'p' || st->st_rdev == makedev((unsigned)d->major, (unsigned)d->minor));
}

/* What the image has under the name already: the right node stays. */
static int keep_node(int dir, const char *name, const struct oci_device *d)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return is_that_device(&st, d) ? set_owner(dir, name, d) : -EEXIST;
}

/* Under a user namespace the host's node of the same name stands in, when it is that device. */
static int bind_hosts_node(int dir, const char *name, const struct oci_device *d)
{
	struct stat st;
	scoped_fd int tree = kern_mount_clone(AT_FDCWD, d->path, false);

	if (tree < 0 || fstat(tree, &st) < 0)
		return tree < 0 ? tree : -errno;
	return is_that_device(&st, d) ? bind_node(dir, name, tree) : -ENODEV;
}

static int spec_node(const struct launch *l, const struct oci_device *d)
{
	char folder[4096], name[256];
	int r = split_device(d->path, folder, name);
	scoped_fd int dir = r < 0 ? r : path_mkdirs_in_root(l->root, folder, 0755);

	if (dir < 0)
		return dir;
	if (mknodat(dir, name, node_type(d->type) | 0600, makedev((unsigned)d->major, (unsigned)d->minor)) == 0)
		return set_owner(dir, name, d);
	if (errno == EPERM)
		return bind_hosts_node(dir, name, d);
	return errno == EEXIST ? keep_node(dir, name, d) : -errno;
}

/* Links are made where nothing of that name is; an image's own /dev keeps what it has. */
static int make_links(int dev)
{
	static const struct {
		const char *name, *text;
	} links[] = {
		{"fd", "/proc/self/fd"},
		{"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"},
	};
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		if (symlinkat(links[i].text, dev, links[i].name) < 0 && errno != EEXIST)
			return -errno;
	/* /dev/ptmx is always ours: another one could be the host's. */
	if (unlinkat(dev, "ptmx", 0) < 0 && errno != ENOENT)
		return errno == EROFS ? 0 : -errno;
	return symlinkat("pts/ptmx", dev, "ptmx") < 0 ? -errno : 0;
}

int rootfs_devices(struct launch *l, int dev, struct err *e)
{
	for (size_t i = 0; i < l->spec->linux_.devices.count; i++) {
		const struct oci_device *d = &l->spec->linux_.devices.at[i];
		int r = spec_node(l, d);
		if (r < 0)
			return err_sys(e, r, "linux.devices[%zu]: cannot make %s", i, d->path);
	}
	for (size_t i = 0; i < DEFAULT_DEVICES; i++) {
		int r = default_node(l, dev, i);
		if (r < 0)
			return err_sys(e, r, "cannot make /dev/%s", default_devices[i].name);
	}
	int r = make_links(dev);
	return r < 0 ? err_sys(e, r, "cannot make the links in /dev") : 0;
}
