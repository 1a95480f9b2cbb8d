/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image formats. Each finds the manifest in its own way; blobs are then copied by the descriptors it holds.
 * docker archives have no manifest of ours: one is written from what they list.
 */
#include "oci/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "oci/image-config.h"
#include "oci/manifest.h"

#define COPY_BYTES (256u << 10)
#define INDEX_DEPTH_MAX 4
#define ARENA_BYTES (32u << 20)

/* ---- blobs ---- */

/* Copies F into OUT (-1: only hashes it). */
static int copy_range(const struct oci_file *f, int out, struct digest *ret, struct err *e)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *hash = NULL;
	scoped_free char *piece = malloc(COPY_BYTES);
	int r = piece ? digest_ctx_new(str_starts_with(ret->text, "sha512:") ? "sha512" : "sha256", &hash) : -ENOMEM;

	for (uint64_t done = 0; r == 0 && done < f->size;) {
		size_t want = (size_t)MIN_OF(f->size - done, (uint64_t)COPY_BYTES);
		ssize_t got = pread(f->fd, piece, want, (off_t)(f->offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, got < 0 ? -errno : -EBADMSG, "the blob cannot be read whole");
		r = digest_update(hash, piece, (size_t)got);
		if (r == 0 && out >= 0 && (r = fd_write_all(out, piece, (size_t)got)) < 0)
			return err_sys(e, r, "writing the blob");
		done += (uint64_t)got;
	}
	return r == 0 ? digest_final(hash, ret) : r;
}

/* Writes F below its digest. EXPECT's text may be empty: then the digest is whatever it is, as SHA-256. */
static int copy_blob(const struct oci_source_job *job, const struct oci_file *f, const struct digest *expect,
		     struct oci_source_result *result, struct digest *ret, struct err *e)
{
	struct digest found = *expect;
	char temporary[] = ".copying";

	if (f->size > OCI_SOURCE_BLOB_MAX)
		return err_set(e, -EFBIG, "blob larger than %llu GiB", OCI_SOURCE_BLOB_MAX >> 30);
	scoped_fd int out =
		openat(job->blobs_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (out < 0)
		return err_sys(e, -errno, "making a file for a blob");
	int r = copy_range(f, out, &found, e);
	if (r == 0 && expect->text[0] && !digest_equal(expect, &found))
		r = err_set(e, -EBADMSG, "blob %s: its content has the digest %s; the image is damaged", expect->text,
			    found.text);
	if (r == 0 && renameat(job->blobs_fd, temporary, job->blobs_fd, digest_hex(&found)) < 0)
		r = err_sys(e, -errno, "naming a blob");
	if (r < 0) {
		unlinkat(job->blobs_fd, temporary, 0);
		return r;
	}
	result->copied_bytes += f->size;
	*ret = found;
	return 0;
}

static bool have_blob(const struct oci_source_job *job, const struct digest *d)
{
	struct stat st;

	return fstatat(job->blobs_fd, digest_hex(d), &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       (job->have_fd >= 0 && fstatat(job->have_fd, digest_hex(d), &st, AT_SYMLINK_NOFOLLOW) == 0);
}

static int add_text_blob(const struct oci_source_job *job, const char *text, size_t len, struct digest *ret,
			 struct err *e)
{
	int r = digest_of(text, len, ret);

	if (r == 0)
		r = path_write_file(job->blobs_fd, digest_hex(ret), text, len, 0644, false);
	return r < 0 ? err_sys(e, r, "writing the manifest") : 0;
}

/* ---- formats that hold an OCI or Docker manifest ---- */

/* Where a format keeps the blob of a digest. */
typedef void blob_path_fn(const struct digest *d, char *path, size_t len);

static void layout_path(const struct digest *d, char *path, size_t len)
{
	snprintf(path, len, "blobs/%.*s/%s", (int)strcspn(d->text, ":"), d->text, digest_hex(d));
}

static void dir_path(const struct digest *d, char *path, size_t len)
{
	snprintf(path, len, "%s", digest_hex(d));
}

/* A small blob, read whole and verified. */
static int read_blob(const struct oci_source_job *job, blob_path_fn *where, const struct oci_desc *d, struct buf *b,
		     struct err *e)
{
	struct digest found;
	char path[256];

	where(&d->digest, path, sizeof(path));
	int r = oci_tree_read(job->tree, path, b, e);
	if (r == -ENOENT)
		return err_set(e, r, "%s is missing in the image", path);
	if (r < 0)
		return r;
	if (str_starts_with(d->digest.text, "sha512:"))
		return 0; /* verified when it is copied */
	r = digest_of(b->data, b->len, &found);
	if (r == 0 && !digest_equal(&found, &d->digest))
		r = err_set(e, -EBADMSG, "%s: its content has the digest %s; the image is damaged", path, found.text);
	return r;
}

static int copy_desc(const struct oci_source_job *job, blob_path_fn *where, const struct oci_desc *d,
		     struct oci_source_result *result, struct err *e)
{
	SCOPED(oci_file) struct oci_file f = {.fd = -1};
	struct digest ignored;
	char path[256];

	if (!job->layer && have_blob(job, &d->digest))
		return 0;
	where(&d->digest, path, sizeof(path));
	int r = oci_tree_file(job->tree, path, &f, e);
	if (r == -ENOENT)
		return err_set(e, r, "%s is missing in the image", path);
	if (r == 0 && f.size != d->size)
		r = err_set(e, -EBADMSG, "%s has %llu bytes, its descriptor says %llu", path,
			    (unsigned long long)f.size, (unsigned long long)d->size);
	if (r == 0)
		r = job->layer ? job->layer(job->data, &f, d, e) : copy_blob(job, &f, &d->digest, result, &ignored, e);
	return r;
}

/* Nothing is copied: the configuration is handed over. */
static int give_config(const struct oci_source_job *job, const struct buf *text, const struct digest *expect,
		       struct err *e)
{
	struct digest found;
	int r = digest_of(text->data, text->len, &found);

	if (r == 0 && expect && !digest_equal(expect, &found))
		return err_set(e, str_starts_with(expect->text, "sha512:") ? -EOPNOTSUPP : -EBADMSG,
			       "the configuration has the digest %s, the manifest says %s", found.text, expect->text);
	return r < 0 ? r : buf_add(job->config, text->data, text->len);
}

/* The configuration must be one skep understands, and list a diff id per layer. */
static int check_config(const char *text, size_t len, size_t layers, struct arena *a, struct err *e)
{
	struct oci_image_config config;
	int r = oci_image_config_decode(text, len, a, &config, e);

	if (r == 0 && config.diff_id_count != layers)
		r = err_set(e, -EBADMSG, "the manifest lists %zu layers, the configuration %zu", layers,
			    config.diff_id_count);
	return r;
}

static int copy_image(const struct oci_source_job *job, blob_path_fn *where, const struct buf *manifest_text,
		      struct oci_source_result *result, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(ARENA_BYTES);
	SCOPED(buf) struct buf config = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct oci_manifest m;
	int r = oci_manifest_decode(buf_str(manifest_text), manifest_text->len, &a, &m, e);

	if (r == 0)
		r = read_blob(job, where, &m.config, &config, e);
	if (r == 0)
		r = check_config(buf_str(&config), config.len, m.layer_count, &a, e);
	if (r == 0)
		r = job->layer ? give_config(job, &config, &m.config.digest, e)
			       : copy_desc(job, where, &m.config, result, e);
	for (size_t i = 0; r == 0 && i < m.layer_count; i++) {
		r = copy_desc(job, where, &m.layers[i], result, e);
		if (r < 0)
			return err_wrap(e, r, "layer %zu", i + 1);
	}
	if (r == 0)
		r = job->layer ? digest_of(manifest_text->data, manifest_text->len, &result->manifest)
			       : add_text_blob(job, buf_str(manifest_text), manifest_text->len, &result->manifest, e);
	if (r == 0)
		result->config = m.config.digest;
	return r;
}

static int check_layout(const struct oci_source_job *job, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *version = NULL;
	int r = oci_tree_read(job->tree, "oci-layout", &b, e);

	if (r == -ENOENT)
		return err_set(e, r, "not an OCI layout: it has no file oci-layout");
	if (r == 0)
		r = json_parse(buf_str(&b), b.len, OCI_JSON_LIMITS, &doc, e);
	if (r == 0)
		r = json_get_str(doc, "imageLayoutVersion", &version, e);
	if (r < 0)
		return err_wrap(e, r, "oci-layout");
	if (!version || !str_starts_with(version, "1."))
		return err_set(e, -EOPNOTSUPP, "oci-layout: version \"%.20s\" is unknown", version ? version : "");
	return 0;
}

static int read_layout(const struct oci_source_job *job, struct oci_source_result *result, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(ARENA_BYTES);
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	const char *tag = job->ref->tag;
	int r = check_layout(job, e);

	if (r == 0 && (r = oci_tree_read(job->tree, "index.json", &text, e)) == -ENOENT)
		return err_set(e, r, "not an OCI layout: it has no index.json");
	for (int depth = 0; r == 0; depth++) {
		struct oci_index index;
		const struct oci_desc *chosen = NULL;
		if (depth == INDEX_DEPTH_MAX)
			return err_set(e, -ELOOP, "indexes nested deeper than %d", INDEX_DEPTH_MAX);
		r = oci_index_decode(buf_str(&text), text.len, &a, &index, e);
		if (r == 0)
			r = oci_index_choose(&index, tag, &chosen, e);
		buf_reset(&text);
		if (r == 0)
			r = read_blob(job, layout_path, chosen, &text, e);
		if (r == 0 && chosen->media == OCI_MEDIA_MANIFEST)
			return copy_image(job, layout_path, &text, result, e);
		tag = NULL; /* a tag names an entry of the outermost index */
	}
	return r;
}

static int read_dir(const struct oci_source_job *job, struct oci_source_result *result, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	int r = oci_tree_read(job->tree, "manifest.json", &text, e);

	if (r == -ENOENT)
		return err_set(e, r, "not a dir: image: it has no manifest.json");
	return r < 0 ? r : copy_image(job, dir_path, &text, result, e);
}

/* ---- docker save ---- */

static int copy_archived(const struct oci_source_job *job, const char *path, struct oci_source_result *result,
			 struct oci_desc *ret, struct err *e)
{
	SCOPED(oci_file) struct oci_file f = {.fd = -1};
	struct digest none = {.text = ""};
	uint8_t magic[4] = {0};
	int r = oci_tree_file(job->tree, path, &f, e);

	if (r == -ENOENT)
		return err_set(e, r, "%.200s is missing in the archive", path);
	if (r == 0)
		r = job->layer ? job->layer(job->data, &f, ret, e) : copy_blob(job, &f, &none, result, &ret->digest, e);
	if (r < 0 || job->layer)
		return r;
	if (f.size >= sizeof(magic) && pread(f.fd, magic, sizeof(magic), (off_t)f.offset) != sizeof(magic))
		return err_set(e, -EIO, "%.200s: cannot be read", path);
	ret->media = magic[0] == 0x1f && magic[1] == 0x8b    ? OCI_MEDIA_LAYER_GZIP
		     : !memcmp(magic, "\x28\xb5\x2f\xfd", 4) ? OCI_MEDIA_LAYER_ZSTD
							     : OCI_MEDIA_LAYER_TAR;
	ret->size = f.size;
	return 0;
}

/* The entry of manifest.json that has the wanted name, or the only one. */
static int choose_saved(const struct json *list, const struct oci_ref *ref, const struct json **ret, const char **name,
			struct err *e)
{
	char wanted[OCI_REF_NAME_MAX + OCI_REF_TAG_MAX + 2];

	snprintf(wanted, sizeof(wanted), "%s:%.*s", ref->name, OCI_REF_TAG_MAX, ref->tag);
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *tags = NULL;
		int r = json_get_array(json_at(list, i), "RepoTags", &tags, e);
		if (r < 0)
			return r;
		for (size_t k = 0; tags && k < json_count(tags); k++) {
			const char *tag = NULL;
			r = json_str(json_at(tags, k), &tag, e);
			if (r < 0)
				return r;
			if (!(*name)[0] || str_eq(tag, wanted))
				*name = tag;
			if (ref->name[0] && str_eq(tag, wanted)) {
				*ret = json_at(list, i);
				return 0;
			}
		}
	}
	if (ref->name[0])
		return err_set(e, -ENOENT, "no image named %s in the archive", wanted);
	if (json_count(list) != 1)
		return err_set(e, -EINVAL, "%zu images in the archive; name one: docker-archive:FILE:NAME:TAG",
			       json_count(list));
	*ret = json_at(list, 0);
	return 0;
}

static int saved_layers(const struct oci_source_job *job, const struct json *image, struct oci_manifest *m,
			struct oci_source_result *result, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(image, "Layers", &list, e);

	m->layer_count = r == 0 && list ? json_count(list) : 0;
	if (m->layer_count > OCI_LAYERS_MAX)
		return err_set(e, -E2BIG, "Layers: %zu entries, at most %d are read", m->layer_count, OCI_LAYERS_MAX);
	for (size_t i = 0; r == 0 && i < m->layer_count; i++) {
		const char *path = NULL;
		r = json_str(json_at(list, i), &path, e);
		if (r == 0)
			r = copy_archived(job, path, result, &m->layers[i], e);
		if (r < 0)
			return err_wrap(e, r, "layer %zu", i + 1);
	}
	return r;
}

static int read_saved_config(const struct oci_source_job *job, const struct json *image, struct oci_manifest *m,
			     struct oci_source_result *result, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(ARENA_BYTES);
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	const char *path = NULL;
	int r = json_get_str(image, "Config", &path, e);

	if (r == 0 && !path)
		r = err_set(e, -EINVAL, "Config: missing");
	if (r == 0 && (r = oci_tree_read(job->tree, path, &text, e)) == -ENOENT)
		r = err_set(e, r, "%.200s is missing in the archive", path);
	if (r == 0)
		r = check_config(buf_str(&text), text.len, m->layer_count, &a, e);
	if (r == 0)
		r = job->layer ? give_config(job, &text, NULL, e) : copy_archived(job, path, result, &m->config, e);
	m->config.media = OCI_MEDIA_CONFIG;
	return r;
}

static int read_docker(const struct oci_source_job *job, struct oci_source_result *result, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	struct oci_desc layers[OCI_LAYERS_MAX] = {0};
	struct oci_manifest m = {.layers = layers};
	const struct json *image = NULL;
	const char *name = "";
	int r = oci_tree_read(job->tree, "manifest.json", &text, e);

	if (r == -ENOENT)
		return err_set(e, r, "not written by docker save: it has no manifest.json");
	if (r == 0)
		r = json_parse(buf_str(&text), text.len, OCI_JSON_LIMITS, &doc, e);
	if (r == 0)
		r = choose_saved(doc, job->ref, &image, &name, e);
	if (r < 0)
		return err_wrap(e, r, "manifest.json");
	r = saved_layers(job, image, &m, result, e);
	if (r == 0)
		r = read_saved_config(job, image, &m, result, e);
	if (r < 0)
		return r;
	snprintf(result->names, sizeof(result->names), "%s", strlen(name) < sizeof(result->names) ? name : "");
	if (job->layer)
		return digest_of(job->config->data, job->config->len, &result->config);
	buf_reset(&text);
	oci_manifest_encode(&m, &text);
	result->config = m.config.digest;
	r = buf_error(&text);
	return r < 0 ? r : add_text_blob(job, buf_str(&text), text.len, &result->manifest, e);
}

static const struct {
	enum oci_transport transport;
	int (*read)(const struct oci_source_job *job, struct oci_source_result *result, struct err *e);
} formats[] = {
	{OCI_TRANSPORT_LAYOUT, read_layout},
	{OCI_TRANSPORT_OCI_ARCHIVE, read_layout},
	{OCI_TRANSPORT_DOCKER_ARCHIVE, read_docker},
	{OCI_TRANSPORT_DIR, read_dir},
};

int oci_source_read(const struct oci_source_job *job, struct oci_source_result *ret, struct err *e)
{
	struct oci_source_result result = {0};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (formats[i].transport != job->ref->transport)
			continue;
		int r = formats[i].read(job, &result, e);
		if (r == 0)
			*ret = result;
		return r;
	}
	return err_set(e, -EOPNOTSUPP, "%s: images are not read from there", oci_transport_name(job->ref->transport));
}
