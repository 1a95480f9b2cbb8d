/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker's side of importing and unpacking: takes its job from the channel, confines itself to the folders that
 * came with it, and only then reads the first byte of the image.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database-job.h"
#include "flow/image.h"
#include "gap.h"
#include "mirror.h"
#include "model/worker.h"
#include "monitor.h"
#include "oci/layer.h"
#include "oci/source.h"
#include "oci/tar.h"
#include "priv/channel.h"
#include "priv/sandbox.h"

#define CAP(name) (1ull << CAP_##name)
#define UNPACK_CAPS (CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | CAP(FSETID) | CAP(SETFCAP))
#define WORKER_MEMORY (1024ull << 20)

enum { WORKER_OK, WORKER_NO_JOB };

static int report_failure(int channel, int code, const struct err *e)
{
	struct model_worker_failure f = {.code = code};

	snprintf(f.text, sizeof(f.text), "%s", err_text(e));
	return priv_send(channel, MODEL_WORKER_FAILED, &f, sizeof(f), NULL, 0) < 0 ? WORKER_NO_JOB : WORKER_OK;
}

static int ask_opaque(void *data, int fd, struct err *e)
{
	int channel = *(int *)data;
	struct priv_message *m = malloc(sizeof(*m));
	struct model_worker_answer answer = {.result = -EPROTO};
	int r = m ? priv_send(channel, MODEL_WORKER_OPAQUE, NULL, 0, &fd, 1) : -ENOMEM;

	if (r == 0 && priv_recv(channel, m) == 1) {
		if (m->type == MODEL_WORKER_ANSWER && m->len == sizeof(answer))
			memcpy(&answer, m->body, sizeof(answer));
		priv_message_done(m);
	}
	free(m);
	r = r < 0 ? r : answer.result;
	return r < 0 ? err_sys(e, r, "marking a folder opaque") : 0;
}

static int unpack(int channel, const struct priv_message *m, struct oci_layer_result *ret, struct err *e)
{
	struct model_unpack_job job;
	struct priv_sandbox box = {.root_fd = m->fds[1],
				   .folders = {{m->fds[1], true}},
				   .folder_count = 1,
				   .capabilities = UNPACK_CAPS,
				   .memory_bytes = WORKER_MEMORY,
				   .file_bytes = OCI_TAR_FILE_MAX};
	struct oci_layer_job layer = {.target_fd = m->fds[1],
				      .lower_fds = m->fds + 2,
				      .lower_count = m->fd_count - 2,
				      .mark_opaque = ask_opaque,
				      .data = &channel};
	SCOPED_PTR(oci_stream) struct oci_stream *stream = NULL;

	memcpy(&job, m->body, sizeof(job));
	int r = priv_confine(&box, e);
	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = oci_stream_open_fd(m->fds[0], 0, job.blob_bytes, &stream, e);
	return r < 0 ? r : oci_layer_apply(stream, &layer, ret, e);
}

static int run_unpack(int channel)
{
	struct oci_layer_result result = {0};
	struct model_unpack_result answer = {0};
	struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_UNPACK ||
	    m->len != sizeof(struct model_unpack_job) || m->fd_count < 2)
		return WORKER_NO_JOB;
	int r = unpack(channel, m, &result, &e);
	if (r < 0)
		return report_failure(channel, r, &e);
	memcpy(answer.diff_id, result.diff_id.text, sizeof(answer.diff_id));
	answer.entries = result.entries;
	answer.bytes = result.bytes;
	answer.skipped_devices = result.skipped_devices;
	answer.skipped_xattrs = result.skipped_xattrs;
	return priv_send(channel, MODEL_WORKER_UNPACKED, &answer, sizeof(answer), NULL, 0) < 0 ? WORKER_NO_JOB
											       : WORKER_OK;
}

static int import(const struct priv_message *m, struct oci_source_result *ret, struct err *e)
{
	struct model_import_job job;
	struct oci_ref ref = {.transport = OCI_TRANSPORT_NAME};
	struct priv_sandbox box = {.root_fd = m->fds[1],
				   .folders = {{m->fds[1], true}, {m->fds[0], false}},
				   .folder_count = 2,
				   .capabilities = CAP(DAC_READ_SEARCH) | CAP(DAC_OVERRIDE),
				   .memory_bytes = WORKER_MEMORY,
				   .file_bytes = OCI_STREAM_BYTES_MAX};
	struct oci_source_job source = {.ref = &ref, .blobs_fd = m->fds[1], .have_fd = m->fds[2]};
	SCOPED_PTR(oci_tree) struct oci_tree *tree = NULL;

	memcpy(&job, m->body, sizeof(job));
	ref.transport = (enum oci_transport)job.transport;
	snprintf(ref.name, sizeof(ref.name), "%.*s", OCI_REF_NAME_MAX, job.name);
	snprintf(ref.tag, sizeof(ref.tag), "%.*s", OCI_REF_NAME_MAX, job.tag);
	int r = priv_confine(&box, e);
	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = oci_tree_open(m->fds[0], m->fds[1], &tree, e);
	source.tree = tree;
	return r < 0 ? r : oci_source_read(&source, ret, e);
}

static int run_import(int channel)
{
	struct oci_source_result result = {0};
	struct model_import_result answer = {0};
	struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_IMPORT ||
	    m->len != sizeof(struct model_import_job) || m->fd_count != 3)
		return WORKER_NO_JOB;
	int r = import(m, &result, &e);
	if (r < 0)
		return report_failure(channel, r, &e);
	memcpy(answer.manifest, result.manifest.text, sizeof(answer.manifest));
	snprintf(answer.name, sizeof(answer.name), "%s", result.names);
	answer.copied_bytes = result.copied_bytes;
	return priv_send(channel, MODEL_WORKER_IMPORTED, &answer, sizeof(answer), NULL, 0) < 0 ? WORKER_NO_JOB
											       : WORKER_OK;
}

const struct priv_role flow_worker_roles[] = {
	{"unpack", run_unpack}, {"import", run_import},	    {"monitor", flow_monitor_run},
	{"keeper", gap_keeper}, {"index", database_worker}, {"artifact", mirror_worker},
	{NULL, NULL},
};
