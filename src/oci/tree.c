/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder or archive behind one face. An archive is indexed once (name to range), then read in place; its links are
 * followed inside the index only (docker save links equal layers to each other).
 */
#include "oci/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/path.h"
#include "base/str.h"
#include "oci/tar.h"

#define LINK_HOPS_MAX 8
#define INDEX_BYTES_MAX (32u << 20)

struct member {
	const char *path;
	const char *link; /* NULL: a file */
	uint64_t offset, size;
};

struct oci_tree {
	int fd;	      /* borrowed; the folder or archive */
	int unpacked; /* owned; -1 unless the archive was packed */
	bool is_folder;
	struct arena arena;
	struct member *members;
	size_t count, room;
};

void oci_file_done(struct oci_file *f)
{
	close_keep_errno(f->fd);
	f->fd = -1;
}

static const char *plain_name(const char *path)
{
	while (str_starts_with(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	return path;
}

static int add_member(struct oci_tree *t, const struct member *m, struct err *e)
{
	if (t->count == OCI_TREE_MEMBERS_MAX)
		return err_set(e, -E2BIG, "archive with more than %d members", OCI_TREE_MEMBERS_MAX);
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct member *more = realloc(t->members, room * sizeof(*more));
		if (!more)
			return err_set(e, -ENOMEM, "out of memory");
		t->members = more;
		t->room = room;
	}
	struct member copy = *m;
	copy.path = arena_str(&t->arena, plain_name(m->path));
	copy.link = m->link ? arena_str(&t->arena, m->link) : NULL;
	if (arena_failed(&t->arena))
		return err_set(e, -ENOMEM, "archive index: out of memory");
	t->members[t->count++] = copy;
	return 0;
}

static int index_archive(struct oci_tree *t, int fd, uint64_t size, struct err *e)
{
	SCOPED_PTR(oci_stream) struct oci_stream *stream = NULL;
	SCOPED_PTR(oci_tar) struct oci_tar *tar = NULL;
	const struct oci_tar_entry *entry = NULL;
	int r = oci_stream_open_fd(fd, 0, size, &stream, e);

	if (r == 0 && (r = oci_tar_open(stream, &tar)) < 0)
		r = err_set(e, r, "out of memory");
	if (r < 0)
		return r;
	while ((r = oci_tar_next(tar, &entry, e)) == 1) {
		struct member m = {.path = entry->path, .offset = oci_tar_offset(tar), .size = entry->size};
		if (entry->type == OCI_TAR_SYMLINK || entry->type == OCI_TAR_HARDLINK)
			m.link = entry->link;
		else if (entry->type != OCI_TAR_FILE)
			continue;
		/* A member in pieces cannot be read in place; no tool writes images so. */
		if (!m.link && m.offset + m.size > size)
			return err_set(e, -EBADMSG, "%.200s: larger than its archive", entry->path);
		r = add_member(t, &m, e);
		if (r < 0)
			return r;
	}
	if (r == 0 && !t->count)
		return err_set(e, -EBADMSG, "not an archive of an image: it is empty");
	return r;
}

/* Unpacks a packed archive into an unnamed file. */
static int unpack(struct oci_tree *t, struct oci_stream *stream, int scratch_fd, uint64_t *size, struct err *e)
{
	scoped_free char *piece = malloc(256 << 10);
	uint64_t total = 0;

	struct stat st;
	bool is_file = fstat(scratch_fd, &st) == 0 && S_ISREG(st.st_mode);
	t->unpacked = is_file ? fcntl(scratch_fd, F_DUPFD_CLOEXEC, 0)
			      : openat(scratch_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->unpacked < 0)
		return err_sys(e, -errno, "making a scratch file for the unpacked archive");
	if (!piece)
		return err_set(e, -ENOMEM, "out of memory");
	for (;;) {
		ssize_t got = oci_stream_read(stream, piece, 256 << 10, e);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		int r = fd_write_all(t->unpacked, piece, (size_t)got);
		if (r < 0)
			return err_sys(e, r, "unpacking the archive");
		total += (uint64_t)got;
	}
	*size = total;
	return 0;
}

static int open_archive(struct oci_tree *t, uint64_t size, int scratch_fd, struct err *e)
{
	SCOPED_PTR(oci_stream) struct oci_stream *stream = NULL;
	int r = oci_stream_open_fd(t->fd, 0, size, &stream, e);

	if (r == 0 && !str_eq(oci_stream_packing(stream), "none"))
		r = unpack(t, stream, scratch_fd, &size, e);
	if (r == 0)
		r = index_archive(t, t->unpacked >= 0 ? t->unpacked : t->fd, size, e);
	return r;
}

int oci_tree_open(int fd, int scratch_fd, struct oci_tree **ret, struct err *e)
{
	SCOPED_PTR(oci_tree) struct oci_tree *t = calloc(1, sizeof(*t));
	struct stat st;
	int r = 0;

	if (!t)
		return err_set(e, -ENOMEM, "out of memory");
	t->fd = fd;
	t->unpacked = -1;
	t->arena = ARENA_INIT(INDEX_BYTES_MAX);
	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "reading the image");
	t->is_folder = S_ISDIR(st.st_mode);
	if (!t->is_folder && !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "neither a folder nor a file");
	if (!t->is_folder)
		r = open_archive(t, (uint64_t)st.st_size, scratch_fd, e);
	if (r < 0)
		return r;
	*ret = take_ptr(t);
	return 0;
}

void oci_tree_free(struct oci_tree *t)
{
	if (!t)
		return;
	close_keep_errno(t->unpacked);
	arena_done(&t->arena);
	free(t->members);
	free(t);
}

/* Joins a link's target to the folder of its own name, ".." resolved by the text; false when it leaves the archive. */
static bool join_link(const char *from, const char *link, char *to, size_t to_max)
{
	const char *slash = strrchr(from, '/');
	size_t n = slash && *link != '/' ? (size_t)(slash - from) : 0;

	if (n >= to_max)
		return false;
	memcpy(to, from, n);
	for (const char *at = link; *at;) {
		size_t len = strcspn(at, "/");
		if (len == 2 && at[0] == '.' && at[1] == '.') {
			if (!n)
				return false;
			while (n && to[n - 1] != '/')
				n--;
			n -= n ? 1 : 0;
		} else if (len && !(len == 1 && at[0] == '.')) {
			if (n + len + 2 > to_max)
				return false;
			if (n)
				to[n++] = '/';
			memcpy(to + n, at, len);
			n += len;
		}
		at += len + (at[len] == '/');
	}
	to[n] = '\0';
	return true;
}

/* The last member of a name counts, as it would when unpacked. */
static const struct member *find_member(const struct oci_tree *t, const char *path)
{
	for (size_t i = t->count; i-- > 0;)
		if (str_eq(t->members[i].path, path))
			return &t->members[i];
	return NULL;
}

static int archive_file(const struct oci_tree *t, const char *path, struct oci_file *ret, struct err *e)
{
	char target[OCI_TAR_NAME_MAX + 1];
	const struct member *m = find_member(t, plain_name(path));

	for (int hops = 0; m && m->link; hops++) {
		bool hard = find_member(t, plain_name(m->link)) != NULL;
		if (hops == LINK_HOPS_MAX)
			return err_set(e, -ELOOP, "%.200s: too many links", path);
		if (!hard && !join_link(m->path, m->link, target, sizeof(target)))
			return err_set(e, -EXDEV, "%.200s: links out of the archive", path);
		m = find_member(t, hard ? plain_name(m->link) : target);
	}
	if (!m)
		return -ENOENT;
	int fd = fcntl(t->unpacked >= 0 ? t->unpacked : t->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return err_sys(e, -errno, "%.200s", path);
	*ret = (struct oci_file){.fd = fd, .offset = m->offset, .size = m->size};
	return 0;
}

int oci_tree_file(const struct oci_tree *t, const char *path, struct oci_file *ret, struct err *e)
{
	struct stat st;

	if (!t->is_folder)
		return archive_file(t, path, ret, e);
	scoped_fd int fd = path_open_beneath(t->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd == -ENOENT)
		return fd;
	if (fd < 0)
		return err_sys(e, fd, "%.200s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%.200s: not a regular file", path);
	*ret = (struct oci_file){.fd = take_fd(&fd), .size = (uint64_t)st.st_size};
	return 0;
}

int oci_tree_read(const struct oci_tree *t, const char *path, struct buf *b, struct err *e)
{
	SCOPED(oci_file) struct oci_file f = {.fd = -1};
	int r = oci_tree_file(t, path, &f, e);

	if (r < 0)
		return r;
	if (f.size > b->max - b->len)
		return err_set(e, -EFBIG, "%.200s: larger than %zu bytes", path, b->max);
	char *at = buf_reserve(b, (size_t)f.size);
	if (!at)
		return err_set(e, buf_error(b), "%.200s: out of memory", path);
	for (size_t done = 0; done < f.size;) {
		ssize_t got = pread(f.fd, at + done, (size_t)f.size - done, (off_t)(f.offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, got < 0 ? -errno : -EBADMSG, "%.200s: cannot be read whole", path);
		done += (size_t)got;
	}
	b->len += (size_t)f.size;
	b->data[b->len] = '\0';
	return 0;
}
