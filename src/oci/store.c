/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's folders, its lock, temporary folders, blobs and layers. Images and names are in store-image.c.
 */
#include "store-internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/path.h"

#define COPY_BYTES (256u << 10)

int store_each_name(int dir, store_name_fn *fn, void *data, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	int r = 0;

	if (!d) {
		close_keep_errno(fd);
		return err_sys(e, -errno, "reading a folder of the store");
	}
	while (r == 0 && (ent = readdir(d)))
		if (ent->d_name[0] != '.')
			r = fn(ent->d_name, data, e);
	closedir(d);
	return r;
}

static int open_folder(int root, const char *name, int *ret, struct err *e)
{
	if (mkdirat(root, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "making %s in the store", name);
	*ret = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? err_sys(e, -errno, "opening %s in the store", name) : 0;
}

static int sweep_one(const char *name, void *data, struct err *e)
{
	struct oci_store *s = data;

	/* What cannot be removed now will be tried again by the next start. */
	ignore(path_remove_tree(s->tmp, name));
	return 0;
}

/* Alone in the store: whatever is in tmp/ belongs to nobody alive. */
static int lock_and_sweep(struct oci_store *s, struct err *e)
{
	int r = 0;

	s->lock = openat(s->root, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return err_sys(e, -errno, "opening the store's lock");
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		r = store_each_name(s->tmp, sweep_one, s, e);
	while (r == 0 && flock(s->lock, LOCK_SH) < 0)
		if (errno != EINTR)
			r = err_sys(e, -errno, "locking the store");
	return r;
}

int oci_store_open(const char *root, struct oci_store **ret, struct err *e)
{
	SCOPED_PTR(oci_store) struct oci_store *s = malloc(sizeof(*s));

	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	*s = (struct oci_store){-1, -1, -1, -1, -1, -1, -1, -1};
	int r = path_mkdirs(root, 0700);
	if (r < 0)
		return err_sys(e, r, "making the store %s", root);
	s->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		return err_sys(e, -errno, "opening the store %s", root);
	if ((r = open_folder(s->root, "blobs", &s->blobs, e)) < 0 ||
	    (r = open_folder(s->root, "images", &s->images, e)) < 0 ||
	    (r = open_folder(s->root, "layers", &s->layers, e)) < 0 ||
	    (r = open_folder(s->root, "refs", &s->refs, e)) < 0 ||
	    (r = open_folder(s->root, "pins", &s->pins, e)) < 0 || (r = open_folder(s->root, "tmp", &s->tmp, e)) < 0 ||
	    (r = lock_and_sweep(s, e)) < 0)
		return err_wrap(e, r, "store %s", root);
	*ret = take_ptr(s);
	return 0;
}

void oci_store_free(struct oci_store *s)
{
	if (!s)
		return;
	const int fds[] = {s->root, s->blobs, s->images, s->layers, s->refs, s->pins, s->tmp, s->lock};
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close_keep_errno(fds[i]);
	free(s);
}

int oci_store_fd(const struct oci_store *s)
{
	return s->root;
}

int oci_store_blobs_fd(const struct oci_store *s)
{
	return s->blobs;
}

/* ---- temporary folders ---- */

int oci_store_tmp(struct oci_store *s, struct oci_tmp *ret, struct err *e)
{
	struct oci_tmp t;
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_sys(e, -errno, "random numbers");
	snprintf(t.name, sizeof(t.name), "%016llx", (unsigned long long)random);
	if (mkdirat(s->tmp, t.name, 0755) < 0)
		return err_sys(e, -errno, "making a temporary folder in the store");
	t.fd = openat(s->tmp, t.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t.fd < 0)
		return err_sys(e, -errno, "opening a temporary folder in the store");
	*ret = t;
	return 0;
}

void oci_store_tmp_drop(struct oci_store *s, struct oci_tmp *t)
{
	if (t->fd < 0)
		return;
	close_keep_errno(t->fd);
	t->fd = -1;
	/* The next sweep takes what is left. */
	ignore(path_remove_tree(s->tmp, t->name));
}

/* ---- blobs ---- */

static int hash_file(int fd, const char *algorithm, struct digest *ret)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *hash = NULL;
	scoped_free char *piece = malloc(COPY_BYTES);
	int r = piece ? digest_ctx_new(algorithm, &hash) : -ENOMEM;

	while (r == 0) {
		ssize_t got = read(fd, piece, COPY_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return digest_final(hash, ret);
		r = digest_update(hash, piece, (size_t)got);
	}
	return r;
}

struct adopt {
	struct oci_store *s;
	const struct oci_tmp *t;
};

static int adopt_one(const char *name, void *data, struct err *e)
{
	struct adopt *a = data;
	struct digest found;
	struct stat st;
	scoped_fd int fd = path_open_beneath(a->t->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(e, -EBADMSG, "blob %.140s: not a plain file", name);
	int r = hash_file(fd, strlen(name) == 128 ? "sha512" : "sha256", &found);
	if (r < 0)
		return err_sys(e, r, "reading blob %.140s", name);
	if (!str_eq(digest_hex(&found), name))
		return err_set(e, -EBADMSG, "blob %.140s: its content has the digest %s", name, found.text);
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0 ||
	    renameat(a->t->fd, name, a->s->blobs, name) < 0)
		return err_sys(e, -errno, "storing blob %.140s", name);
	return 0;
}

int oci_store_adopt_blobs(struct oci_store *s, const struct oci_tmp *t, struct err *e)
{
	struct adopt a = {s, t};
	int r = store_each_name(t->fd, adopt_one, &a, e);

	if (r == 0 && fsync(s->blobs) < 0)
		r = err_sys(e, -errno, "storing blobs");
	return r;
}

int oci_store_open_blob(const struct oci_store *s, const struct digest *d, int *ret_fd, struct err *e)
{
	int fd = openat(s->blobs, digest_hex(d), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, -errno, "blob %s in the store", d->text);
	*ret_fd = fd;
	return 0;
}

int oci_store_read_blob(const struct oci_store *s, const struct digest *d, struct buf *b, struct err *e)
{
	int r = path_read_file(s->blobs, digest_hex(d), b);

	return r < 0 ? err_sys(e, r, "blob %s in the store", d->text) : 0;
}

/* ---- layers ---- */

int oci_store_open_layer(const struct oci_store *s, const char *key, int *ret_fd, struct err *e)
{
	int fd = openat(s->layers, key, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return err_sys(e, -errno, "layer %s in the store", key);
	*ret_fd = fd;
	return 0;
}

int oci_store_publish_layer(struct oci_store *s, struct oci_tmp *t, const char *key, struct err *e)
{
	/* Its files must be on disk before its name is: a power cut must not leave a layer of empty files. */
	if (syncfs(t->fd) < 0)
		return err_sys(e, -errno, "writing the layer to disk");
	if (renameat(s->tmp, t->name, s->layers, key) == 0) {
		close_keep_errno(t->fd);
		t->fd = -1;
		return fsync(s->layers) < 0 ? err_sys(e, -errno, "storing the layer") : 0;
	}
	if (errno != EEXIST && errno != ENOTEMPTY)
		return err_sys(e, -errno, "storing the layer");
	oci_store_tmp_drop(s, t);
	return 0;
}
