/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpcopyup: a new tmpfs starts with what the image has at its place. The image wrote that content, so depth, number
 * and size of files are limited, links are copied and never followed, and nothing but files, folders and links is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/path.h"
#include "rootfs.h"

#define COPY_DEPTH_MAX 64
#define COPY_ENTRIES_MAX 100000

struct copy {
	unsigned entries;
	int depth;
};

static int copy_folder(struct copy *c, int from, int to);

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	scoped_fd int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	scoped_fd int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (in < 0 || out < 0)
		return -errno;
	for (;;) {
		ssize_t sent = sendfile(out, in, NULL, 1 << 20);
		if (sent < 0)
			return -errno;
		if (sent == 0)
			break;
	}
	if (fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 07777) < 0)
		return -errno;
	return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *st)
{
	char text[4096];
	ssize_t len = readlinkat(from, name, text, sizeof(text) - 1);

	if (len < 0)
		return -errno;
	text[len] = '\0';
	if (symlinkat(text, to, name) < 0 || fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int copy_subfolder(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	scoped_fd int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return -errno;
	if (++c->depth > COPY_DEPTH_MAX)
		return -ELOOP;
	int r = copy_folder(c, in, out);
	c->depth--;
	if (r == 0 && (fchown(out, st->st_uid, st->st_gid) < 0 || fchmod(out, st->st_mode & 07777) < 0))
		r = -errno;
	return r;
}

static int copy_entry(struct copy *c, int from, int to, const char *name)
{
	struct stat st;

	if (++c->entries > COPY_ENTRIES_MAX)
		return -E2BIG;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st);
	if (S_ISDIR(st.st_mode))
		return copy_subfolder(c, from, to, name, &st);
	return 0;
}

static int copy_folder(struct copy *c, int from, int to)
{
	int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;
	int r = 0;

	if (!dir) {
		close_keep_errno(copy);
		return -errno;
	}
	while (r == 0 && (errno = 0, ent = readdir(dir)))
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			r = copy_entry(c, from, to, ent->d_name);
	closedir(dir);
	return r;
}

int rootfs_copy_up(int from, int to, struct err *e)
{
	struct copy c = {0};
	struct stat st;
	int r = copy_folder(&c, from, to);

	if (r == 0 && fstat(from, &st) == 0 && (fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) < 0))
		r = -errno;
	return r < 0 ? err_sys(e, r, "tmpcopyup: cannot copy the image's files") : 0;
}
