/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a directory descriptor. The kernel resolves every untrusted name (openat2(2)), so that there is no
 * moment between a check and its use.
 */
#include "base/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/str.h"

#define EAGAIN_TRIES 64

int path_openat2(int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};

	for (int tries = 0;; tries++) {
		long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0)
			return (int)fd;
		if ((errno != EAGAIN && errno != EINTR) || tries >= EAGAIN_TRIES)
			return -errno;
	}
}

int path_open_in_root(int rootfd, const char *path, uint64_t flags, mode_t mode)
{
	return path_openat2(rootfd, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int path_open_beneath(int dirfd, const char *path, uint64_t flags, mode_t mode)
{
	return path_openat2(dirfd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

#define LINKS_MAX 40 /* as the kernel follows */

/* Splits PATH at its last slash; FOLDER is "/" where there is none. */
static int split(const char *path, char folder[4096], const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (len >= 4096)
		return -ENAMETOOLONG;
	memcpy(folder, len ? path : "/", len ? len : 1);
	folder[len ? len : 1] = '\0';
	*ret_name = slash ? slash + 1 : path;
	return 0;
}

/* Where the link NAME in the folder at PARENT leads, as a path inside the root. */
static int target_of(int dir, const char *parent, const char *name, char *ret_path, size_t size)
{
	char text[4096];
	ssize_t len = readlinkat(dir, name, text, sizeof(text) - 1);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	int n = text[0] == '/' ? snprintf(ret_path, size, "%s", text) : snprintf(ret_path, size, "%s/%s", parent, text);
	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static int make_folders(int rootfd, const char *path, mode_t mode, int depth);

/* Opens the folder PATH inside ROOTFD; makes its last part when that alone is missing, where a link leads that dangles. */
static int open_or_make(int rootfd, const char *path, mode_t mode, int depth)
{
	char parent[4096], target[4096];
	const char *name;
	int fd = path_open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);
	if (fd != -ENOENT)
		return fd;
	int r = split(path, parent, &name);
	scoped_fd int dir = r < 0 ? r : path_open_in_root(rootfd, parent, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return dir;
	if (mkdirat(dir, name, mode) == 0)
		return path_open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);
	if (errno != EEXIST)
		return -errno;
	if (depth == LINKS_MAX)
		return -ELOOP;
	r = target_of(dir, parent, name, target, sizeof(target));
	if (r == -EINVAL) /* no link: somebody else made the folder */
		return path_open_in_root(rootfd, path, O_PATH | O_DIRECTORY, 0);
	return r < 0 ? r : make_folders(rootfd, target, mode, depth + 1);
}

static int make_folders(int rootfd, const char *path, mode_t mode, int depth)
{
	char so_far[4096];
	size_t len = strlen(path);

	if (len >= sizeof(so_far))
		return -ENAMETOOLONG;
	int fd = path_open_in_root(rootfd, len ? path : "/", O_PATH | O_DIRECTORY, 0);
	if (fd != -ENOENT)
		return fd;
	fd = -ENOENT;
	memcpy(so_far, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if ((so_far[i] != '/' && so_far[i] != '\0') || so_far[i - 1] == '/')
			continue;
		char cut = so_far[i];
		so_far[i] = '\0';
		if (fd >= 0)
			close(fd);
		fd = open_or_make(rootfd, so_far, mode, depth);
		so_far[i] = cut;
		if (fd < 0)
			return fd;
	}
	return fd;
}

int path_mkdirs_in_root(int rootfd, const char *path, mode_t mode)
{
	return make_folders(rootfd, path, mode, 0);
}

static int make_file(int rootfd, const char *path, int depth)
{
	char folder[4096], target[4096];
	const char *name;
	int r = split(path, folder, &name);

	if (r < 0 || !*name)
		return r < 0 ? r : -EINVAL;
	scoped_fd int dir = make_folders(rootfd, folder, 0755, depth);
	if (dir < 0)
		return dir;
	scoped_fd int made = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made >= 0)
		return path_open_in_root(rootfd, path, O_PATH, 0);
	if (errno != EEXIST)
		return -errno;
	r = depth == LINKS_MAX ? -ELOOP : target_of(dir, folder, name, target, sizeof(target));
	return r < 0 ? (r == -EINVAL ? -EEXIST : r) : make_file(rootfd, target, depth + 1);
}

int path_make_file_in_root(int rootfd, const char *path)
{
	return make_file(rootfd, path, 0);
}

int path_mkdirs(const char *path, mode_t mode)
{
	char so_far[4096];
	size_t len = strlen(path);

	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return -errno;
	if (len >= sizeof(so_far))
		return -ENAMETOOLONG;
	memcpy(so_far, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (so_far[i] != '/' && so_far[i] != '\0')
			continue;
		char cut = so_far[i];
		so_far[i] = '\0';
		if (mkdir(so_far, mode) < 0 && errno != EEXIST)
			return -errno;
		so_far[i] = cut;
	}
	return 0;
}

/* To the end; STEP bytes at a time. */
static int read_to_end(int fd, size_t step, struct buf *b)
{
	size_t start = b->len;

	for (;;) {
		size_t room = b->max - b->len;
		char *at = buf_reserve(b, MIN_OF(step, room));
		if (!at)
			return b->error;
		char extra;
		ssize_t got = room ? read(fd, at, MIN_OF(step, room)) : read(fd, &extra, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			b->data[b->len] = '\0';
			return got < 0 ? -errno : 0;
		}
		if (!room) {
			b->len = start;
			b->data[start] = '\0';
			return -EFBIG;
		}
		b->len += (size_t)got;
	}
}

int path_read_file(int dirfd, const char *path, struct buf *b)
{
	struct stat st;
	scoped_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	/* Kernel files report no size; one read of 4 KiB takes most of them. */
	return read_to_end(fd, st.st_size > 0 ? (size_t)st.st_size + 1 : 4096, b);
}

int path_read_given(const char *path, struct buf *b)
{
	struct stat st;
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !S_ISCHR(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return read_to_end(fd, 65536, b);
}

int path_write_kernel(int dirfd, const char *path, const char *data)
{
	scoped_fd int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(data);

	if (fd < 0)
		return -errno;
	ssize_t wrote = write(fd, data, len);
	if (wrote < 0)
		return -errno;
	return (size_t)wrote == len ? 0 : -EIO;
}

int path_write_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode, bool durable)
{
	char temporary[300];

	if (snprintf(temporary, sizeof(temporary), ".%s.%d", name, (int)getpid()) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	scoped_fd int fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int r = fd_write_all(fd, data, len);
	if (r == 0 && durable && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dirfd, temporary, 0);
	else if (durable && fsync(dirfd) < 0 && errno != EBADF)
		r = -errno;
	return r;
}

/* Whoever made the tree may have nested it deeper than we have descriptors or stack. */
#define REMOVE_DEPTH_MAX 64

struct removal {
	int top; /* the folder the tree stands in */
	dev_t device;
	unsigned moved, removed; /* folders that were too deep, and now stand in the top one */
	int depth;
};

static void moved_name(unsigned number, char name[64])
{
	snprintf(name, 64, ".removing-%d-%u", (int)getpid(), number);
}

static int remove_children(struct removal *m, int fd);

static int remove_folder(struct removal *m, int dirfd, const char *name)
{
	char aside[64];
	struct stat st;

	if (m->depth == REMOVE_DEPTH_MAX) {
		moved_name(m->moved++, aside);
		return renameat(dirfd, name, m->top, aside) < 0 ? -errno : 0;
	}
	int fd = path_openat2(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV);
	if (fd < 0)
		return fd;
	int r = fstat(fd, &st) < 0 ? -errno : st.st_dev != m->device ? -EXDEV : 0;
	if (r == 0)
		r = remove_children(m, fd); /* closes fd */
	else
		close(fd);
	if (r == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

static int remove_entry(struct removal *m, int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	return remove_folder(m, dirfd, name);
}

static int remove_children(struct removal *m, int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *ent;
	int r = 0;

	if (!dir) {
		close_keep_errno(fd);
		return -errno;
	}
	m->depth++;
	while (r == 0 && (errno = 0, ent = readdir(dir)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			r = remove_entry(m, fd, ent->d_name);
	m->depth--;
	closedir(dir);
	return r;
}

int path_remove_tree(int dirfd, const char *name)
{
	struct removal m = {.top = dirfd};
	struct stat st;
	char aside[64];

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	m.device = st.st_dev;
	int r = remove_entry(&m, dirfd, name);
	while (r == 0 && m.removed < m.moved) {
		moved_name(m.removed++, aside);
		r = remove_entry(&m, dirfd, aside);
	}
	return r;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t wrote = write(fd, at, len);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		at += wrote;
		len -= (size_t)wrote;
	}
	return 0;
}

int fd_read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len) {
		ssize_t got = read(fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		at += got;
		len -= (size_t)got;
	}
	return 0;
}

struct fd_path fd_path_of(int fd)
{
	struct fd_path p;

	snprintf(p.text, sizeof(p.text), "/proc/self/fd/%d", fd);
	return p;
}

int fd_real_path(int fd, char *path, size_t len)
{
	ssize_t n = readlink(fd_path_of(fd).text, path, len);

	if (n < 0)
		return -errno;
	if ((size_t)n >= len)
		return -ENAMETOOLONG;
	path[n] = '\0';
	return path[0] == '/' && !str_ends_with(path, " (deleted)") ? 0 : -ENOENT;
}

int path_real(const char *path, char *ret, size_t len)
{
	scoped_fd int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : fd_real_path(fd, ret, len);
}
