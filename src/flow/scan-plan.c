/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a person named to descriptors. Images in the store were verified when they came in; of all others the
 * documents are read in a worker, which hands back where their layers lie.
 */
#include "scan-plan.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/config-text.h"
#include "base/path.h"
#include "base/str.h"
#include "oci/manifest.h"
#include "oci/store.h"

#define WORKER "skep-scan"

void scan_plan_done(struct scan_plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		close_keep_errno(p->sources[i].fd);
	free(p->sources);
	*p = (struct scan_plan){0};
}

int scan_unnamed_file(const char *root)
{
	char path[PATH_MAX];
	const char *const places[] = {path, "/var/tmp", "/tmp"};

	snprintf(path, sizeof(path), "%s/tmp", root);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	return memfd_create("skep-scan", MFD_CLOEXEC);
}

static struct scan_source *next_source(struct scan_plan *p, struct err *e)
{
	if (!p->sources)
		p->sources = calloc(OCI_LAYERS_MAX + 1, sizeof(*p->sources)); /* and the configuration */
	if (!p->sources) {
		err_set(e, -ENOMEM, "out of memory");
		return NULL;
	}
	struct scan_source *s = &p->sources[p->count++];
	s->fd = -1;
	return s;
}

static struct scan_source *add_source(struct scan_plan *p, struct err *e)
{
	if (p->count < OCI_LAYERS_MAX)
		return next_source(p, e);
	err_set(e, -E2BIG, "more than %d layers", OCI_LAYERS_MAX);
	return NULL;
}

/* ---- the store ---- */

static int plan_stored(struct oci_store *store, const struct oci_image *image, struct flow_scan *s, struct scan_plan *p,
		       struct err *e)
{
	struct oci_image_docs docs = {0};
	int r = oci_store_read_docs(store, &image->manifest, &s->arena, &docs, e);

	for (size_t i = 0; r == 0 && i < docs.manifest.layer_count; i++) {
		struct scan_source *source = add_source(p, e);
		if (!source)
			return e ? e->code : -ENOMEM;
		memcpy(source->digest, docs.manifest.layers[i].digest.text, sizeof(source->digest));
		source->bytes = docs.manifest.layers[i].size;
		r = oci_store_open_blob(store, &docs.manifest.layers[i].digest, &source->fd, e);
	}
	if (r < 0)
		return r;
	s->is_image = true;
	s->config = docs.config;
	s->name = arena_str(&s->arena, image->names.count ? image->names.items[0] : image->id);
	memcpy(s->manifest, image->manifest.text, sizeof(s->manifest));
	memcpy(s->config_digest, image->config.text, sizeof(s->config_digest));
	return 0;
}

static int plan_name(const struct flow_scan_options *o, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	SCOPED_PTR(oci_store) struct oci_store *store = NULL;
	SCOPED(oci_image) struct oci_image image = {0};
	int r = oci_store_open(o->root, &store, e);

	if (r == 0)
		r = oci_store_find(store, o->target, &image, e);
	return r < 0 ? r : plan_stored(store, &image, s, p, e);
}

/* ---- archives and layouts, by a worker ---- */

static int take_layer(struct priv_message *m, struct scan_plan *p, struct err *e)
{
	struct model_plan_layer layer;
	struct digest ignored;

	if (m->len != sizeof(layer) || m->fd_count != 1)
		return err_set(e, -EPROTO,
			       "the sandboxed worker said something it may not; the image may be an attack");
	memcpy(&layer, m->body, sizeof(layer));
	layer.digest[sizeof(layer.digest) - 1] = '\0';
	if (layer.digest[0] && digest_parse(layer.digest, &ignored) < 0)
		return err_set(e, -EPROTO, "the sandboxed worker's answer is no digest");
	struct scan_source *s = add_source(p, e);
	if (!s)
		return -E2BIG;
	s->fd = take_fd(&m->fds[0]);
	s->offset = layer.offset;
	s->bytes = layer.bytes;
	memcpy(s->digest, layer.digest, sizeof(s->digest));
	return 0;
}

int scan_worker_hear(struct priv_worker *w, struct priv_message *m, struct err *e)
{
	int r = priv_recv(w->channel, m);

	if (r == 0) {
		r = priv_worker_wait(w, e);
		return r < 0 ? r : err_set(e, -EPROTO, "the sandboxed worker ended without an answer");
	}
	return r < 0 ? err_sys(e, r, "the sandboxed worker's answer") : 0;
}

int scan_worker_failed(const struct priv_message *m, struct err *e)
{
	struct model_worker_failure failure;

	if (m->type != MODEL_WORKER_FAILED || m->len != sizeof(failure))
		return err_set(e, -EPROTO,
			       "the sandboxed worker said something it may not; the image may be an attack");
	memcpy(&failure, m->body, sizeof(failure));
	failure.text[sizeof(failure.text) - 1] = '\0';
	return err_set(e, failure.code < 0 && failure.code > -4096 ? failure.code : -EPROTO, "%s", failure.text);
}

static int converse(struct priv_worker *w, struct scan_plan *p, struct model_plan_result *ret, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));

	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	for (;;) {
		int r = scan_worker_hear(w, m, e);
		if (r < 0)
			return r;
		if (m->type == MODEL_WORKER_LAYER) {
			r = take_layer(m, p, e);
			priv_message_done(m);
			if (r < 0)
				return r;
			continue;
		}
		priv_message_done(m);
		if (m->type != MODEL_WORKER_PLANNED || m->len != sizeof(*ret))
			return scan_worker_failed(m, e);
		memcpy(ret, m->body, sizeof(*ret));
		ret->manifest[sizeof(ret->manifest) - 1] = '\0';
		ret->config[sizeof(ret->config) - 1] = '\0';
		ret->name[sizeof(ret->name) - 1] = '\0';
		return 0;
	}
}

/* The configuration that the worker wrote down; a docker archive's layers get their digests from it. */
static int take_config(int fd, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct stat st;
	char *room;

	if (fstat(fd, &st) < 0 || st.st_size > OCI_MANIFEST_BYTES_MAX)
		return err_set(e, -EFBIG, "the image's configuration is too large");
	if (!st.st_size)
		return 0; /* a root file system, no image */
	room = buf_reserve(&text, (size_t)st.st_size);
	if (!room || pread(fd, room, (size_t)st.st_size, 0) != st.st_size)
		return err_set(e, -EIO, "the image's configuration cannot be read");
	int r = oci_image_config_decode(room, (size_t)st.st_size, &s->arena, &s->config, e);
	if (r == 0 && s->config.diff_id_count != p->count)
		r = err_set(e, -EBADMSG, "the configuration lists %zu layers, the image has %zu",
			    s->config.diff_id_count, p->count);
	for (size_t i = 0; r == 0 && i < p->count; i++)
		if (!p->sources[i].digest[0]) {
			memcpy(p->sources[i].digest, s->config.diff_ids[i].text, sizeof(p->sources[i].digest));
			p->sources[i].unpacked = true;
		}
	s->is_image = r == 0;
	return r;
}

static int plan_by_worker(const struct flow_scan_options *o, const struct oci_ref *ref, struct flow_scan *s,
			  struct scan_plan *p, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	struct model_import_job job = {.transport = (uint32_t)ref->transport};
	struct model_plan_result result = {0};
	scoped_fd int source = open(ref->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	scoped_fd int scratch = scan_unnamed_file(o->root), config = memfd_create("configuration", MFD_CLOEXEC);

	if (source < 0)
		return err_sys(e, -errno, "%s", ref->path);
	if (scratch < 0 || config < 0)
		return err_sys(e, -errno, "a scratch file");
	snprintf(job.name, sizeof(job.name), "%s", ref->name);
	snprintf(job.tag, sizeof(job.tag), "%s", ref->tag);
	int r = priv_worker_start_program(WORKER, "plan", &w, e);
	if (r < 0)
		return r;
	const int fds[] = {source, scratch, config};
	r = priv_send(w.channel, MODEL_WORKER_PLAN, &job, sizeof(job), fds, ARRAY_LEN(fds));
	if (r < 0)
		return err_sys(e, r, "giving the worker its job");
	r = converse(&w, p, &result, e);
	if (r == 0)
		r = take_config(config, s, p, e);
	if (r < 0)
		return err_wrap(e, r, "%s", ref->path);
	for (size_t i = 0; i < p->count; i++)
		p->sources[i].rootfs = !p->sources[i].digest[0];
	s->name = arena_str(&s->arena, result.name[0] ? result.name : ref->path);
	memcpy(s->manifest, result.manifest, sizeof(s->manifest));
	memcpy(s->config_digest, result.config, sizeof(s->config_digest));
	return 0;
}

/* ---- what was named ---- */

static int plan_folder(const char *path, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	struct scan_source *source = add_source(p, e);

	if (!source)
		return -ENOMEM;
	source->folder = true;
	source->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source->fd < 0)
		return err_sys(e, -errno, "%s", path);
	s->name = arena_str(&s->arena, path);
	return 0;
}

/* An SBOM begins with a brace, an archive never does. */
static int plan_sbom(const char *path, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	scoped_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char head[64] = "";
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", path);
	ssize_t got = pread(fd, head, sizeof(head) - 1, 0);
	const char *first = head + (got >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
	if (got <= 0 || !S_ISREG(st.st_mode) || first[strspn(first, " \t\r\n")] != '{')
		return 0;
	struct scan_source *source = add_source(p, e);
	if (!source)
		return -ENOMEM;
	source->sbom = true;
	source->fd = take_fd(&fd);
	source->bytes = (uint64_t)st.st_size;
	s->name = arena_str(&s->arena, path);
	return 1;
}

/* A layout has nothing beside its own files; a root file system with such files in it decides nothing by them. */
static bool looks_like_root(const char *path)
{
	static const char *const folders[] = {"etc", "usr", "bin", "var", "lib", "opt", "app", "srv", "home", "root"};
	char folder[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if ((size_t)snprintf(folder, sizeof(folder), "%s/%s", path, folders[i]) < sizeof(folder) &&
		    lstat(folder, &st) == 0)
			return true;
	return false;
}

static int plan_path(const struct flow_scan_options *o, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	struct oci_ref ref = {.transport = OCI_TRANSPORT_ANY_ARCHIVE};
	char layout[PATH_MAX];
	struct stat st;

	if (strlen(o->target) > OCI_REF_PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "the path is longer than %d bytes", OCI_REF_PATH_MAX);
	if (stat(o->target, &st) < 0)
		return err_sys(e, -errno, "%s", o->target);
	snprintf(ref.path, sizeof(ref.path), "%s", o->target);
	if (!S_ISDIR(st.st_mode)) {
		int r = plan_sbom(o->target, s, p, e);
		return r == 0 ? plan_by_worker(o, &ref, s, p, e) : r < 0 ? r : 0;
	}
	if ((size_t)snprintf(layout, sizeof(layout), "%s/oci-layout", o->target) < sizeof(layout) &&
	    lstat(layout, &st) == 0) {
		if (looks_like_root(o->target))
			return err_set(e, -EINVAL,
				       "%s is both an OCI layout and a root file system; say oci:%s or rootfs:%s",
				       o->target, o->target, o->target);
		ref.transport = OCI_TRANSPORT_LAYOUT;
		return plan_by_worker(o, &ref, s, p, e);
	}
	return plan_folder(o->target, s, p, e);
}

int scan_plan_make(const struct flow_scan_options *o, struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	struct oci_ref ref;
	struct stat st;

	if (*o->target == '/' || *o->target == '.')
		return plan_path(o, s, p, e);
	int r = oci_ref_parse(o->target, &ref, e);
	if (r == 0 && ref.transport == OCI_TRANSPORT_ROOTFS)
		return plan_folder(ref.path, s, p, e);
	if (r == 0 && ref.transport != OCI_TRANSPORT_NAME)
		return plan_by_worker(o, &ref, s, p, e);
	if (r == 0)
		r = plan_name(o, s, p, e);
	if (r < 0 && stat(o->target, &st) == 0)
		return plan_path(o, s, p, e);
	return r;
}

int scan_plan_add_config(struct flow_scan *s, struct scan_plan *p, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(2 * OCI_MANIFEST_BYTES_MAX);
	scoped_fd int fd = memfd_create("configuration", MFD_CLOEXEC);

	if (!s->is_image)
		return 0;
	assay_config_text(&s->config, &text);
	int r = buf_error(&text);
	if (r == 0)
		r = fd < 0 ? -errno : fd_write_all(fd, text.data, text.len);
	if (r < 0)
		return err_sys(e, r, "the text of the configuration");
	struct scan_source *source = next_source(p, e);
	if (!source)
		return -ENOMEM;
	*source = (struct scan_source){.fd = take_fd(&fd), .bytes = text.len, .text = true};
	s->config_searched = true;
	return 0;
}
