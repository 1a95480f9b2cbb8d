/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mirrors over a network: files below an address, and artifacts in a registry (distribution specification 1.1), where a
 * file is a blob of its own digest.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/path.h"
#include "base/str.h"
#include "fetch.h"
#include "mirror.h"
#include "oci/manifest.h"

#define URL_MAX 4096
#define MANIFESTS "application/vnd.oci.image.manifest.v1+json"

/* On this host a registry speaks plain HTTP, unless an authority is named. */
static bool is_plain(const struct mirror *m)
{
	const struct mirror_place *p = m->place;

	return p->insecure || (p->address.loopback && !p->ca);
}

static int fetch_below(const struct mirror *m, const char *url, struct fetch *f, struct err *e)
{
	f->url = url;
	f->ca = m->place->ca;
	f->plain = is_plain(m);
	f->tick = m->tick;
	f->data = m->data;
	return fetch_run(f, e);
}

/* A small document, by way of memory. */
static int fetch_text(const struct mirror *m, const char *url, struct fetch *f, struct buf *out, struct err *e)
{
	scoped_fd int fd = memfd_create("skep", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, -errno, "%s", url);
	f->fd = fd;
	f->max = out->max;
	int r = fetch_below(m, url, f, e);
	if (r == 0 && (r = path_read_file(AT_FDCWD, fd_path_of(fd).text, out)) < 0)
		err_sys(e, r, "%s", url);
	return r;
}

/* ---- files below an address ---- */

static int web_head(struct mirror *m, struct buf *list, struct buf *signature, struct err *e)
{
	struct fetch one = {.fd = -1}, two = {.fd = -1};
	char url[URL_MAX];

	snprintf(url, sizeof(url), "%s/" MIRROR_LIST_NAME, m->place->address.place);
	int r = fetch_text(m, url, &one, list, e);
	if (r < 0)
		return r;
	snprintf(url, sizeof(url), "%s/" MIRROR_SIGNATURE_NAME, m->place->address.place);
	return fetch_text(m, url, &two, signature, e);
}

static int web_file(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e)
{
	struct fetch job = {.fd = fd, .have = have, .max = f->bytes};
	char url[URL_MAX];

	snprintf(url, sizeof(url), "%s/%s", m->place->address.place, f->path);
	return fetch_below(m, url, &job, e);
}

const struct mirror_kind_ops mirror_web = {NULL, web_head, web_file};

/* ---- a registry ---- */

static void registry_url(const struct mirror *m, const char *what, const char *which, char url[URL_MAX])
{
	const struct mirror_address *a = &m->place->address;

	snprintf(url, URL_MAX, "%s://%s/v2/%s/%s/%s", is_plain(m) ? "http" : "https", a->place, a->repository, what,
		 which);
}

static int blob_text(const struct mirror *m, const struct digest *d, struct buf *out, struct err *e)
{
	struct fetch f = {.fd = -1, .registry = true};
	char url[URL_MAX];

	registry_url(m, "blobs", d->text, url);
	return fetch_text(m, url, &f, out, e);
}

static int registry_head(struct mirror *m, struct buf *list, struct buf *signature, struct err *e)
{
	struct fetch f = {.accept = MANIFESTS, .registry = true, .max = OCI_MANIFEST_BYTES_MAX};
	struct mirror_blobs blobs;
	char url[URL_MAX];
	scoped_fd int fd = memfd_create("skep", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, -errno, "a file for the manifest");
	f.fd = fd;
	registry_url(m, "manifests", m->place->address.tag, url);
	int r = fetch_below(m, url, &f, e);
	if (r == 0)
		r = mirror_artifact(fd, NULL, &blobs, e);
	if (r == 0)
		r = blob_text(m, &blobs.list, list, e);
	return r < 0 ? r : blob_text(m, &blobs.signature, signature, e);
}

static int registry_file(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e)
{
	struct fetch job = {.fd = fd, .have = have, .max = f->bytes, .registry = true};
	char url[URL_MAX];

	registry_url(m, "blobs", f->digest.text, url);
	return fetch_below(m, url, &job, e);
}

const struct mirror_kind_ops mirror_registry = {NULL, registry_head, registry_file};
