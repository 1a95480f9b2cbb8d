/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep-scan, the worker that reads what others made. It is a program of its own, so that the readers of forty formats and
 * the libraries below them are in no process that can do anything: skep starts it for one job, it takes descriptors from
 * its channel, confines itself, reads, answers and ends.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "model/worker.h"
#include "oci/source.h"
#include "oci/tar.h"
#include "priv/channel.h"
#include "priv/sandbox.h"
#include "priv/worker.h"
#include "scan/scan.h"

#define WORKER_MEMORY (768ull << 20)
#define WORKER_CPU_S 600   /* thirty times what a layer of a gigabyte takes */
#define MALWARE_CPU_S 3600 /* by rules that others wrote it may take long */
#define REPORT_PIECE (64u << 10)

enum { WORKER_OK, WORKER_NO_JOB };

static int report_failure(int channel, int code, const struct err *e)
{
	struct model_worker_failure f = {.code = code};

	snprintf(f.text, sizeof(f.text), "%s", err_text(e));
	return priv_send(channel, MODEL_WORKER_FAILED, &f, sizeof(f), NULL, 0) < 0 ? WORKER_NO_JOB : WORKER_OK;
}

/* ROOT becomes the root; -1: a folder in which nothing can be opened. */
static int confine(int root, uint64_t capabilities, uint64_t cpu_s, struct err *e)
{
	struct priv_sandbox box = {.root_fd = root,
				   .folders = {{root, false}},
				   .folder_count = root >= 0 ? 1 : 0,
				   .capabilities = capabilities,
				   .memory_bytes = WORKER_MEMORY,
				   .cpu_s = cpu_s,
				   .file_bytes = OCI_STREAM_BYTES_MAX};
	scoped_fd int nowhere = root >= 0 ? -1 : open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		box.root_fd = nowhere;
	return priv_confine(&box, e);
}

/* ---- plan: where are the layers of an image ---- */

static int send_layer(void *data, struct oci_file *f, const struct oci_desc *d, struct err *e)
{
	struct model_plan_layer layer = {.offset = f->offset, .bytes = f->size};

	memcpy(layer.digest, d->digest.text, sizeof(layer.digest));
	int r = priv_send(*(int *)data, MODEL_WORKER_LAYER, &layer, sizeof(layer), &f->fd, 1);
	return r < 0 ? err_sys(e, r, "handing over a layer") : 0;
}

/* An archive of unknown kind: an image by what it has, otherwise a root file system, which is one layer. */
static int plan_archive(int channel, int fd, struct oci_source_job *source, struct oci_ref *ref,
			struct oci_source_result *ret, struct err *e)
{
	struct oci_desc none = {0};
	SCOPED(oci_file) struct oci_file f = {.fd = -1};
	struct stat st;

	if (source->tree && oci_tree_file(source->tree, "oci-layout", &f, NULL) == 0)
		ref->transport = OCI_TRANSPORT_OCI_ARCHIVE;
	else if (source->tree && oci_tree_file(source->tree, "manifest.json", &f, NULL) == 0)
		ref->transport = OCI_TRANSPORT_DOCKER_ARCHIVE;
	if (ref->transport != OCI_TRANSPORT_ANY_ARCHIVE)
		return oci_source_read(source, ret, e);
	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "the archive");
	struct oci_file whole = {.fd = fd, .size = (uint64_t)st.st_size};
	return send_layer(&channel, &whole, &none, e);
}

static int plan(int channel, const struct priv_message *m, struct oci_source_result *ret, struct err *e)
{
	struct model_import_job job;
	struct oci_ref ref = {.transport = OCI_TRANSPORT_NAME};
	SCOPED(buf) struct buf config = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct oci_source_job source = {
		.ref = &ref, .blobs_fd = -1, .have_fd = -1, .layer = send_layer, .data = &channel, .config = &config};
	SCOPED_PTR(oci_tree) struct oci_tree *tree = NULL;
	struct stat st;

	memcpy(&job, m->body, sizeof(job));
	ref.transport = (enum oci_transport)job.transport;
	snprintf(ref.name, sizeof(ref.name), "%.*s", OCI_REF_NAME_MAX, job.name);
	snprintf(ref.tag, sizeof(ref.tag), "%.*s", OCI_REF_NAME_MAX, job.tag);
	if (fstat(m->fds[0], &st) < 0)
		return err_sys(e, -errno, "the image");
	int r = confine(S_ISDIR(st.st_mode) ? m->fds[0] : -1, 1ull << CAP_DAC_READ_SEARCH, WORKER_CPU_S, e);
	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = oci_tree_open(m->fds[0], m->fds[1], &tree, e);
	source.tree = tree;
	/* No image has as many; a root file system may, and reading it shows whether it is one. */
	if (r == -E2BIG && ref.transport == OCI_TRANSPORT_ANY_ARCHIVE)
		r = 0;
	else if (r == -E2BIG)
		r = err_set(e, r, "an archive with more than %d members is no image", OCI_TREE_MEMBERS_MAX);
	if (ref.transport == OCI_TRANSPORT_ANY_ARCHIVE && r == 0)
		r = plan_archive(channel, m->fds[0], &source, &ref, ret, e);
	else if (r == 0)
		r = oci_source_read(&source, ret, e);
	if (r == 0 && (r = fd_write_all(m->fds[2], config.data, config.len)) < 0)
		err_sys(e, r, "handing over the configuration");
	return r;
}

static int run_plan(int channel)
{
	struct oci_source_result result = {0};
	struct model_plan_result answer = {0};
	struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_PLAN ||
	    m->len != sizeof(struct model_import_job) || m->fd_count != 3)
		return WORKER_NO_JOB;
	int r = plan(channel, m, &result, &e);
	if (r < 0)
		return report_failure(channel, r, &e);
	memcpy(answer.manifest, result.manifest.text, sizeof(answer.manifest));
	memcpy(answer.config, result.config.text, sizeof(answer.config));
	snprintf(answer.name, sizeof(answer.name), "%s", result.names);
	return priv_send(channel, MODEL_WORKER_PLANNED, &answer, sizeof(answer), NULL, 0) < 0 ? WORKER_NO_JOB
											      : WORKER_OK;
}

/* ---- rules: what operators say is malware, or a secret ---- */

/* All of FD; WHAT is for words. */
static int read_file(int fd, const char *what, size_t max, struct buf *text, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", what);
	if ((uint64_t)st.st_size > max)
		return err_set(e, -E2BIG, "%s larger than %zu MiB is not read", what, max >> 20);
	char *room = buf_reserve(text, (size_t)st.st_size + 1);
	if (!room || pread(fd, room, (size_t)st.st_size, 0) != st.st_size)
		return err_set(e, -EIO, "%s cannot be read whole", what);
	text->len = (size_t)st.st_size;
	return 0;
}

/* skep's own rules about secrets, and those of the file FD; -1: none. */
static int make_secrets(int fd, struct scan_secrets **ret, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(SCAN_SECRET_RULES_BYTES_MAX);

	if (fd < 0)
		return scan_secrets_new(NULL, 0, ret, e);
	int r = read_file(fd, "a file of rules", SCAN_SECRET_RULES_BYTES_MAX, &text, e);
	return r < 0 ? r : scan_secrets_new(buf_str(&text), text.len, ret, e);
}

static int try_secrets(const char *name, int fd, struct err *e)
{
	SCOPED_PTR(scan_secrets) struct scan_secrets *secrets = NULL;
	int r = make_secrets(fd, &secrets, e);

	return r < 0 ? err_wrap(e, r, "%s", name) : 0;
}

static int take_rules(struct scan_malware_maker *maker, const struct priv_message *m, struct err *e)
{
	struct model_rules_file file;

	if (m->type != MODEL_WORKER_RULES || m->len != sizeof(file) || m->fd_count != 1)
		return err_set(e, -EPROTO, "no file of rules");
	memcpy(&file, m->body, sizeof(file));
	file.name[sizeof(file.name) - 1] = '\0';
	if (file.kind == MODEL_RULES_SECRETS)
		return try_secrets(file.name, m->fds[0], e);
	return file.kind == MODEL_RULES_YARA ? scan_malware_add_rules(maker, file.name, m->fds[0], e)
					     : scan_malware_add_hashes(maker, file.name, m->fds[0], e);
}

/* Until all files are there; *RET_FD is where what is made of them goes. */
static int make_rules(int channel, struct priv_message *m, struct err *e)
{
	SCOPED_PTR(scan_malware_maker) struct scan_malware_maker *maker = NULL;
	int r = confine(-1, 0, MALWARE_CPU_S, e);

	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = scan_malware_maker_new(&maker, e);
	while (r == 0) {
		if (priv_recv(channel, m) != 1)
			return err_set(e, -EPROTO, "no file of rules");
		if (m->type == MODEL_WORKER_MAKE && m->fd_count == 1)
			return scan_malware_write(maker, m->fds[0], e);
		r = take_rules(maker, m, e);
		priv_message_done(m);
	}
	return r;
}

static int run_rules(int channel)
{
	struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m)
		return WORKER_NO_JOB;
	int r = make_rules(channel, m, &e);
	if (r < 0)
		return report_failure(channel, r, &e);
	return priv_send(channel, MODEL_WORKER_MADE, NULL, 0, NULL, 0) < 0 ? WORKER_NO_JOB : WORKER_OK;
}

/* ---- scan: what is in a layer or folder ---- */

struct report {
	int fd;
	size_t len;
	uint8_t piece[REPORT_PIECE];
};

static int flush(struct report *r)
{
	int result = r->len ? fd_write_all(r->fd, r->piece, r->len) : 0;

	r->len = 0;
	return result;
}

static int put(void *data, const void *bytes, size_t len)
{
	struct report *r = data;

	if (len > sizeof(r->piece) - r->len) {
		int result = flush(r);
		if (result < 0 || len > sizeof(r->piece))
			return result < 0 ? result : fd_write_all(r->fd, bytes, len);
	}
	memcpy(r->piece + r->len, bytes, len);
	r->len += len;
	return 0;
}

static int write_report(const struct model_part *part, int fd, struct err *e)
{
	struct report *report = calloc(1, sizeof(*report));
	int r = report ? 0 : -ENOMEM;

	if (report) {
		report->fd = fd;
		r = model_part_encode(part, put, report);
		if (r == 0)
			r = flush(report);
	}
	free(report);
	return r < 0 ? err_sys(e, r, "writing the report") : 0;
}

static int read_layer(const struct model_scan_job *job, int fd, const struct scan_options *options,
		      struct scan_out *out, struct digest *ret, struct err *e)
{
	SCOPED_PTR(oci_stream) struct oci_stream *stream = NULL;
	int r = oci_stream_open_fd(fd, job->offset, job->bytes, &stream, e);

	if (r == 0 && !(job->flags & MODEL_SCAN_HASH_OUTPUT) && (r = oci_stream_hash_input(stream, job->algorithm)) < 0)
		err_sys(e, r, "the digest \"%s\"", job->algorithm);
	if (r == 0)
		r = scan_layer(stream, options, out, e);
	return r < 0 ? r : oci_stream_finish(stream, ret, NULL, e);
}

typedef int whole_fn(const void *text, size_t len, const struct scan_options *options, struct scan_out *out,
		     struct err *e);

/* A document that is read whole. */
static int read_whole(int fd, const struct scan_options *options, struct scan_out *out, whole_fn *fn, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(SCAN_SBOM_BYTES_MAX);
	int r = read_file(fd, "an SBOM", SCAN_SBOM_BYTES_MAX, &text, e);

	return r < 0 ? r : fn(text.data, text.len, options, out, e);
}

static int read_sbom(const void *text, size_t len, const struct scan_options *options, struct scan_out *out,
		     struct err *e)
{
	return scan_sbom(text, len, out, e);
}

/* A connection to clamd: a worker makes none itself. */
static int ask_connection(void *data, struct err *e)
{
	int channel = *(int *)data;
	struct model_worker_failure failure;
	struct priv_message *m = malloc(sizeof(*m));
	int r = m ? priv_send(channel, MODEL_WORKER_ASK, NULL, 0, NULL, 0) : -ENOMEM;

	if (r == 0 && (priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_SOCKET))
		r = -EPROTO;
	if (r < 0)
		err_sys(e, r, "asking for a connection");
	else if (m->fd_count == 1)
		r = take_fd(&m->fds[0]);
	else if (m->len != sizeof(failure))
		r = err_set(e, -EPROTO, "no connection");
	else {
		memcpy(&failure, m->body, sizeof(failure));
		failure.text[sizeof(failure.text) - 1] = '\0';
		r = err_set(e, failure.code < 0 ? failure.code : -EPROTO, "%s", failure.text);
	}
	free(m);
	return r;
}

/* Rules and lists, and the machines of words: afterwards they are only read. */
static int prepare(const struct model_scan_job *job, const struct priv_message *m, struct scan_options *o, int *channel,
		   struct err *e)
{
	bool malware = job->flags & MODEL_SCAN_MALWARE, own = job->flags & MODEL_SCAN_OWN_SECRETS;
	int r = 0;

	if (m->fd_count != 3 + (size_t)malware + own)
		return err_set(e, -EPROTO, "no rules");
	if (job->flags & MODEL_SCAN_SECRETS)
		r = make_secrets(own ? m->fds[m->fd_count - 1] : -1, &o->secrets, e);
	if (r < 0 || !malware)
		return r;
	r = scan_malware_open(m->fds[3], &o->malware, e);
	if (r == 0 && job->flags & MODEL_SCAN_CLAMD)
		scan_malware_ask(o->malware, ask_connection, channel);
	return r;
}

static int read_source(const struct model_scan_job *job, const struct priv_message *m,
		       const struct scan_options *options, struct digest *ret, struct err *e)
{
	SCOPED_PTR(scan_out) struct scan_out *out = NULL;
	struct model_part part;
	bool folder = job->kind == MODEL_SCAN_FOLDER;
	int r = scan_out_new(&out);

	if (r < 0)
		return err_set(e, r, "out of memory");
	r = confine(folder ? m->fds[0] : -1, folder ? 1ull << CAP_DAC_READ_SEARCH : 0,
		    options->malware ? MALWARE_CPU_S : WORKER_CPU_S, e);
	if (r < 0)
		return err_wrap(e, r, "the worker's sandbox");
	r = folder			   ? scan_folder(m->fds[0], options, out, e)
	    : job->kind == MODEL_SCAN_SBOM ? read_whole(m->fds[0], options, out, read_sbom, e)
	    : job->kind == MODEL_SCAN_TEXT ? read_whole(m->fds[0], options, out, scan_secret_text, e)
					   : read_layer(job, m->fds[0], options, out, ret, e);
	if (r == 0)
		r = scan_out_finish(out, &part, e);
	return r < 0 ? r : write_report(&part, m->fds[1], e);
}

static int scan(int channel, const struct priv_message *m, struct digest *ret, struct err *e)
{
	struct model_scan_job job;
	struct scan_options options = {.scratch_fd = m->fds[2]};

	memcpy(&job, m->body, sizeof(job));
	job.algorithm[sizeof(job.algorithm) - 1] = '\0';
	options.packages = job.flags & MODEL_SCAN_PACKAGES;
	options.programs = job.flags & MODEL_SCAN_PROGRAMS;
	options.files = job.flags & MODEL_SCAN_FILES;
	options.rootfs = job.flags & MODEL_SCAN_ROOTFS;
	int r = prepare(&job, m, &options, &channel, e);
	if (r == 0)
		r = read_source(&job, m, &options, ret, e);
	scan_malware_free(options.malware);
	scan_secrets_free(options.secrets);
	return r;
}

static int run_scan(int channel)
{
	struct model_scan_result answer = {0};
	struct digest digest = {0};
	struct priv_message *m = malloc(sizeof(*m));
	struct err e = {0};

	if (!m || priv_recv(channel, m) != 1 || m->type != MODEL_WORKER_SCAN ||
	    m->len != sizeof(struct model_scan_job) || m->fd_count < 3)
		return WORKER_NO_JOB;
	int r = scan(channel, m, &digest, &e);
	if (r < 0)
		return report_failure(channel, r, &e);
	memcpy(answer.digest, digest.text, sizeof(answer.digest));
	return priv_send(channel, MODEL_WORKER_SCANNED, &answer, sizeof(answer), NULL, 0) < 0 ? WORKER_NO_JOB
											      : WORKER_OK;
}

static const struct priv_role roles[] = {{"plan", run_plan}, {"rules", run_rules}, {"scan", run_scan}, {NULL, NULL}};

int main(int argc, char **argv)
{
	priv_worker_dispatch(argc, argv, roles);
	fputs("skep-scan is started by skep; see skep scan --help\n", stderr);
	return 2;
}
