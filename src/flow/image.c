/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Importing and unpacking, the caller's side: opens what the worker may touch, answers its few questions, checks what
 * it claims, and makes the result visible in one step.
 */
#include "flow/image.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "model/worker.h"
#include "oci/layer.h"

/* The worker may have folders marked opaque only below the one it fills. */
static int mark_opaque(const struct priv_message *m, int target)
{
	char root[PATH_MAX], path[PATH_MAX];
	struct stat st;
	size_t len;

	if (m->fd_count != 1 || m->len != 0)
		return -EPROTO;
	int r = fd_real_path(target, root, sizeof(root));
	if (r == 0)
		r = fd_real_path(m->fds[0], path, sizeof(path));
	if (r < 0)
		return r;
	len = strlen(root);
	if (strncmp(path, root, len) != 0 || (path[len] != '/' && path[len] != '\0') || fstat(m->fds[0], &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return -EPERM;
	return oci_layer_set_opaque(m->fds[0]);
}

/* The permitted requests, until the one answer of type DONE and SIZE bytes, copied to RET. */
static int converse(struct priv_worker *w, int target, uint32_t done, void *ret, size_t size, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct model_worker_failure failure;

	while (m) {
		int r = priv_recv(w->channel, m);
		if (r == 0) {
			r = priv_worker_wait(w, e);
			return r < 0 ? r : err_set(e, -EPROTO, "the sandboxed worker ended without an answer");
		}
		if (r < 0)
			return err_sys(e, r, "the sandboxed worker's answer");
		if (m->type == MODEL_WORKER_OPAQUE && target >= 0) {
			struct model_worker_answer answer = {.result = mark_opaque(m, target)};
			priv_message_done(m);
			r = priv_send(w->channel, MODEL_WORKER_ANSWER, &answer, sizeof(answer), NULL, 0);
			if (r < 0)
				return err_sys(e, r, "answering the sandboxed worker");
			continue;
		}
		priv_message_done(m);
		if (m->type == done && m->len == size) {
			memcpy(ret, m->body, size);
			return 0;
		}
		if (m->type != MODEL_WORKER_FAILED || m->len != sizeof(failure))
			return err_set(
				e, -EPROTO,
				"the sandboxed worker asked for something it may not; the image may be an attack");
		memcpy(&failure, m->body, sizeof(failure));
		failure.text[sizeof(failure.text) - 1] = '\0';
		return err_set(e, failure.code < 0 && failure.code > -4096 ? failure.code : -EPROTO, "%s",
			       failure.text);
	}
	return err_set(e, -ENOMEM, "out of memory");
}

/* ---- unpacking ---- */

struct lowers {
	int fds[OCI_LAYERS_MAX + 2]; /* blob and target first, then the layers below, the nearest first */
	size_t count;
};

static void close_from(struct lowers *l, size_t first)
{
	while (l->count > first)
		close_keep_errno(l->fds[--l->count]);
}

static int open_lowers(struct oci_store *s, const struct oci_image *image, size_t n, struct lowers *l, struct err *e)
{
	for (size_t i = n; i-- > 0;) {
		int r = oci_store_open_layer(s, image->layers.items[i], &l->fds[l->count], e);
		if (r < 0)
			return r == -ENOENT ? err_set(e, r, "layer %zu vanished from the store", i + 1) : r;
		l->count++;
	}
	return 0;
}

static int check_result(struct model_unpack_result *result, const struct digest *diff_id, struct err *e)
{
	result->diff_id[sizeof(result->diff_id) - 1] = '\0';
	if (!str_eq(result->diff_id, diff_id->text))
		return err_set(e, -EBADMSG, "its unpacked content has the digest %s, the image says %s",
			       result->diff_id, diff_id->text);
	return 0;
}

static int unpack_into(struct oci_store *s, const struct oci_image *image, size_t n, const struct oci_tmp *tmp,
		       struct model_unpack_result *result, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	struct lowers l = {.fds = {-1, tmp->fd}, .count = 2};
	struct model_unpack_job job;
	struct digest blob;
	struct stat st;
	char text[DIGEST_TEXT_MAX];

	snprintf(text, sizeof(text), "%s:%s", strlen(image->blobs.items[n]) == 128 ? "sha512" : "sha256",
		 image->blobs.items[n]);
	int r = digest_parse(text, &blob);
	if (r == 0)
		r = oci_store_open_blob(s, &blob, &l.fds[0], e);
	if (r < 0)
		return r;
	r = fstat(l.fds[0], &st) < 0 ? err_sys(e, -errno, "blob %s", text) : open_lowers(s, image, n, &l, e);
	job.blob_bytes = r == 0 ? (uint64_t)st.st_size : 0;
	if (r == 0)
		r = priv_worker_start("unpack", &w, e);
	if (r == 0 && (r = priv_send(w.channel, MODEL_WORKER_UNPACK, &job, sizeof(job), l.fds, l.count)) < 0)
		err_sys(e, r, "giving the worker its job");
	if (r == 0)
		r = converse(&w, tmp->fd, MODEL_WORKER_UNPACKED, result, sizeof(*result), e);
	close_from(&l, 2);
	close_keep_errno(l.fds[0]);
	return r;
}

static int unpack_layer(struct oci_store *s, const struct oci_image *image, size_t n, const struct digest *diff_id,
			struct flow_unpack_notes *notes, struct err *e)
{
	struct model_unpack_result result = {0};
	struct oci_tmp tmp = {.fd = -1};
	int fd = -1;
	int r = oci_store_open_layer(s, image->layers.items[n], &fd, e);

	close_keep_errno(fd);
	if (r != -ENOENT)
		return r;
	r = oci_store_tmp(s, &tmp, e);
	if (r == 0)
		r = unpack_into(s, image, n, &tmp, &result, e);
	if (r == 0)
		r = check_result(&result, diff_id, e);
	if (r == 0)
		r = oci_store_publish_layer(s, &tmp, image->layers.items[n], e);
	oci_store_tmp_drop(s, &tmp);
	if (r < 0)
		return err_wrap(e, r, "layer %zu (%.12s)", n + 1, image->blobs.items[n]);
	notes->layers++;
	notes->entries += result.entries;
	notes->bytes += result.bytes;
	notes->skipped_devices += result.skipped_devices;
	notes->skipped_xattrs += result.skipped_xattrs;
	return 0;
}

/* All layers are there already: no document needs to be read. */
static bool all_unpacked(const struct oci_store *s, const struct oci_image *image)
{
	for (size_t i = image->layers.count; i-- > 0;) {
		int fd = -1;
		if (oci_store_open_layer(s, image->layers.items[i], &fd, NULL) < 0)
			return false;
		close(fd);
	}
	return true;
}

int flow_unpack_layers(struct oci_store *s, const struct oci_image *image, struct flow_unpack_notes *notes,
		       struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(32u << 20);
	struct oci_image_docs docs = {0};

	*notes = (struct flow_unpack_notes){0};
	if (all_unpacked(s, image))
		return 0;
	int r = oci_store_read_docs(s, &image->manifest, &a, &docs, e);
	if (r == 0 && docs.config.diff_id_count != image->layers.count)
		r = err_set(e, -EBADMSG, "the store's record of the image differs from its manifest");
	for (size_t i = 0; r == 0 && i < image->layers.count; i++)
		r = unpack_layer(s, image, i, &docs.config.diff_ids[i], notes, e);
	return r;
}

/* ---- importing ---- */

static int import_into(struct oci_store *s, const struct oci_ref *ref, const struct oci_tmp *tmp,
		       struct model_import_result *result, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	struct model_import_job job = {.transport = (uint32_t)ref->transport};
	scoped_fd int source = open(ref->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (source < 0)
		return err_sys(e, -errno, "%s", ref->path);
	snprintf(job.name, sizeof(job.name), "%s", ref->name);
	snprintf(job.tag, sizeof(job.tag), "%s", ref->tag);
	int r = priv_worker_start("import", &w, e);
	if (r < 0)
		return r;
	const int fds[] = {source, tmp->fd, oci_store_blobs_fd(s)};
	r = priv_send(w.channel, MODEL_WORKER_IMPORT, &job, sizeof(job), fds, ARRAY_LEN(fds));
	if (r < 0)
		return err_sys(e, r, "giving the worker its job");
	r = converse(&w, -1, MODEL_WORKER_IMPORTED, result, sizeof(*result), e);
	result->manifest[sizeof(result->manifest) - 1] = '\0';
	result->name[sizeof(result->name) - 1] = '\0';
	return r < 0 ? err_wrap(e, r, "%s", ref->path) : 0;
}

/* The name the user gave, else the image's own where it is a valid one, else one made from the path. */
static int name_for(const struct oci_ref *ref, const char *wanted, const char *own, char *text, size_t len,
		    struct err *e)
{
	struct oci_ref name;
	int r;

	if (wanted)
		r = oci_ref_parse_name(wanted, &name, e);
	else if (own[0] && oci_ref_parse_name(own, &name, NULL) == 0)
		r = 0;
	else
		r = oci_ref_default_name(ref, &name);
	return r < 0 ? r : oci_ref_format_name(&name, text, len);
}

int flow_import(struct oci_store *s, const struct oci_ref *ref, const char *name, struct oci_image *ret,
		struct flow_import_notes *notes, struct err *e)
{
	struct model_import_result result = {0};
	struct oci_tmp tmp = {.fd = -1};
	struct digest manifest;
	int r = oci_store_tmp(s, &tmp, e);

	if (r == 0)
		r = import_into(s, ref, &tmp, &result, e);
	if (r == 0 && (r = digest_parse(result.manifest, &manifest)) < 0)
		r = err_set(e, -EPROTO, "the sandboxed worker's answer is no digest");
	if (r == 0)
		r = name_for(ref, name, result.name, notes->name, sizeof(notes->name), e);
	if (r == 0)
		r = oci_store_adopt_blobs(s, &tmp, e);
	oci_store_tmp_drop(s, &tmp);
	if (r == 0)
		r = oci_store_add_image(s, &manifest, notes->name, ret, e);
	if (r == 0)
		notes->copied_bytes = result.copied_bytes;
	return r;
}
