/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors in folders: as they are published, and as OCI layouts. */
#include "mirror.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"

#define PIECE (1u << 20)

static int open_folder(struct mirror *m, struct err *e)
{
	m->folder = open(m->place->address.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return m->folder < 0 ? err_sys(e, -errno, "%s", m->place->address.place) : 0;
}

static int open_below(const struct mirror *m, const char *path, struct err *e)
{
	struct stat st;
	scoped_fd int fd = path_open_beneath(m->folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0)
		return err_sys(e, fd, "%s/%s", m->place->address.place, path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s/%s: no regular file", m->place->address.place, path);
	return take_fd(&fd);
}

static int read_small(const struct mirror *m, const char *path, struct buf *out, struct err *e)
{
	int r = path_read_file(m->folder, path, out);

	return r < 0 ? err_sys(e, r, "%s/%s", m->place->address.place, path) : 0;
}

/* The file at PATH from HAVE on; what is longer than it may be shows by its digest. */
static int copy_rest(const struct mirror *m, const char *path, const struct mirror_file *f, int fd, uint64_t have,
		     struct err *e)
{
	scoped_free char *piece = malloc(PIECE);
	scoped_fd int from = open_below(m, path, e);

	if (from < 0)
		return from;
	if (!piece || lseek(fd, (off_t)have, SEEK_SET) < 0)
		return err_sys(e, piece ? -errno : -ENOMEM, "copying %s", path);
	while (have < f->bytes) {
		ssize_t got = pread(from, piece, MIN_OF(PIECE, f->bytes - have), (off_t)have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, got < 0 ? -errno : -ENODATA, "%s/%s: it is cut", m->place->address.place,
				       path);
		int r = fd_write_all(fd, piece, (size_t)got);
		if (r < 0)
			return err_sys(e, r, "copying %s", path);
		have += (uint64_t)got;
		if (m->tick && have < f->bytes)
			m->tick(m->data, have);
	}
	return 0;
}

static int folder_head(struct mirror *m, struct buf *list, struct buf *signature, struct err *e)
{
	int r = read_small(m, MIRROR_LIST_NAME, list, e);

	return r < 0 ? r : read_small(m, MIRROR_SIGNATURE_NAME, signature, e);
}

static int folder_file(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e)
{
	return copy_rest(m, f->path, f, fd, have, e);
}

static void blob_path(const struct digest *d, char path[DIGEST_TEXT_MAX + 16])
{
	snprintf(path, DIGEST_TEXT_MAX + 16, "blobs/%.*s/%s", (int)strcspn(d->text, ":"), d->text, digest_hex(d));
}

static int layout_head(struct mirror *m, struct buf *list, struct buf *signature, struct err *e)
{
	char path[DIGEST_TEXT_MAX + 16];
	struct mirror_blobs blobs;
	int r = mirror_artifact(m->folder, m->place->address.tag, &blobs, e);

	if (r < 0)
		return r;
	blob_path(&blobs.list, path);
	r = read_small(m, path, list, e);
	if (r < 0)
		return r;
	blob_path(&blobs.signature, path);
	return read_small(m, path, signature, e);
}

static int layout_file(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e)
{
	char path[DIGEST_TEXT_MAX + 16];

	blob_path(&f->digest, path);
	return copy_rest(m, path, f, fd, have, e);
}

int mirror_open(struct mirror *m, const struct mirror_place *place, struct err *e)
{
	static const struct mirror_kind_ops folder = {open_folder, folder_head, folder_file},
					    layout = {open_folder, layout_head, layout_file};
	static const struct mirror_kind_ops *const kinds[] = {[MIRROR_FOLDER] = &folder,
							      [MIRROR_WEB] = &mirror_web,
							      [MIRROR_LAYOUT] = &layout,
							      [MIRROR_REGISTRY] = &mirror_registry};

	m->place = place;
	m->ops = kinds[place->address.kind];
	return m->ops->open ? m->ops->open(m, e) : 0;
}

void mirror_done(struct mirror *m)
{
	close_keep_errno(m->folder);
	m->folder = -1;
}
