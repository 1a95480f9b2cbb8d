/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors, manifests and indexes of the image specification (1.1.1) and their Docker twins. Decoders of bytes
 * from outside: everything is limited, and a document that could be read in two ways (layers and manifests at once)
 * is refused. Decoded values live in the caller's arena.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"

#define OCI_MANIFEST_BYTES_MAX (4u << 20)
#define OCI_LAYERS_MAX 127
#define OCI_INDEX_ENTRIES_MAX 4096
#define OCI_ARTIFACT_FILES_MAX 512
#define OCI_JSON_LIMITS ((struct json_limits){.bytes_max = OCI_MANIFEST_BYTES_MAX, .depth_max = 32})

enum oci_media {
	OCI_MEDIA_OTHER, /* a known kind is asked for where it matters; the text is kept for the error */
	OCI_MEDIA_INDEX,
	OCI_MEDIA_MANIFEST,
	OCI_MEDIA_CONFIG,
	OCI_MEDIA_LAYER_TAR,
	OCI_MEDIA_LAYER_GZIP,
	OCI_MEDIA_LAYER_ZSTD,
};

enum oci_media oci_media_from(const char *text);
/* The specification's text for a kind. */
const char *oci_media_text(enum oci_media media);

struct oci_desc {
	enum oci_media media;
	const char *media_text;
	struct digest digest;
	uint64_t size;
	const char *os, *architecture, *variant; /* of platform; NULL when absent */
	const char *ref_name;			 /* annotation org.opencontainers.image.ref.name; NULL when absent */
	const char *image_name;			 /* annotation io.containerd.image.name; NULL when absent */
	const char *title;			 /* annotation org.opencontainers.image.title; NULL when absent */
};

struct oci_manifest {
	struct oci_desc config;
	struct oci_desc *layers; /* bottom first */
	size_t layer_count;
	const char *artifact_type; /* NULL when absent */
};

struct oci_index {
	struct oci_desc *manifests;
	size_t count;
};

/* Each: 0; -EINVAL malformed; -E2BIG over a limit; -EOPNOTSUPP a media type skep does not know; -ENOMEM. */
int oci_manifest_decode(const char *text, size_t len, struct arena *a, struct oci_manifest *ret,
			struct err *e) must_check;
/* The same of an artifact (manifest.md, guidelines for artifact usage): layers are files of any kind. */
int oci_artifact_decode(const char *text, size_t len, struct arena *a, struct oci_manifest *ret,
			struct err *e) must_check;
int oci_index_decode(const char *text, size_t len, struct arena *a, struct oci_index *ret, struct err *e) must_check;

/* Writes an OCI manifest for a configuration and layers. */
void oci_manifest_encode(const struct oci_manifest *m, struct buf *b);
/* Writes the manifest of an artifact: the empty configuration, and files with their media types and titles. */
#define OCI_EMPTY_CONFIG "{}"
void oci_artifact_encode(const struct oci_manifest *m, struct buf *b);

/* The layer of a title, or NULL. */
const struct oci_desc *oci_artifact_find(const struct oci_manifest *m, const char *title);

/*
 * The entry for TAG (by its ref.name or image name; NULL or "": any) and, among several, for the platform os/arch of
 * this machine. -ENOENT with the names that are there; -EINVAL when the choice is not clear.
 */
int oci_index_choose(const struct oci_index *index, const char *tag, const struct oci_desc **ret,
		     struct err *e) must_check;

/* This machine's architecture as the specification writes it ("amd64"). */
const char *oci_host_architecture(void);
