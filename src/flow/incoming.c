/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file is used only when it has been read as a whole and has its digest. Until then it may be half, or somebody's joke:
 * then it is begun anew, once. The lock on it is shared with skep-fetch, so a fetch that outlived a killed update is
 * waited for.
 */
#include "incoming.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"
#include "base/str.h"

#define PIECE (1u << 20)
#define WAIT_TRIES 50
#define WAIT_NS 100000000

static int lock(int fd)
{
	const struct timespec pause = {0, WAIT_NS};

	for (int i = 0; i < WAIT_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

/* 0; -EBADMSG it has not the size or digest. */
/* A file of the folder of incoming ones. */
struct place {
	int folder, fd;
};

/* A copy that nobody else has open: whoever fetched the file could still write to it. */
static int check(const struct place *p, const struct mirror_file *f, int *ret_copy)
{
	scoped_fd int copy = openat(p->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	SCOPED_PTR(digest_ctx) struct digest_ctx *c = NULL;
	scoped_free char *piece = malloc(PIECE);
	struct digest is;
	uint64_t at = 0;
	int r = copy < 0 ? -errno : piece ? digest_ctx_new("sha256", &c) : -ENOMEM;

	while (r == 0 && at <= f->bytes) {
		ssize_t got = pread(p->fd, piece, PIECE, (off_t)at);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		if (got > 0) {
			r = digest_update(c, piece, (size_t)got);
			if (r == 0)
				r = fd_write_all(copy, piece, (size_t)got);
			at += (uint64_t)got;
		}
	}
	if (r == 0)
		r = digest_final(c, &is);
	if (r == 0 && (at != f->bytes || !digest_equal(&is, &f->digest)))
		r = -EBADMSG;
	if (r == 0 && lseek(copy, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		*ret_copy = take_fd(&copy);
	return r;
}

/* What FD has, and the rest of it from the mirror. */
static int complete(const struct place *p, struct mirror *m, const struct mirror_file *f, bool *ret_resumed,
		    int *ret_copy, struct err *e)
{
	int fd = p->fd;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", f->source);
	uint64_t have = (uint64_t)st.st_size;
	if (have > f->bytes) {
		if (ftruncate(fd, 0) < 0)
			return err_sys(e, -errno, "%s", f->source);
		have = 0;
	}
	*ret_resumed = have > 0;
	int r = have < f->bytes ? m->ops->file(m, f, fd, have, e) : 0;
	if (r < 0)
		return r;
	r = check(p, f, ret_copy);
	return r < 0 && r != -EBADMSG ? err_sys(e, r, "%s", f->source) : r;
}

int incoming_get(int folder, struct mirror *m, const struct mirror_file *f, struct err *e)
{
	const char *name = digest_hex(&f->digest);
	bool resumed = false;
	int copy = -1;
	scoped_fd int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : lock(fd);

	if (r < 0)
		return err_sys(e, r, "db/incoming/%.16s", name);
	const struct place p = {folder, fd};
	r = complete(&p, m, f, &resumed, &copy, e);
	if (r == -EBADMSG && resumed)
		r = ftruncate(fd, 0) < 0 ? err_sys(e, -errno, "%s", f->source) : complete(&p, m, f, &resumed, &copy, e);
	if (r == -EBADMSG || r == -EFBIG) {
		unlinkat(folder, name, 0);
		return err_set(e, -EBADMSG, "%s is not the file that the signed list names (%s)", f->source,
			       r == -EFBIG ? "it is larger" : "its digest differs");
	}
	return r < 0 ? r : copy;
}

void incoming_sweep(int folder, const struct mirror_list *l)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		close_keep_errno(fd);
		return;
	}
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && !(l && mirror_list_has(l, entry->d_name)))
			unlinkat(folder, entry->d_name, 0);
	closedir(d);
}
