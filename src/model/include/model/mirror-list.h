/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mirror of feeds offers: the signed list that lies beside its files ("skep-db.json"). Its bytes are outside bytes
 * until their signature holds, and are not decoded before.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

#define MIRROR_LIST_NAME "skep-db.json"
#define MIRROR_SIGNATURE_NAME MIRROR_LIST_NAME ".sig"
#define MIRROR_LIST_BYTES_MAX (1u << 20)
#define MIRROR_SIGNATURE_BYTES_MAX 1024
#define MIRROR_FILES_MAX 200
#define MIRROR_FILE_BYTES_MAX (8ull << 30)
#define MIRROR_BYTES_MAX (16ull << 30) /* all files of a list */
#define MIRROR_SOURCE_MAX 95
#define MIRROR_PATH_MAX 255

struct mirror_file {
	const char *source; /* what the index calls it */
	const char *path;   /* below the mirror's folder: no "..", no part that begins with a dot */
	uint64_t bytes;
	struct digest digest; /* sha256 */
};

struct mirror_list {
	struct arena arena; /* owns what follows */
	uint64_t serial;    /* grows with each list; never 0 */
	int64_t created_s, expires_s;
	struct mirror_file *files;
	size_t count;
	uint64_t bytes;
};
#define MIRROR_LIST_INIT ((struct mirror_list){.arena = ARENA_INIT(4u << 20)})
void mirror_list_done(struct mirror_list *l);
DEFINE_SCOPED(mirror_list)

/* -EINVAL malformed, -EOPNOTSUPP of another version, -E2BIG over a limit; with the place and words. */
int mirror_list_decode(const char *text, size_t len, struct mirror_list *ret, struct err *e) must_check;
void mirror_list_encode(const struct mirror_list *l, struct buf *out);

/* The file of a source, or NULL. */
const struct mirror_file *mirror_list_find(const struct mirror_list *l, const char *source);
/* Is a file of this digest (hex) in it? */
bool mirror_list_has(const struct mirror_list *l, const char *hex);
/* Whether SOURCE is a name that a list may have. */
bool mirror_source_is_name(const char *source);
