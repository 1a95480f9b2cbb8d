/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes an image out: its root file system as a folder, or the image itself as an OCI layout in a folder or a tar.
 * The two forms of a layout differ only in how a file is put down, which is a pair of functions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/path.h"
#include "copy-tree.h"
#include "flow/image.h"
#include "overlay.h"

#define TAR_BLOCK 512

int flow_unpack_to(struct oci_store *s, const struct oci_image *image, const char *path, struct err *e)
{
	SCOPED(flow_lowers) struct flow_lowers lowers = {.count = 0};
	struct oci_tmp empty = {.fd = -1};

	if (mkdir(path, 0700) < 0)
		return err_sys(e, -errno, "%s: a new folder is made there", path);
	scoped_fd int to = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return err_sys(e, -errno, "%s", path);
	int r = flow_lowers_open(s, image, &lowers, e);
	if (r == 0)
		r = oci_store_tmp(s, &empty, e);
	scoped_fd int root = r == 0 ? flow_overlay_read(&lowers, empty.fd, e) : -1;
	if (r == 0)
		r = root < 0 ? root : flow_copy_tree(root, to, 0, e);
	oci_store_tmp_drop(s, &empty);
	return r < 0 ? err_wrap(e, r, "unpacking to %s", path) : 0;
}

/* ---- layouts ---- */

struct sink {
	int fd; /* the folder or the archive */
	int (*put_folder)(const struct sink *k, const char *name, struct err *e);
	int (*put_file)(const struct sink *k, const char *name, int from, uint64_t size, struct err *e);
};

static int copy_bytes(int from, int to, uint64_t size, struct err *e)
{
	while (size) {
		ssize_t n = sendfile(to, from, NULL, (size_t)MIN_OF(size, (uint64_t)1 << 30));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n < 0 ? -errno : -EIO, "copying");
		size -= (uint64_t)n;
	}
	return 0;
}

static int dir_put_folder(const struct sink *k, const char *name, struct err *e)
{
	return mkdirat(k->fd, name, 0755) < 0 ? err_sys(e, -errno, "%s", name) : 0;
}

static int dir_put_file(const struct sink *k, const char *name, int from, uint64_t size, struct err *e)
{
	scoped_fd int to = openat(k->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return to < 0 ? err_sys(e, -errno, "%s", name) : copy_bytes(from, to, size, e);
}

/* A ustar header; names and sizes here are short. */
static int tar_header(const struct sink *k, const char *name, char type, uint64_t size, struct err *e)
{
	char block[TAR_BLOCK] = {0};
	unsigned sum = 0;

	if (size >> 33) {
		/* Base 256, as GNU tar writes what octal cannot hold. */
		block[124] = (char)0x80;
		for (int i = 0; i < 8; i++)
			block[128 + i] = (char)(size >> (56 - 8 * i));
	} else {
		snprintf(block + 124, 12, "%011llo", (unsigned long long)size);
	}
	snprintf(block, 100, "%s", name);
	memcpy(block + 100, type == '5' ? "0000755" : "0000644", 8);
	memcpy(block + 108, "0000000", 8);
	memcpy(block + 116, "0000000", 8);
	memcpy(block + 136, "00000000000", 12);
	memset(block + 148, ' ', 8);
	block[156] = type;
	memcpy(block + 257,
	       "ustar\0"
	       "00",
	       8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	int r = fd_write_all(k->fd, block, TAR_BLOCK);
	return r < 0 ? err_sys(e, r, "writing the archive") : 0;
}

static int tar_put_folder(const struct sink *k, const char *name, struct err *e)
{
	return tar_header(k, name, '5', 0, e);
}

static int tar_put_file(const struct sink *k, const char *name, int from, uint64_t size, struct err *e)
{
	static const char zeros[TAR_BLOCK];
	int r = tar_header(k, name, '0', size, e);

	if (r == 0)
		r = copy_bytes(from, k->fd, size, e);
	if (r == 0 && (r = fd_write_all(k->fd, zeros, -size & (TAR_BLOCK - 1))) < 0)
		r = err_sys(e, r, "writing the archive");
	return r;
}

static int put_text(const struct sink *k, const char *name, const struct buf *b, struct err *e)
{
	scoped_fd int fd = memfd_create("skep", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : buf_error(b);

	if (r == 0)
		r = fd_write_all(fd, b->data, b->len);
	if (r < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, r < 0 ? r : -errno, "%s", name);
	return k->put_file(k, name, fd, b->len, e);
}

static int put_blob(const struct sink *k, const struct oci_store *s, const struct digest *d, struct err *e)
{
	char name[OCI_HEX_MAX + 32];
	struct stat st;
	int fd = -1;
	int r = oci_store_open_blob(s, d, &fd, e);

	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "blobs/%.*s/%s", (int)strcspn(d->text, ":"), d->text, digest_hex(d));
	r = fstat(fd, &st) < 0 ? err_sys(e, -errno, "%s", name) : k->put_file(k, name, fd, (uint64_t)st.st_size, e);
	close_keep_errno(fd);
	return r;
}

static void encode_index(struct buf *b, const struct digest *manifest, uint64_t size, const char *tag)
{
	struct json_out o = JSON_OUT(b);

	json_out_object(&o, NULL);
	json_out_i64(&o, "schemaVersion", 2);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_INDEX));
	json_out_array(&o, "manifests");
	json_out_object(&o, NULL);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_MANIFEST));
	json_out_str(&o, "digest", manifest->text);
	json_out_u64(&o, "size", size);
	json_out_object(&o, "annotations");
	json_out_str(&o, "org.opencontainers.image.ref.name", tag);
	json_out_object_end(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_object_end(&o);
}

static int put_layout(const struct sink *k, struct oci_store *s, const struct oci_image *image, const char *tag,
		      struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(32u << 20);
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct oci_image_docs docs = {0};
	int r = oci_store_read_docs(s, &image->manifest, &a, &docs, e);

	if (r == 0)
		r = oci_store_read_blob(s, &image->manifest, &text, e);
	if (r < 0 || (r = k->put_folder(k, "blobs", e)) < 0 || (r = k->put_folder(k, "blobs/sha256", e)) < 0 ||
	    (r = put_blob(k, s, &image->manifest, e)) < 0 || (r = put_blob(k, s, &image->config, e)) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < docs.manifest.layer_count; i++) {
		bool again = false;
		for (size_t n = 0; n < i; n++)
			again = again || digest_equal(&docs.manifest.layers[n].digest, &docs.manifest.layers[i].digest);
		r = again ? 0 : put_blob(k, s, &docs.manifest.layers[i].digest, e);
	}
	size_t manifest_size = text.len;
	buf_reset(&text);
	encode_index(&text, &image->manifest, manifest_size, tag);
	if (r == 0)
		r = put_text(k, "index.json", &text, e);
	buf_reset(&text);
	buf_add_str(&text, "{\"imageLayoutVersion\":\"1.0.0\"}");
	return r == 0 ? put_text(k, "oci-layout", &text, e) : r;
}

int flow_export(struct oci_store *s, const struct oci_image *image, const struct oci_ref *to, struct err *e)
{
	static const char end_mark[2 * TAR_BLOCK];
	bool archive = to->transport == OCI_TRANSPORT_OCI_ARCHIVE;
	struct sink k = {-1, archive ? tar_put_folder : dir_put_folder, archive ? tar_put_file : dir_put_file};

	if (!archive && mkdir(to->path, 0755) < 0)
		return err_sys(e, -errno, "%s: a new folder is made there", to->path);
	scoped_fd int fd = archive ? open(to->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)
				   : open(to->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "%s", to->path);
	k.fd = fd;
	int r = put_layout(&k, s, image, to->tag[0] ? to->tag : "latest", e);
	if (r == 0 && archive && (r = fd_write_all(fd, end_mark, sizeof(end_mark))) < 0)
		err_sys(e, r, "writing the archive");
	return r < 0 ? err_wrap(e, r, "%s", to->path) : 0;
}
