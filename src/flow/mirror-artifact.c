/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests of artifacts are outside bytes that no signature covers: a worker reads them and says two digests, which are all
 * that is taken from them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "mirror.h"
#include "model/worker.h"
#include "oci/manifest.h"
#include "oci/tree.h"
#include "priv/sandbox.h"
#include "priv/worker.h"
#include "scan-plan.h"

#define WORKER_MEMORY (256ull << 20)

enum { WORKER_OK, WORKER_NO_JOB };

static int read_range(int fd, struct buf *out, struct err *e)
{
	char piece[4096];
	ssize_t got = 0;
	int r = 0;

	for (off_t at = 0; r == 0 && (got = pread(fd, piece, sizeof(piece), at)) > 0; at += got)
		r = buf_add(out, piece, (size_t)got);
	return r < 0 || got < 0 ? err_sys(e, r < 0 ? r : -errno, "the manifest") : 0;
}

/* The manifest that TAG names in a layout. */
static int read_layout(int folder, const char *tag, struct arena *a, struct buf *out, struct err *e)
{
	SCOPED_PTR(oci_tree) struct oci_tree *tree = NULL;
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	const struct oci_desc *chosen = NULL;
	struct oci_index index;
	char path[DIGEST_TEXT_MAX + 16];
	int r = oci_tree_open(folder, folder, &tree, e);

	if (r == 0 && (r = oci_tree_read(tree, "index.json", &text, e)) == -ENOENT)
		err_set(e, r, "no index.json: this is no OCI layout");
	if (r == 0)
		r = oci_index_decode(buf_str(&text), text.len, a, &index, e);
	if (r == 0)
		r = oci_index_choose(&index, tag, &chosen, e);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "blobs/%.*s/%s", (int)strcspn(chosen->digest.text, ":"), chosen->digest.text,
		 digest_hex(&chosen->digest));
	r = oci_tree_read(tree, path, out, e);
	return r == -ENOENT ? err_set(e, r, "%s is missing in the layout", path) : r;
}

static int read_artifact(const struct model_import_job *job, int fd, struct model_artifact_result *ret, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(32u << 20);
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct oci_manifest m;
	int r = job->transport == OCI_TRANSPORT_LAYOUT ? read_layout(fd, job->tag, &a, &text, e)
						       : read_range(fd, &text, e);

	if (r == 0)
		r = oci_artifact_decode(buf_str(&text), text.len, &a, &m, e);
	if (r < 0)
		return r;
	const struct oci_desc *list = oci_artifact_find(&m, MIRROR_LIST_NAME);
	const struct oci_desc *signature = oci_artifact_find(&m, MIRROR_SIGNATURE_NAME);
	if (!list || !signature)
		return err_set(e, -ENOENT,
			       "no " MIRROR_LIST_NAME " with its signature in it; this is no mirror of skep's");
	memcpy(ret->list, list->digest.text, sizeof(ret->list));
	memcpy(ret->signature, signature->digest.text, sizeof(ret->signature));
	return 0;
}

int mirror_worker(int channel)
{
	struct model_artifact_result result = {0};
	struct model_worker_failure failure = {0};
	struct model_import_job job;
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_ARTIFACT || m->len != sizeof(job) ||
	    m->fd_count != 1)
		return WORKER_NO_JOB;
	memcpy(&job, m->body, sizeof(job));
	job.tag[sizeof(job.tag) - 1] = '\0';
	bool layout = job.transport == OCI_TRANSPORT_LAYOUT;
	struct priv_sandbox box = {.root_fd = layout ? m->fds[0] : -1,
				   .folders = {{m->fds[0], false}},
				   .folder_count = layout ? 1 : 0,
				   .memory_bytes = WORKER_MEMORY};
	failure.code = priv_confine(&box, &e);
	if (failure.code == 0)
		failure.code = read_artifact(&job, m->fds[0], &result, &e);
	snprintf(failure.text, sizeof(failure.text), "%s", err_text(&e));
	int r = failure.code < 0 ? priv_send(channel, MODEL_WORKER_FAILED, &failure, sizeof(failure), NULL, 0)
				 : priv_send(channel, MODEL_WORKER_ARTIFACT_READ, &result, sizeof(result), NULL, 0);
	return r < 0 ? WORKER_NO_JOB : WORKER_OK;
}

/* ---- the caller's side ---- */

static int take_digest(char text[MODEL_DIGEST_TEXT], struct digest *ret)
{
	text[MODEL_DIGEST_TEXT - 1] = '\0';
	return digest_parse(text, ret);
}

static int hear(struct priv_worker *w, struct mirror_blobs *ret, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct model_artifact_result result;
	int r = m ? scan_worker_hear(w, m, e) : err_set(e, -ENOMEM, "out of memory");

	if (r < 0)
		return r;
	priv_message_done(m);
	if (m->type != MODEL_WORKER_ARTIFACT_READ || m->len != sizeof(result))
		return scan_worker_failed(m, e);
	memcpy(&result, m->body, sizeof(result));
	if (take_digest(result.list, &ret->list) < 0 || take_digest(result.signature, &ret->signature) < 0)
		return err_set(e, -EPROTO, "the sandboxed worker claims what cannot be; the manifest may be an attack");
	return 0;
}

int mirror_artifact(int fd, const char *tag, struct mirror_blobs *ret, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	struct model_import_job job = {.transport = tag ? OCI_TRANSPORT_LAYOUT : OCI_TRANSPORT_NAME};
	int r = priv_worker_start("artifact", &w, e);

	if (r < 0)
		return r;
	snprintf(job.tag, sizeof(job.tag), "%s", tag ? tag : "");
	r = priv_send(w.channel, MODEL_WORKER_ARTIFACT, &job, sizeof(job), &fd, 1);
	if (r < 0)
		return err_sys(e, r, "giving a worker its job");
	return hear(&w, ret, e);
}
