/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Importing, the caller's side: workers for the sources, two at a time, then one index of what they wrote and what was
 * there.
 */
#include "flow/database.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/path.h"
#include "database-job.h"
#include "priv/worker.h"

#define FOLDER "db"
#define TEMPORARY VULN_INDEX_NAME ".new"
#define LOCK "lock"
#define WORKERS_MAX 4

/* One source on its way. */
struct task {
	struct flow_db_input *input;
	struct priv_worker worker;
	int output; /* what the worker writes; owned */
	bool running, done;
	struct database_result result;
};

struct import {
	int folder; /* ROOT/db */
	int64_t now_s;
	struct task *tasks;
	size_t count, workers;
};

static int open_output(int folder)
{
	int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd < 0 ? -errno : fd;
	/* A file system without nameless files. */
	fd = openat(folder, "part", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	unlinkat(folder, "part", 0);
	return fd;
}

static int start(struct import *im, struct task *t, struct err *e)
{
	struct database_job job = {.now_s = im->now_s, .is_folder = t->input->is_folder};
	int r = open_output(im->folder);

	if (r < 0)
		return err_sys(e, r, "making a temporary file");
	t->output = r;
	snprintf(job.source, sizeof(job.source), "%s", t->input->source);
	snprintf(job.words, sizeof(job.words), "%s", t->input->words);
	r = priv_worker_start("index", &t->worker, e);
	if (r == 0) {
		const int fds[] = {t->input->fd, t->output};
		r = priv_send(t->worker.channel, DATABASE_JOB, &job, sizeof(job), fds, ARRAY_LEN(fds));
		if (r < 0)
			err_sys(e, r, "giving a worker its job");
	}
	t->running = r == 0;
	return r;
}

/* What a worker claims must lie in the file it wrote. */
static int check_result(const struct task *t, struct err *e)
{
	struct stat st;

	if (fstat(t->output, &st) < 0)
		return err_sys(e, -errno, "%s", t->input->words);
	if (!t->result.count || t->result.count > VULN_SEGMENT_KINDS)
		return err_set(e, -EPROTO, "the sandboxed worker claims what cannot be; the file may be an attack");
	for (uint32_t i = 0; i < t->result.count; i++) {
		const struct vuln_piece *p = &t->result.pieces[i];
		if (p->offset > (uint64_t)st.st_size || p->bytes > (uint64_t)st.st_size - p->offset ||
		    !memchr(p->name, '\0', sizeof(p->name)) || p->kind >= VULN_SEGMENT_KINDS)
			return err_set(e, -EPROTO,
				       "the sandboxed worker claims what cannot be; the file may be an attack");
	}
	return 0;
}

static int finish(struct task *t, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct database_failure failure;
	int r = m ? priv_recv(t->worker.channel, m) : -ENOMEM;

	t->running = false;
	if (r == 0) {
		r = priv_worker_wait(&t->worker, e);
		return r < 0 ? err_wrap(e, r, "%s", t->input->words)
			     : err_set(e, -EPROTO, "%s: the sandboxed worker ended without an answer", t->input->words);
	}
	if (r < 0)
		return err_sys(e, r, "%s: the sandboxed worker's answer", t->input->words);
	priv_message_done(m);
	if (m->type == DATABASE_DONE && m->len == sizeof(t->result)) {
		memcpy(&t->result, m->body, sizeof(t->result));
		t->done = true;
		return check_result(t, e);
	}
	if (m->type != DATABASE_FAILED || m->len != sizeof(failure))
		return err_set(e, -EPROTO,
			       "the sandboxed worker asked for something it may not; the file may be an attack");
	memcpy(&failure, m->body, sizeof(failure));
	failure.text[sizeof(failure.text) - 1] = '\0';
	str_plain(failure.text, strlen(failure.text));
	return err_set(e, failure.code < 0 && failure.code > -4096 ? failure.code : -EPROTO, "%s", failure.text);
}

/* Waits for the next worker that says something. */
static int wait_for_one(struct import *im, struct err *e)
{
	struct pollfd polls[WORKERS_MAX];
	struct task *tasks[WORKERS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < im->count && n < WORKERS_MAX; i++)
		if (im->tasks[i].running) {
			polls[n] = (struct pollfd){im->tasks[i].worker.channel, POLLIN, 0};
			tasks[n++] = &im->tasks[i];
		}
	while (poll(polls, n, -1) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "waiting for workers");
	for (size_t i = 0; i < n; i++)
		if (polls[i].revents)
			return finish(tasks[i], e);
	return 0;
}

static int read_sources(struct import *im, struct err *e)
{
	size_t next = 0, left = im->count;
	int r = 0;

	while (r == 0 && left) {
		size_t running = 0;
		for (size_t i = 0; i < im->count; i++)
			running += im->tasks[i].running;
		if (running < im->workers && next < im->count) {
			r = start(im, &im->tasks[next++], e);
			continue;
		}
		r = wait_for_one(im, e);
		left = im->count;
		for (size_t i = 0; i < im->count; i++)
			left -= im->tasks[i].done;
	}
	return r;
}

/* ---- the new index ---- */

static int open_old(int folder, struct vuln_index **ret, char *lost, size_t room, struct err *e)
{
	struct err why = {0};
	scoped_fd int fd = openat(folder, VULN_INDEX_NAME, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "the index");
	int r = vuln_open(fd, ret, &why);
	if (r == -EBADMSG) {
		snprintf(lost, room, "%s", err_text(&why));
		return 0;
	}
	return r < 0 ? err_wrap(e, r, "%s", err_text(&why)) : 0;
}

/* The last of two sources of one name and kind counts, as if they had been imported one after the other. */
static size_t collect_parts(const struct import *im, struct vuln_part *parts)
{
	size_t count = 0;

	for (size_t i = 0; i < im->count; i++)
		for (uint32_t k = 0; k < im->tasks[i].result.count; k++) {
			const struct vuln_piece *p = &im->tasks[i].result.pieces[k];
			size_t at = 0;
			while (at < count &&
			       (parts[at].piece.kind != p->kind || !str_eq(parts[at].piece.name, p->name)))
				at++;
			parts[at] = (struct vuln_part){im->tasks[i].output, *p};
			count += at == count;
		}
	return count;
}

static int replace(struct import *im, struct flow_db_notes *notes, struct err *e)
{
	SCOPED_PTR(vuln_index) struct vuln_index *old = NULL, *fresh = NULL;
	scoped_free struct vuln_part *parts = calloc(im->count * VULN_SEGMENT_KINDS, sizeof(*parts));
	struct stat st;
	int r = parts ? open_old(im->folder, &old, notes->lost, sizeof(notes->lost), e)
		      : err_sys(e, -ENOMEM, "the index");

	if (r < 0)
		return r;
	size_t count = collect_parts(im, parts);
	scoped_fd int fd = openat(im->folder, TEMPORARY, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, -errno, "making the new index");
	r = vuln_assemble(fd, old, parts, count, e);
	/* Whatever the workers wrote, it goes in place only when it can be opened. */
	if (r == 0)
		r = vuln_open(fd, &fresh, e);
	if (r == 0 && (fsync(fd) < 0 || fstat(fd, &st) < 0 ||
		       renameat(im->folder, TEMPORARY, im->folder, VULN_INDEX_NAME) < 0 || fsync(im->folder) < 0))
		r = err_sys(e, -errno, "replacing the index");
	if (r < 0)
		unlinkat(im->folder, TEMPORARY, 0);
	else
		notes->index_bytes = (uint64_t)st.st_size;
	return r;
}

static void note(const struct task *t, struct flow_db_notes *notes)
{
	for (uint32_t i = 0; i < t->result.count && notes->count < ARRAY_LEN(notes->items); i++) {
		const struct vuln_piece *p = &t->result.pieces[i];
		struct flow_db_note *n = &notes->items[notes->count++];
		*n = (struct flow_db_note){.documents = p->documents, .rows = p->rows, .bytes = p->bytes};
		snprintf(n->source, sizeof(n->source), "%s", p->name);
		snprintf(n->input, sizeof(n->input), "%s", t->input->source);
		snprintf(n->kind, sizeof(n->kind), "%s", vuln_segment_kind_name((enum vuln_segment_kind)p->kind));
		if (i > 0)
			continue;
		n->refused = t->result.refusals.count;
		for (size_t k = 0; k < VULN_REFUSALS_MAX; k++) {
			size_t len = strnlen(t->result.refusals.words[k], sizeof(n->refusals[k]) - 1);
			memcpy(n->refusals[k], t->result.refusals.words[k], len);
			str_plain(n->refusals[k], len);
		}
	}
}

static int compare_inputs(const void *a, const void *b)
{
	const struct flow_db_input *l = a, *r = b;

	return (l->bytes < r->bytes) - (l->bytes > r->bytes);
}

static int open_folder(const char *root, int *ret, struct err *e)
{
	scoped_free char *path = str_printf("%s/" FOLDER, root);
	int r = path ? path_mkdirs(path, 0755) : -ENOMEM;

	if (r == 0) {
		*ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = *ret < 0 ? -errno : 0;
	}
	return r < 0 ? err_sys(e, r, "%s/" FOLDER, root) : 0;
}

static int run(struct import *im, struct flow_db_inputs *in, struct flow_db_notes *ret, struct err *e)
{
	scoped_fd int lock = openat(im->folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock < 0)
		return err_sys(e, -errno, "the lock of the index");
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? err_set(e, -EBUSY, "another import is running; wait for its end")
					    : err_sys(e, -errno, "the lock of the index");
	qsort(in->items, in->count, sizeof(in->items[0]), compare_inputs);
	for (size_t i = 0; i < in->count; i++)
		im->tasks[i] = (struct task){.input = &in->items[i], .worker = PRIV_WORKER_INIT, .output = -1};
	int r = read_sources(im, e);
	if (r == 0)
		r = replace(im, ret, e);
	for (size_t i = 0; i < im->count; i++) {
		if (r == 0)
			note(&im->tasks[i], ret);
		priv_worker_done(&im->tasks[i].worker);
		close_keep_errno(im->tasks[i].output);
	}
	return r;
}

int flow_db_import(const char *root, struct flow_db_inputs *in, struct flow_db_notes *ret, struct err *e)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct import im = {.folder = -1, .now_s = clock_wall() / CLOCK_NS_PER_S, .count = in->count};

	*ret = (struct flow_db_notes){.imported_s = im.now_s};
	im.workers = processors < 1 ? 1 : (size_t)MIN_OF(processors, WORKERS_MAX);
	im.tasks = calloc(in->count + 1, sizeof(*im.tasks));
	if (!im.tasks)
		return err_sys(e, -ENOMEM, "importing");
	int r = open_folder(root, &im.folder, e);
	if (r == 0)
		r = run(&im, in, ret, e);
	close_keep_errno(im.folder);
	free(im.tasks);
	return r;
}
