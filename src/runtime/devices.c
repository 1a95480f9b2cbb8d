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

static int spec_node(const struct launch *l, const struct oci_device *d)
{
	char folder[4096];
	const char *slash = strrchr(d->path, '/');
	mode_t mode = d->file_mode.set ? (mode_t)d->file_mode.value & 07777 : 0666;

	if (strlen(d->path) >= sizeof(folder) || !slash[1] || str_eq(slash, "/.."))
		return -EINVAL;
	memcpy(folder, d->path, (size_t)(slash - d->path));
	folder[slash - d->path] = '\0';
	scoped_fd int dir = path_mkdirs_in_root(l->root, folder[0] ? folder : "/", 0755);
	if (dir < 0)
		return dir;
	const char *name = slash + 1;
	if (mknodat(dir, name, node_type(d->type) | mode, makedev((unsigned)d->major, (unsigned)d->minor)) < 0) {
		if (errno == EEXIST)
			return 0;
		if (errno != EPERM)
			return -errno;
		/* Under a user namespace the host's node of the same name stands in. */
		scoped_fd int tree = kern_mount_clone(AT_FDCWD, d->path, false);
		return tree < 0 ? tree : bind_node(dir, name, tree);
	}
	if (fchmodat(dir, name, mode, 0) < 0)
		return -errno;
	if ((d->uid.set || d->gid.set) &&
	    fchownat(dir, name, d->uid.set ? (uid_t)d->uid.value : (uid_t)-1,
		     d->gid.set ? (gid_t)d->gid.value : (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
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
