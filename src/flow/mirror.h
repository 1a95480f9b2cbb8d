/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mirror that can be asked: for its signed list, and for a file of it. What kind it is shows nowhere but here. Nothing
 * that comes from it is trusted: the list by its signature, a file by its digest. Inside the room only.
 */
#pragma once

#include "base/buf.h"
#include "model/mirror-config.h"
#include "model/mirror-list.h"

#define MIRROR_ARTIFACT "application/vnd.skep.db.v1"
#define MIRROR_LIST_MEDIA MIRROR_ARTIFACT ".list+json"
#define MIRROR_SIGNATURE_MEDIA MIRROR_ARTIFACT ".signature"
#define MIRROR_FILE_MEDIA MIRROR_ARTIFACT ".feed"

struct mirror;
struct mirror_kind_ops {
	int (*open)(struct mirror *m, struct err *e); /* may be NULL */
	/* The bytes of the list and of its signature, each at most OUT's maximum. */
	int (*head)(struct mirror *m, struct buf *list, struct buf *signature, struct err *e);
	/* The bytes of F behind the first HAVE into FD, at most F->bytes in all; what is there may be begun anew. */
	int (*file)(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e);
};

struct mirror {
	const struct mirror_place *place; /* borrowed */
	const struct mirror_kind_ops *ops;
	int folder; /* owned; -1: it is reached over a network */
	void (*tick)(void *data, uint64_t bytes);
	void *data; /* of tick */
};
#define MIRROR_INIT ((struct mirror){.folder = -1})
void mirror_done(struct mirror *m);
DEFINE_SCOPED(mirror)

int mirror_open(struct mirror *m, const struct mirror_place *place, struct err *e) must_check;

/* Over a network: mirror-net.c. */
extern const struct mirror_kind_ops mirror_web, mirror_registry;

/* Which blobs of an artifact are the list and its signature; FD is a manifest, or with TAG a layout. Asks a worker. */
struct mirror_blobs {
	struct digest list, signature;
};
int mirror_artifact(int fd, const char *tag, struct mirror_blobs *ret, struct err *e) must_check;
/* The worker's side. */
int mirror_worker(int channel);
