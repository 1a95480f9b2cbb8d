/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a person names an image: a transport with a place ("oci:DIR:TAG", "docker-archive:FILE:NAME", "rootfs:DIR"), or
 * a bare name as in docker ("web:1.2", "team/web@sha256:..."), which is looked for in the store. The grammar of names
 * is the distribution specification's; nothing here touches files or the network.
 */
#pragma once

#include <stdbool.h>

#include "base/digest.h"
#include "base/err.h"

#define OCI_REF_NAME_MAX 255
#define OCI_REF_TAG_MAX 128
#define OCI_REF_PATH_MAX 4095

enum oci_transport {
	OCI_TRANSPORT_NAME, /* a bare name */
	OCI_TRANSPORT_LAYOUT,
	OCI_TRANSPORT_OCI_ARCHIVE,
	OCI_TRANSPORT_DOCKER_ARCHIVE,
	OCI_TRANSPORT_DIR,
	OCI_TRANSPORT_ROOTFS,
	OCI_TRANSPORT_ANY_ARCHIVE, /* no word of its own: a file whose content tells what it is */
};

struct oci_ref {
	enum oci_transport transport;
	char path[OCI_REF_PATH_MAX + 1]; /* file or folder; "" for a bare name */
	char name[OCI_REF_NAME_MAX + 1]; /* repository, "" when none is given */
	char tag[OCI_REF_NAME_MAX + 1];	 /* "" when none is given; for oci: any annotation text */
	char digest[DIGEST_TEXT_MAX];	 /* "" when none is given */
};

/* "oci", "docker-archive"...; "" for a bare name. */
const char *oci_transport_name(enum oci_transport t);
/* -EINVAL for an unknown word. */
int oci_transport_from(const char *name, enum oci_transport *ret) must_check;

/* Reads what a person wrote. -EINVAL malformed, -ENAMETOOLONG over a limit, both with words. */
int oci_ref_parse(const char *text, struct oci_ref *ret, struct err *e) must_check;

/* Reads NAME[:TAG][@DIGEST] alone, without transports; the tag defaults to "latest" when neither is given. */
int oci_ref_parse_name(const char *text, struct oci_ref *ret, struct err *e) must_check;

/* Writes "NAME:TAG" or "NAME@DIGEST" of a bare name, at most LEN bytes; -ENAMETOOLONG when it does not fit. */
int oci_ref_format_name(const struct oci_ref *r, char *text, size_t len) must_check;

/*
 * The bare name that an image read from R gets when nobody names it: what the reference says, or the last part of its
 * path, made to fit the grammar; "image:latest" when nothing of it fits.
 */
int oci_ref_default_name(const struct oci_ref *r, struct oci_ref *ret) must_check;
