/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content store: blobs by digest, images, their names, layers unpacked once, and pins by which containers hold
 * what they run on. Everything appears by one rename from a folder below tmp/, so a crash leaves nothing half-made;
 * what a crash leaves in tmp/ is swept by the next start that finds itself alone.
 *
 *   blobs/<hex>            verified content        images/<config hex>   one record each (JSON)
 *   layers/<key>/          an unpacked layer       refs/<name>            a name and the image it means
 *   pins/<container id>    layers a container uses tmp/, lock
 *
 * A layer's key is a digest over the packed blobs of it and all below, never over what an image claims the unpacked
 * bytes to be: an image can only ever fill the slot of its own bytes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include "oci/image-config.h"
#include "oci/manifest.h"

#define OCI_STORE_ROOT "/var/lib/skep"
#define OCI_HEX_MAX 129 /* of a digest, with NUL */
#define OCI_TMP_NAME_MAX 32

struct oci_store;
/* Opens, making what is missing; holds a shared lock until free. */
int oci_store_open(const char *root, struct oci_store **ret, struct err *e) must_check;
void oci_store_free(struct oci_store *s);
DEFINE_SCOPED_PTR(oci_store)
/* The store's folder, borrowed. */
int oci_store_fd(const struct oci_store *s);
int oci_store_blobs_fd(const struct oci_store *s);

/* A new folder below tmp/ with its own name; removed by oci_store_tmp_drop() or the next sweep. */
struct oci_tmp {
	int fd; /* owned */
	char name[OCI_TMP_NAME_MAX];
};
int oci_store_tmp(struct oci_store *s, struct oci_tmp *ret, struct err *e) must_check;
void oci_store_tmp_drop(struct oci_store *s, struct oci_tmp *t);

/* Takes every blob of T into the store, each hashed again: whoever filled T is not trusted. */
int oci_store_adopt_blobs(struct oci_store *s, const struct oci_tmp *t, struct err *e) must_check;
int oci_store_open_blob(const struct oci_store *s, const struct digest *d, int *ret_fd, struct err *e) must_check;
int oci_store_read_blob(const struct oci_store *s, const struct digest *d, struct buf *b, struct err *e) must_check;

/* ---- images ---- */

struct oci_image {
	char id[OCI_HEX_MAX]; /* hex of the configuration's digest, as docker names images */
	struct digest manifest, config;
	uint64_t size; /* bytes of all packed layers */
	char imported[32];
	struct strv names;  /* "web:1.2"... */
	struct strv blobs;  /* hex of each layer's blob, bottom first */
	struct strv layers; /* keys, bottom first */
};
void oci_image_done(struct oci_image *i);
DEFINE_SCOPED(oci_image)

/* Everything about an image that its documents tell; text stays in the arena. */
struct oci_image_docs {
	struct oci_manifest manifest;
	struct oci_image_config config;
};
int oci_store_read_docs(const struct oci_store *s, const struct digest *manifest, struct arena *a,
			struct oci_image_docs *ret, struct err *e) must_check;

/* Records the image of MANIFEST (its blobs are in the store) and gives it NAME (NULL: none). */
int oci_store_add_image(struct oci_store *s, const struct digest *manifest, const char *name, struct oci_image *ret,
			struct err *e) must_check;

/* By name, name@digest, or id or a part of it (>= 4 hex). -ENOENT; -EINVAL when a short id fits several. */
int oci_store_find(const struct oci_store *s, const char *text, struct oci_image *ret, struct err *e) must_check;

typedef int oci_image_fn(const struct oci_image *image, void *data, struct err *e);
int oci_store_each_image(const struct oci_store *s, oci_image_fn *fn, void *data, struct err *e) must_check;

/*
 * Removes a name (TEXT is one, and the image has others), or the image with all its names, blobs and layers nobody
 * else needs. -EBUSY when a container uses it. *RET_DELETED tells which of the two happened.
 */
int oci_store_remove(struct oci_store *s, const char *text, bool *ret_deleted, struct err *e) must_check;

/* ---- layers ---- */

/* The unpacked layer; -ENOENT (without words) when it is not there yet. */
int oci_store_open_layer(const struct oci_store *s, const char *key, int *ret_fd, struct err *e) must_check;
/* Makes T (its content complete) the layer KEY; being second is fine. */
int oci_store_publish_layer(struct oci_store *s, struct oci_tmp *t, const char *key, struct err *e) must_check;

/* Holds IMAGE's layers for a container, until unpinned. */
int oci_store_pin(struct oci_store *s, const char *container, const struct oci_image *image, struct err *e) must_check;
int oci_store_unpin(struct oci_store *s, const char *container, struct err *e) must_check;
