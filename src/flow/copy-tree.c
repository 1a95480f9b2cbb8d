/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree copier behind "image unpack" and "cp". One name at a time below two descriptors, never through a link; a
 * file met under a second name becomes a hard link again.
 */
#include "copy-tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/arena.h"
#include "base/str.h"
#include "flow/container.h"

#define DEPTH_MAX 512
#define LINKS_BYTES_MAX (256u << 20)
#define XATTR_NAMES_MAX 65536
#define BUCKETS 4096
#define OVERFLOW_ID 65534

struct seen {
	struct seen *next;
	dev_t dev;
	ino_t ino;
	const char *path; /* below the destination */
};

struct copy {
	int to_root;
	struct arena arena;
	struct seen *seen[BUCKETS];
	char path[PATH_MAX];
	int depth;
	int64_t shift;
};

static struct seen **bucket_of(struct copy *c, const struct stat *st)
{
	return &c->seen[(st->st_ino ^ st->st_dev) % BUCKETS];
}

static const char *find_seen(struct copy *c, const struct stat *st)
{
	for (struct seen *s = *bucket_of(c, st); s; s = s->next)
		if (s->dev == st->st_dev && s->ino == st->st_ino)
			return s->path;
	return NULL;
}

static int remember(struct copy *c, const struct stat *st, struct err *e)
{
	struct seen *s = ARENA_NEW(&c->arena, struct seen);
	char *path = arena_str(&c->arena, c->path);

	if (!s || !path)
		return err_set(e, -ENOMEM, "too many hard links");
	*s = (struct seen){*bucket_of(c, st), st->st_dev, st->st_ino, path};
	*bucket_of(c, st) = s;
	return 0;
}

static int copy_xattrs(int from, int to, struct err *e)
{
	char names[XATTR_NAMES_MAX], value[XATTR_SIZE_MAX];
	ssize_t len = flistxattr(from, names, sizeof(names));

	for (char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		if (str_starts_with(name, "trusted."))
			continue;
		ssize_t size = fgetxattr(from, name, value, sizeof(value));
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0 && errno != ENOTSUP)
			return err_sys(e, -errno, "attribute %s", name);
	}
	return 0;
}

static uid_t shifted(const struct copy *c, uid_t id)
{
	int64_t moved = (int64_t)id + c->shift;

	/* Into a container only its own range, out of it nothing below zero. */
	bool fits = c->shift > 0 ? id < FLOW_RANGE_SIZE : moved >= 0;
	return fits ? (uid_t)moved : c->shift > 0 ? (uid_t)(c->shift + OVERFLOW_ID) : OVERFLOW_ID;
}

static int copy_attributes(const struct copy *c, int from, int to, const struct stat *st, struct err *e)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(to, shifted(c, st->st_uid), shifted(c, st->st_gid)) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return err_sys(e, -errno, "owner and mode");
	int r = copy_xattrs(from, to, e);
	return r < 0 ? r : futimens(to, times) < 0 ? err_sys(e, -errno, "time") : 0;
}

static int copy_content(int from, int to, off_t size, struct err *e)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;
		off_t hole = data < 0 ? size : lseek(from, data, SEEK_HOLE);
		if (data < 0)
			data = at;
		off_t in = data;
		if (lseek(to, data, SEEK_SET) < 0)
			return err_sys(e, -errno, "content");
		while (in < hole) {
			ssize_t n = sendfile(to, from, &in, (size_t)(hole - in));
			if (n < 0)
				return err_sys(e, -errno, "content");
			if (n == 0)
				return err_set(e, -EIO, "the file became shorter");
		}
		at = hole;
	}
	return ftruncate(to, size) < 0 ? err_sys(e, -errno, "content") : 0;
}

static int copy_file(struct copy *c, const struct flow_copy_one *one, const struct stat *st, struct err *e)
{
	int to_dir = one->to_dir;
	const char *name = one->to_name;
	const char *first = st->st_nlink > 1 ? find_seen(c, st) : NULL;

	if (first)
		return linkat(c->to_root, first, to_dir, name, 0) < 0 ? err_sys(e, -errno, "hard link") : 0;
	scoped_fd int from = openat(one->from_dir, one->from_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	scoped_fd int to =
		from < 0 ? -1 : openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, -errno, "opening the file");
	int r = copy_content(from, to, st->st_size, e);
	if (r == 0)
		r = copy_attributes(c, from, to, st, e);
	return r == 0 && st->st_nlink > 1 ? remember(c, st, e) : r;
}

static int copy_symlink(struct copy *c, const struct flow_copy_one *one, const struct stat *st, struct err *e)
{
	int to_dir = one->to_dir;
	const char *name = one->to_name;
	struct timespec times[2] = {st->st_atim, st->st_mtim};
	char target[PATH_MAX];
	ssize_t n = readlinkat(one->from_dir, one->from_name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, -errno, "symbolic link");
	target[n] = '\0';
	if (symlinkat(target, to_dir, name) < 0 ||
	    fchownat(to_dir, name, shifted(c, st->st_uid), shifted(c, st->st_gid), AT_SYMLINK_NOFOLLOW) < 0 ||
	    utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, -errno, "symbolic link");
	return 0;
}

static int copy_folder(struct copy *c, int from, int to, const struct stat *st, struct err *e);

static int copy_child(struct copy *c, const struct flow_copy_one *one, struct err *e)
{
	int from_dir = one->from_dir, to_dir = one->to_dir;
	const char *name = one->to_name;
	struct stat st;

	if (fstatat(from_dir, one->from_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, -errno, "reading %s", one->from_name);
	if (S_ISREG(st.st_mode))
		return copy_file(c, one, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_symlink(c, one, &st, e);
	/* A device node made by a container is a fact about the container, not a thing to have on the host. */
	if (S_ISFIFO(st.st_mode)) {
		if (mknodat(to_dir, name, st.st_mode & (S_IFMT | 0777), 0) < 0 ||
		    fchownat(to_dir, name, shifted(c, st.st_uid), shifted(c, st.st_gid), AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, -errno, "special file");
		return 0;
	}
	if (!S_ISDIR(st.st_mode))
		return 0; /* nor does a socket mean anything without its process */
	if (mkdirat(to_dir, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "making the folder");
	scoped_fd int from = openat(from_dir, one->from_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || to < 0)
		return err_sys(e, -errno, "opening the folder");
	return copy_folder(c, from, to, &st, e);
}

static int copy_children(struct copy *c, DIR *dir, int to, struct err *e)
{
	size_t base = strlen(c->path);
	struct dirent *ent;
	int r = 0;

	while (r == 0 && (ent = readdir(dir))) {
		if (str_eq(ent->d_name, ".") || str_eq(ent->d_name, ".."))
			continue;
		int n = snprintf(c->path + base, sizeof(c->path) - base, "%s%s", base ? "/" : "", ent->d_name);
		if (n < 0 || (size_t)n >= sizeof(c->path) - base)
			return err_set(e, -ENAMETOOLONG, "path longer than %d bytes", PATH_MAX);
		r = copy_child(c, &(struct flow_copy_one){dirfd(dir), ent->d_name, to, ent->d_name}, e);
		if (r < 0 && c->depth == 1)
			r = err_wrap(e, r, "%.300s", c->path);
		c->path[base] = '\0';
	}
	return r;
}

static int copy_folder(struct copy *c, int from, int to, const struct stat *st, struct err *e)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		close_keep_errno(fd);
		return err_sys(e, -errno, "reading the folder");
	}
	int r = ++c->depth > DEPTH_MAX ? err_set(e, -ELOOP, "folders nested deeper than %d", DEPTH_MAX)
				       : copy_children(c, dir, to, e);
	c->depth--;
	closedir(dir);
	return r == 0 ? copy_attributes(c, from, to, st, e) : r;
}

int flow_copy_one(const struct flow_copy_one *one, int64_t shift, struct err *e)
{
	struct copy c = {.to_root = one->to_dir, .arena = ARENA_INIT(LINKS_BYTES_MAX), .shift = shift};
	mode_t mask = umask(0);
	int r = snprintf(c.path, sizeof(c.path), "%s", one->to_name) < 0 ? -EINVAL : 0;

	if (unlinkat(one->to_dir, one->to_name, 0) < 0 && errno != ENOENT && errno != EISDIR && errno != EPERM)
		r = -errno;
	r = r < 0 ? err_sys(e, r, "%s", one->to_name) : copy_child(&c, one, e);
	umask(mask);
	arena_done(&c.arena);
	return r;
}

int flow_copy_tree(int from, int to, int64_t shift, struct err *e)
{
	struct copy c = {.to_root = to, .arena = ARENA_INIT(LINKS_BYTES_MAX), .shift = shift};
	struct stat st;
	mode_t mask = umask(0);
	int r = fstat(from, &st) < 0 ? err_sys(e, -errno, "reading the folder") : copy_folder(&c, from, to, &st, e);

	umask(mask);
	arena_done(&c.arena);
	return r;
}
