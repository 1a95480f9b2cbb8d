/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An index out of segments. They are copied as they are, hashed on the way.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/path.h"
#include "base/str.h"
#include "segment.h"
#include "vuln/build.h"

#define COPY_BYTES (1u << 20)

/* Where a segment comes from: memory of the old index, or a part's file. */
struct origin {
	const char *name;
	uint32_t kind;
	const uint8_t *data;
	int fd;
	uint64_t offset, bytes;
};

struct assembly {
	struct origin origins[VULN_SEGMENTS_MAX];
	struct index_entry entries[VULN_SEGMENTS_MAX];
	size_t count;
	int fd;
	struct digest_ctx *hash;
};

static int add(struct assembly *a, const struct origin *o, struct err *e)
{
	if (a->count == VULN_SEGMENTS_MAX)
		return err_set(e, -E2BIG, "an index of more than %d sources", VULN_SEGMENTS_MAX);
	a->origins[a->count++] = *o;
	return 0;
}

static bool is_replaced(const struct segment_head *h, const struct vuln_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].piece.kind == h->kind && str_eq(parts[i].piece.name, h->name))
			return true;
	return false;
}

static int collect(struct assembly *a, const struct vuln_index *old, const struct vuln_part *parts, size_t count,
		   struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = add(a,
			&(struct origin){.name = parts[i].piece.name,
					 .kind = parts[i].piece.kind,
					 .fd = parts[i].fd,
					 .offset = parts[i].piece.offset,
					 .bytes = parts[i].piece.bytes},
			e);
	for (size_t i = 0; r == 0 && old && i < old->count; i++) {
		const struct segment *s = &old->segments[i];
		if (!is_replaced(s->head, parts, count))
			r = add(a,
				&(struct origin){.name = s->head->name,
						 .kind = s->head->kind,
						 .data = s->base,
						 .bytes = s->bytes},
				e);
	}
	return r;
}

static int compare_origins(const void *a, const void *b)
{
	const struct origin *l = a, *r = b;
	int order = strcmp(l->name, r->name);

	return order ? order : (l->kind > r->kind) - (l->kind < r->kind);
}

static int put(struct assembly *a, const void *data, size_t len)
{
	int r = digest_update(a->hash, data, len);

	return r < 0 ? r : fd_write_all(a->fd, data, len);
}

static int copy(struct assembly *a, const struct origin *o, void *room)
{
	uint64_t done = 0;
	int r = o->data ? put(a, o->data, o->bytes) : 0;

	while (r == 0 && !o->data && done < o->bytes) {
		size_t want = (size_t)MIN_OF(o->bytes - done, (uint64_t)COPY_BYTES);
		ssize_t n = pread(o->fd, room, want, (off_t)(o->offset + done));
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		r = put(a, room, (size_t)n);
		done += (uint64_t)n;
	}
	return r;
}

static int write_all(struct assembly *a, struct index_head *head)
{
	scoped_free void *room = malloc(COPY_BYTES);
	uint64_t at = sizeof(*head) + a->count * sizeof(a->entries[0]);
	struct digest digest;
	int r = room ? 0 : -ENOMEM;

	for (size_t i = 0; i < a->count; i++) {
		a->entries[i] = (struct index_entry){at, a->origins[i].bytes};
		at += a->origins[i].bytes;
	}
	head->bytes = at;
	if (r == 0 && lseek(a->fd, sizeof(*head), SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = put(a, a->entries, a->count * sizeof(a->entries[0]));
	for (size_t i = 0; r == 0 && i < a->count; i++)
		r = copy(a, &a->origins[i], room);
	if (r == 0)
		r = digest_final(a->hash, &digest);
	for (size_t i = 0; r == 0 && i < INDEX_DIGEST_BYTES; i++) {
		unsigned byte = 0;
		sscanf(digest_hex(&digest) + 2 * i, "%2x", &byte);
		head->digest[i] = (uint8_t)byte;
	}
	if (r == 0 && pwrite(a->fd, head, sizeof(*head), 0) != (ssize_t)sizeof(*head))
		r = -EIO;
	return r;
}

int vuln_assemble(int fd, const struct vuln_index *old, const struct vuln_part *parts, size_t count, struct err *e)
{
	struct index_head head = {.magic = INDEX_MAGIC, .version = INDEX_VERSION};
	scoped_free struct assembly *a = calloc(1, sizeof(*a));
	int r = a ? collect(a, old, parts, count, e) : err_sys(e, -ENOMEM, "writing the index");

	if (r < 0)
		return r;
	a->fd = fd;
	head.segment_count = (uint32_t)a->count;
	qsort(a->origins, a->count, sizeof(a->origins[0]), compare_origins);
	r = digest_ctx_new("sha256", &a->hash);
	if (r == 0)
		r = write_all(a, &head);
	digest_ctx_free(a->hash);
	return r < 0 ? err_sys(e, r, "writing the index") : 0;
}
