/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scanning worker says about one layer (or folder): what its files say, what they hide of the layers below. Paths
 * are without a slash in front. It crosses from a hostile side, and it is what the cache keeps: the decoder believes
 * nothing.
 *
 * Which files a layer has is told by hashes of their paths, sorted, eight bytes each: enough to know what hides what and
 * what belongs to a package, and small for millions of files.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "model/package.h"

#define MODEL_PART_VERSION 6 /* of the encoding and of what is looked for: another one is not read */
#define MODEL_PART_BYTES_MAX (512u << 20)
#define MODEL_PART_TEXT_MAX 65536     /* of one string */
#define MODEL_PART_GROUPS_MAX 400000  /* and of every other list of records */
#define MODEL_PART_HASHES_MAX 8000000 /* of one list */

enum model_part_group_kind {
	MODEL_GROUP_DATABASE,  /* of a package manager */
	MODEL_GROUP_INSTALLED, /* of a package that is there, unless another one owns the file */
	MODEL_GROUP_LOCK,      /* says what is to be installed, not what is */
	MODEL_GROUP_KINDS,
};

/* What one file says: a package database holds many packages, a manifest one. */
struct model_part_group {
	const char *path;
	struct model_package *packages; /* their path is the group's */
	size_t package_count;
	uint64_t *owned; /* files that belong to its packages, as hashes */
	size_t owned_count;
	enum model_part_group_kind kind;
	uint64_t entry; /* which entry of the layer said it: a file may be there twice */
};

enum model_part_hardening {
	MODEL_PROGRAM_PIE = 1,
	MODEL_PROGRAM_RELRO = 2, /* any */
	MODEL_PROGRAM_NOW = 4,	 /* full RELRO */
	MODEL_PROGRAM_NX = 8,
	MODEL_PROGRAM_CANARY = 16,
	MODEL_PROGRAM_FORTIFY = 32,
	MODEL_PROGRAM_STATIC = 64,
};

struct model_part_program {
	const char *path;
	uint64_t hardening;
	const char *needed; /* libraries, parted by blanks */
	const char *note;   /* what it says of itself (Go module, package note), or "" */
};

enum model_part_remark_kind {
	MODEL_REMARK_SECRET,
	MODEL_REMARK_MALWARE,
	MODEL_REMARK_FILE,   /* permissions and the like */
	MODEL_REMARK_CONFIG, /* of the image's configuration */
	MODEL_REMARK_UNREAD, /* something that could not be read; RULE is one of MODEL_GAP_* */
	MODEL_REMARK_LICENCE, /* a package's, by the path of its text; RULE is "text", or "link" to another package's folder */
	MODEL_REMARK_KINDS,
};
const char *model_part_remark_name(enum model_part_remark_kind k);
/* What may be missing by what could not be read. */
#define MODEL_GAP_NONE "note"
#define MODEL_GAP_PACKAGES "grave"
#define MODEL_GAP_MALWARE "malware"
/*
 * Followed by a type of package: a manifest names such packages without the versions that will be used. A lock beside it,
 * or in a folder above, takes the remark back.
 */
#define MODEL_GAP_UNPINNED "unpinned/"

struct model_part_remark {
	enum model_part_remark_kind kind;
	const char *rule;
	const char *path; /* "" when it is about the whole */
	uint64_t line;	  /* 0: none */
	const char *text;
};

struct model_part {
	struct model_release release;
	const char *release_path; /* NULL: no os-release(5) */
	struct model_part_group *groups;
	struct model_part_program *programs;
	struct model_part_remark *remarks;
	size_t group_count, program_count, remark_count;
	uint64_t *names;   /* everything but folders, and what is whited out: hides the same name below and all in it */
	uint64_t *opaques; /* folders whose content below is hidden */
	uint64_t *folders; /* hide a file of the same name */
	size_t name_count, opaque_count, folder_count;
	uint64_t files, bytes; /* seen */
};

/* Of a path without a slash in front. */
uint64_t model_part_path_hash(const char *path, size_t len);
/* The same for who owns what: /usr/lib and /lib are one place, as are bin, sbin, lib32, lib64 and libx32. */
uint64_t model_part_owned_hash(const char *path, size_t len);
/*
 * The package whose files the list PATH names: dpkg's "info/NAME:ARCH.list", "status.d/NAME.md5sums". False when PATH is no
 * such list, or NAME does not fit.
 */
#define MODEL_PART_NAME_MAX 256
bool model_part_list_of(const char *path, char name[MODEL_PART_NAME_MAX]);
void model_part_sort(uint64_t *list, size_t count);
/* Is HASH in the sorted list? */
bool model_part_has(const uint64_t *sorted, size_t count, uint64_t hash);

typedef int model_part_put_fn(void *data, const void *bytes, size_t len);
/* Writes it in pieces by PUT; 0 or what PUT returned. */
int model_part_encode(const struct model_part *p, model_part_put_fn *put, void *data) must_check;
/* BYTES (8-aligned) stay with the result, whose strings and hashes lie in them. -EBADMSG, -E2BIG, -ENOMEM. */
int model_part_decode(void *bytes, size_t len, struct arena *a, struct model_part *ret, struct err *e) must_check;
