/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's file tree, built by the child in its own mount namespace: the root put over the host's, then every
 * mount of the specification attached inside it, by descriptor, with names resolved by the kernel inside the new root.
 *
 * /proc, /sys and /dev must be ordinary folders of the image: a link there would let an image choose where the kernel's
 * own file systems appear, and through them where this program writes.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/path.h"
#include "base/str.h"
#include "kern/mount.h"
#include "launch.h"
#include "rootfs.h"
#include "spawn.h"

/* Files of /proc that a mount may cover; anything else there would lie to programs about their own processes. */
static bool proc_path_allowed(const char *path)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
		"/proc/net/dev",
	};
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (str_eq(path, allowed[i]))
			return true;
	return false;
}

static bool is_kernel_folder(const char *path)
{
	return str_eq(path, "/proc") || str_eq(path, "/sys") || str_eq(path, "/dev");
}

/* The folder or file that a mount goes onto, made when it is missing. */
static int open_target(const struct launch *l, const char *path, bool folder, struct err *e)
{
	int fd;

	if (is_kernel_folder(path)) {
		fd = path_openat2(l->root, path, O_PATH | O_DIRECTORY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
		if (fd == -ELOOP || fd == -ENOTDIR)
			return err_set(e, -ELOOP, "%s must be mounted on ordinary directory: it is none in this image",
				       path);
	} else {
		fd = path_open_in_root(l->root, path, O_PATH, 0);
	}
	if (fd == -ENOENT && folder)
		fd = path_mkdirs_in_root(l->root, path, 0755);
	else if (fd == -ENOENT)
		fd = path_make_file_in_root(l->root, path);
	return fd < 0 ? err_sys(e, fd, "cannot open or make the mount point %s in the container", path) : fd;
}

/* What mounting on a target below /proc may be: the place is looked at after links are resolved. */
static int check_proc_target(int target, const char *path, const struct launch_mount *m, struct err *e)
{
	struct statfs fs;

	if (fstatfs(target, &fs) < 0)
		return err_sys(e, -errno, "statfs of %s", path);
	bool is_proc = fs.f_type == PROC_SUPER_MAGIC;
	bool onto_proc = str_eq(path, "/proc") || str_eq(path, "/proc/");
	if (onto_proc && m->tree >= 0 && (fstatfs(m->tree, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return err_set(e, -EPERM, "only a proc file system may be mounted on /proc");
	if (onto_proc && m->tree < 0 && !str_eq(m->spec->type, "proc"))
		return err_set(e, -EPERM, "only a proc file system may be mounted on /proc");
	if (is_proc && !onto_proc && !proc_path_allowed(path))
		return err_set(e, -EPERM, "%s leads into /proc, where mounts are refused", path);
	return 0;
}

static int set_attributes(int tree, const struct mount_options *o, uint64_t without)
{
	int r = 0;

	if (o->attr_rec_set || o->attr_rec_clear)
		r = kern_mount_set(tree, true, o->attr_rec_set, o->attr_rec_clear, 0);
	if (r == 0 && ((o->attr_set & ~without) || o->attr_clear))
		r = kern_mount_set(tree, false, o->attr_set & ~without, o->attr_clear, 0);
	return r;
}

/* The propagation named by the options, set where it has its effect: after the mount is in its place. */
static int set_propagation(int tree, const struct mount_options *o)
{
	return o->propagation ? kern_mount_set(tree, o->propagation_recursive, 0, 0, o->propagation) : 0;
}

static bool has_option(const struct launch_mount *m, const char *beginning)
{
	for (size_t i = 0; i < m->options.data.count; i++)
		if (str_starts_with(m->options.data.at[i], beginning))
			return true;
	return false;
}

/* A tmpfs whose mode is not given has that of the folder it covers, so that /tmp stays for everybody. */
static int set_mode_of(int fs, const struct launch_mount *m, int target, struct err *e)
{
	char text[8];
	struct stat st;

	if (!str_eq(m->spec->type, "tmpfs") || has_option(m, "mode="))
		return 0;
	if (fstat(target, &st) < 0)
		return err_sys(e, -errno, "cannot look at the mount point");
	snprintf(text, sizeof(text), "%o", st.st_mode & 07777);
	return kern_fs_set(fs, "mode", text, e);
}

/* Makes a file system with the options of M, to cover TARGET, and returns its detached mount. */
static int make_file_system(const struct launch_mount *m, const char *type, int target, struct err *e)
{
	scoped_fd int fs = kern_fs_open(type, e);
	int r = fs < 0 ? fs : 0;

	if (r == 0 && m->spec->source && m->spec->source[0])
		r = kern_fs_set(fs, "source", m->spec->source, e);
	if (r == 0)
		r = set_mode_of(fs, m, target, e);
	for (size_t i = 0; r == 0 && i < m->options.data.count; i++) {
		char key[256];
		const char *word = m->options.data.at[i];
		const char *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : strlen(word);
		if (len >= sizeof(key))
			return err_set(e, -EINVAL, "mount option \"%.32s...\" is too long", word);
		memcpy(key, word, len);
		key[len] = '\0';
		r = kern_fs_set(fs, key, equals ? equals + 1 : NULL, e);
	}
	return r < 0 ? r : kern_fs_mount(fs, 0, e);
}

/* Through mount(2): fsconfig(2) takes values of at most 255 bytes, and an overlay's lists of folders are longer. */
static int mount_by_data(const struct launch *l, const struct launch_mount *m, int target, struct err *e)
{
	SCOPED(buf) struct buf data = BUF_INIT(4095);
	scoped_fd int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < m->options.data.count; i++)
		buf_printf(&data, "%s%s", i ? "," : "", m->options.data.at[i]);
	if (buf_error(&data) || back < 0)
		return err_sys(e, -EMSGSIZE, "mount options of %s", m->spec->destination);
	int r = fchdir(target) < 0 || mount(m->spec->source, ".", m->spec->type, 0, buf_str(&data)) < 0 ? -errno : 0;
	ignore(fchdir(back)); /* the cwd only matters again after it is set for the process */
	if (r < 0)
		return r;
	int tree = path_open_in_root(l->root, m->spec->destination, O_PATH, 0);
	return tree;
}

static bool has_long_data(const struct launch_mount *m)
{
	for (size_t i = 0; i < m->options.data.count; i++)
		if (strlen(m->options.data.at[i]) > 255)
			return true;
	return false;
}

/* Read-only tmpfs mounts are closed for writing only when nodes, files and folders have been made in them. */
static bool closes_late(const struct launch_mount *m)
{
	return m->tree < 0 && str_eq(m->spec->type, "tmpfs") && (m->options.attr_set & MOUNT_ATTR_RDONLY);
}

static int new_mount(const struct launch *l, const struct launch_mount *m, int target, struct err *e)
{
	scoped_fd int tree = -1;
	int r = 0;

	if (has_long_data(m)) {
		tree = mount_by_data(l, m, target, e);
		if (tree < 0)
			return err_sys(e, tree, "mount %s", m->spec->type);
	} else {
		tree = make_file_system(m, m->spec->type, target, e);
		if (tree < 0)
			return tree;
		if (m->options.copy_up)
			r = rootfs_copy_up(target, tree, e);
		if (r == 0)
			r = kern_mount_attach(tree, target);
	}
	if (r == 0)
		r = set_attributes(tree, &m->options, closes_late(m) ? MOUNT_ATTR_RDONLY : 0);
	if (r == 0)
		r = set_propagation(tree, &m->options);
	return r < 0 && e->code == 0 ? err_sys(e, r, "cannot mount") : r;
}

static int bind_mount(const struct launch_mount *m, int target, struct err *e)
{
	int r = kern_mount_attach(m->tree, target);

	if (r == 0)
		r = set_attributes(m->tree, &m->options, 0);
	if (r == 0)
		r = set_propagation(m->tree, &m->options);
	return r < 0 ? err_sys(e, r, "cannot bind %s", m->spec->source) : 0;
}

static int remount(const struct launch *l, const struct launch_mount *m, struct err *e)
{
	scoped_fd int tree = path_open_in_root(l->root, m->spec->destination, O_PATH, 0);
	int r = tree < 0 ? tree : set_attributes(tree, &m->options, 0);

	if (r == 0)
		r = set_propagation(tree, &m->options);
	return r < 0 ? err_sys(e, r, "cannot remount") : 0;
}

static int do_mount(struct launch *l, struct launch_mount *m, struct err *e)
{
	const char *path = m->spec->destination;

	if (m->options.remount)
		return remount(l, m, e);
	int late = m->options.bind && m->tree < 0 ? spawn_open_late(l, m, e) : 0;
	if (late < 0)
		return late;
	bool folder = m->tree < 0 || m->source_is_dir;
	scoped_fd int target = open_target(l, path, folder, e);
	if (target < 0)
		return target;
	int r = check_proc_target(target, path, m, e);
	if (r < 0)
		return r;
	if (m->tree >= 0)
		return bind_mount(m, target, e);
	if (str_eq(m->spec->type, "cgroup") || str_eq(m->spec->type, "cgroup2"))
		return rootfs_mount_cgroup(l, m, target, e);
	return new_mount(l, m, target, e);
}

static int close_late(const struct launch *l, struct err *e)
{
	for (size_t i = 0; i < l->spec->mounts.count; i++) {
		const struct launch_mount *m = &l->mounts[i];
		if (!closes_late(m))
			continue;
		scoped_fd int tree = path_open_in_root(l->root, m->spec->destination, O_PATH, 0);
		int r = tree < 0 ? tree : kern_mount_set(tree, false, MOUNT_ATTR_RDONLY, 0, 0);
		if (r < 0)
			return err_sys(e, r, "cannot make %s read-only", m->spec->destination);
	}
	return 0;
}

/* Whether the specification puts a file system of its own on /dev, to be filled with nodes. */
static bool dev_needs_nodes(const struct launch *l)
{
	for (size_t i = 0; i < l->spec->mounts.count; i++)
		if (l->mounts[i].tree >= 0 && str_eq(l->mounts[i].spec->destination, "/dev"))
			return false;
	return true;
}

/* The folder the process will start in is made, as runc does; a failure shows when it is entered. */
static void make_cwd(const struct launch *l)
{
	int fd = path_mkdirs_in_root(l->root, l->process->cwd, 0755);
	if (fd >= 0)
		close(fd);
}

static int attach_root(const struct launch *l, struct err *e)
{
	const char *propagation = l->spec->linux_.rootfs_propagation;
	/* The host keeps sending its changes here unless asked not to; nothing of here reaches the host. */
	int r = kern_mount_propagation_all(MS_SLAVE);
	/* Where it is on the host, so that hooks find the mounts there; over everything where we may not go there. */
	scoped_fd int over = open(l->container->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (over < 0)
		over = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (r == 0 && over < 0)
		r = -errno;
	if (r == 0 && !str_eq(propagation, "shared") && !str_eq(propagation, "rshared"))
		r = kern_mount_set(l->root, true, 0, 0,
				   str_eq(propagation, "slave") || str_eq(propagation, "rslave") ? MS_SLAVE
												 : MS_PRIVATE);
	if (r == 0)
		r = kern_mount_attach(l->root, over);
	return r < 0 ? err_sys(e, r, "cannot attach the root file system") : 0;
}

int rootfs_build(struct launch *l, struct err *e)
{
	int r = attach_root(l, e);

	for (size_t i = 0; r == 0 && i < l->spec->mounts.count; i++) {
		r = do_mount(l, &l->mounts[i], e);
		if (r < 0)
			err_wrap(e, r, "mounts[%zu] (%s)", i, l->mounts[i].spec->destination);
	}
	if (r == 0 && dev_needs_nodes(l)) {
		scoped_fd int dev = open_target(l, "/dev", true, e);
		r = dev < 0 ? dev : rootfs_devices(l, dev, e);
	}
	if (r == 0)
		make_cwd(l);
	return r;
}

int rootfs_use(struct launch *l, struct err *e)
{
	l->root = open(l->container->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return l->root < 0 ? err_sys(e, -errno, "cannot open root.path %s in the mount namespace", l->container->rootfs)
			   : 0;
}

int rootfs_chroot(struct launch *l, struct err *e)
{
	return fchdir(l->root) < 0 || chroot(".") < 0 || chdir("/") < 0
		       ? err_sys(e, -errno, "cannot make the container's root the root")
		       : 0;
}

/* Sharing starts once the root is in place: pivot_root(2) wants it unshared. */
static int set_root_propagation(const struct launch *l)
{
	const char *name = l->spec->linux_.rootfs_propagation;
	bool recursive = name && name[0] == 'r';

	if (str_eq(name, "shared") || str_eq(name, "rshared"))
		return kern_mount_set(l->root, recursive, 0, 0, MS_SHARED);
	if (str_eq(name, "unbindable") || str_eq(name, "runbindable"))
		return kern_mount_set(l->root, recursive, 0, 0, MS_UNBINDABLE);
	return 0;
}

int rootfs_enter(struct launch *l, struct err *e)
{
	int r = close_late(l, e);
	if (r < 0)
		return r;
	if (l->no_pivot)
		r = rootfs_chroot(l, e);
	else
		r = kern_pivot_root(l->root);
	if (r < 0)
		return l->no_pivot ? r : err_sys(e, r, "cannot make the container's root the root");
	r = set_root_propagation(l);
	if (r == 0 && l->spec->root_readonly)
		r = kern_mount_set(l->root, false, MOUNT_ATTR_RDONLY, 0, 0);
	return r < 0 ? err_sys(e, r, "cannot set the attributes of the root") : 0;
}
