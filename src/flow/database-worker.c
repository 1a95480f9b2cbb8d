/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker's side of an import: takes its job, confines itself, and only then reads the first byte of the feed.
 */
#include <stdio.h>
#include <string.h>

#include "database-job.h"
#include "priv/channel.h"
#include "priv/sandbox.h"

#define WORKER_MEMORY (4ull << 30)

enum { WORKER_OK, WORKER_NO_JOB };

static int build(const struct priv_message *m, struct database_result *ret, struct err *e)
{
	SCOPED_PTR(vuln_builder) struct vuln_builder *b = NULL;
	struct database_job job;
	size_t count = 0;

	memcpy(&job, m->body, sizeof(job));
	job.source[sizeof(job.source) - 1] = job.words[sizeof(job.words) - 1] = '\0';
	struct priv_sandbox box = {.root_fd = job.is_folder ? m->fds[0] : -1,
				   .folders = {{m->fds[0], false}},
				   .folder_count = job.is_folder ? 1 : 0,
				   .memory_bytes = WORKER_MEMORY,
				   .file_bytes = VULN_INDEX_BYTES_MAX};
	int r = priv_confine(&box, e);
	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = vuln_builder_new(job.source, job.now_s, &b, e);
	if (r == 0)
		r = job.is_folder ? vuln_build_folder(b, m->fds[0], e) : vuln_build_file(b, m->fds[0], job.words, e);
	if (r == 0)
		r = vuln_builder_write(b, m->fds[1], ret->pieces, &count, e);
	if (r < 0)
		return r;
	ret->count = (uint32_t)count;
	ret->refusals = *vuln_builder_refusals(b);
	if (!count)
		return err_set(e, -EBADMSG, "%s: no advisories in it%s%s", job.words, ret->refusals.count ? "; " : "",
			       ret->refusals.count ? ret->refusals.words[0] : "");
	return 0;
}

int database_worker(int channel)
{
	struct database_result result = {0};
	struct database_failure failure = {0};
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != DATABASE_JOB || m->len != sizeof(struct database_job) ||
	    m->fd_count != 2)
		return WORKER_NO_JOB;
	failure.code = build(m, &result, &e);
	snprintf(failure.text, sizeof(failure.text), "%s", err_text(&e));
	int r = failure.code < 0 ? priv_send(channel, DATABASE_FAILED, &failure, sizeof(failure), NULL, 0)
				 : priv_send(channel, DATABASE_DONE, &result, sizeof(result), NULL, 0);
	return r < 0 ? WORKER_NO_JOB : WORKER_OK;
}
