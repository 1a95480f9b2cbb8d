/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended headers: "LENGTH KEY=VALUE\n" records (POSIX.1-2017, pax, "pax Extended Header"), GNU's sparse keywords and
 * SCHILY.xattr.*. Keywords are rows of a table; an unknown one is passed over, as the standard asks.
 */
#include "tar-internal.h"

#include <string.h>

#include "base/str.h"

void tar_extra_reset(struct tar_extra *x)
{
	*x = (struct tar_extra){.sparse_major = -1, .sparse_minor = -1};
}

int tar_piece_add(struct tar_extra *x, uint64_t offset, uint64_t len, struct arena *a, struct err *e)
{
	if (x->piece_count == OCI_TAR_SPARSE_MAX)
		return err_set(e, -E2BIG, "sparse file with more than %u pieces", OCI_TAR_SPARSE_MAX);
	if (x->piece_count == x->piece_room) {
		size_t room = x->piece_room ? x->piece_room * 2 : 16;
		struct tar_piece *more = ARENA_ARRAY(a, room, struct tar_piece);
		if (!more)
			return err_set(e, -ENOMEM, "sparse map: out of memory");
		if (x->piece_count)
			memcpy(more, x->pieces, x->piece_count * sizeof(*more));
		x->pieces = more;
		x->piece_room = room;
	}
	x->pieces[x->piece_count++] = (struct tar_piece){offset, len};
	return 0;
}

int tar_pieces_check(const struct tar_extra *x, uint64_t real_size, uint64_t stored, struct err *e)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < x->piece_count; i++) {
		const struct tar_piece *p = &x->pieces[i];
		if (p->offset < end || p->offset > real_size || p->len > real_size - p->offset)
			return err_set(e, -EBADMSG, "sparse map: piece %zu overlaps or lies outside the file", i);
		end = p->offset + p->len;
		sum += p->len;
	}
	return sum == stored ? 0 : err_set(e, -EBADMSG, "sparse map: the pieces do not add up to what is stored");
}

/* VALUE is NUL-terminated in place; LEN tells whether one is inside. */
struct record {
	const char *key;
	char *value;
	size_t len;
};

static int read_number(const struct record *r, uint64_t *ret, struct err *e)
{
	if (str_to_u64(r->value, INT64_MAX, ret) < 0)
		return err_set(e, -EBADMSG, "extended header: %s is not a number", r->key);
	return 0;
}

static int take_path(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->path = r->value;
	return 0;
}

static int take_link(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->link = r->value;
	return 0;
}

static int take_size(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->has_size = true;
	return read_number(r, &x->size, e);
}

static int take_uid(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->has_uid = true;
	return read_number(r, &x->uid, e);
}

static int take_gid(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->has_gid = true;
	return read_number(r, &x->gid, e);
}

/* Seconds with an optional fraction; more than nine digits of it are cut. */
static int take_mtime(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	char *dot = strchr(r->value, '.');
	uint32_t ns = 0, unit = 100000000;

	if (dot) {
		*dot = '\0';
		for (const char *c = dot + 1; *c; c++, unit /= 10) {
			if (*c < '0' || *c > '9')
				return err_set(e, -EBADMSG, "extended header: mtime is not a number");
			ns += (uint32_t)(*c - '0') * unit;
		}
	}
	if (str_to_i64(r->value, &x->mtime_s) < 0)
		return err_set(e, -EBADMSG, "extended header: mtime is not a number");
	x->mtime_ns = ns;
	x->has_mtime = true;
	return 0;
}

static int take_sparse_major(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	uint64_t n = 0;
	int bad = read_number(r, &n, e);

	x->sparse_major = n > 9 ? 9 : (int)n;
	return bad;
}

static int take_sparse_minor(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	uint64_t n = 0;
	int bad = read_number(r, &n, e);

	x->sparse_minor = n > 9 ? 9 : (int)n;
	return bad;
}

static int take_sparse_name(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->sparse_name = r->value;
	return 0;
}

static int take_real_size(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	x->has_real_size = true;
	return read_number(r, &x->real_size, e);
}

static int take_sparse_offset(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	if (x->has_pending_offset)
		return err_set(e, -EBADMSG, "extended header: two sparse offsets in a row");
	x->has_pending_offset = true;
	return read_number(r, &x->pending_offset, e);
}

static int take_sparse_length(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	uint64_t len = 0;
	int bad = read_number(r, &len, e);

	if (bad)
		return bad;
	if (!x->has_pending_offset)
		return err_set(e, -EBADMSG, "extended header: a sparse length without its offset");
	x->has_pending_offset = false;
	return tar_piece_add(x, x->pending_offset, len, a, e);
}

/* pax 0.1: "offset,length,offset,length..." */
static int take_sparse_map(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	char *at = r->value;

	x->piece_count = 0;
	while (*at) {
		uint64_t pair[2];
		for (int i = 0; i < 2; i++) {
			char *end = at + strcspn(at, ",");
			bool last = *end == '\0';
			*end = '\0';
			if (str_to_u64(at, INT64_MAX, &pair[i]) < 0 || (i == 0 && last))
				return err_set(e, -EBADMSG, "extended header: malformed sparse map");
			at = last ? end : end + 1;
		}
		int bad = tar_piece_add(x, pair[0], pair[1], a, e);
		if (bad)
			return bad;
	}
	return 0;
}

static int take_nothing(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	return 0;
}

static const struct {
	const char *key;
	int (*take)(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e);
} keywords[] = {
	{"path", take_path},
	{"linkpath", take_link},
	{"size", take_size},
	{"uid", take_uid},
	{"gid", take_gid},
	{"mtime", take_mtime},
	{"GNU.sparse.major", take_sparse_major},
	{"GNU.sparse.minor", take_sparse_minor},
	{"GNU.sparse.name", take_sparse_name},
	{"GNU.sparse.size", take_real_size},
	{"GNU.sparse.realsize", take_real_size},
	{"GNU.sparse.offset", take_sparse_offset},
	{"GNU.sparse.numbytes", take_sparse_length},
	{"GNU.sparse.map", take_sparse_map},
	{"GNU.sparse.numblocks", take_nothing},
};

static int take_xattr(struct tar_extra *x, const struct record *r, struct err *e)
{
	if (x->xattr_count == OCI_TAR_XATTRS_MAX)
		return err_set(e, -E2BIG, "more than %d extended attributes on one file", OCI_TAR_XATTRS_MAX);
	x->xattrs[x->xattr_count++] = (struct oci_tar_xattr){r->key + strlen("SCHILY.xattr."), r->value, r->len};
	return 0;
}

static int take_record(struct tar_extra *x, const struct record *r, struct arena *a, struct err *e)
{
	if (str_starts_with(r->key, "SCHILY.xattr."))
		return take_xattr(x, r, e);
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		if (!str_eq(r->key, keywords[i].key))
			continue;
		if (strlen(r->value) != r->len)
			return err_set(e, -EBADMSG, "extended header: %s holds a NUL", r->key);
		if (r->len > OCI_TAR_NAME_MAX && keywords[i].take != take_sparse_map)
			return err_set(e, -E2BIG, "extended header: %s longer than %d bytes", r->key, OCI_TAR_NAME_MAX);
		return keywords[i].take(x, r, a, e);
	}
	return 0;
}

int tar_extra_decode(struct tar_extra *x, char *text, size_t len, struct arena *a, struct err *e)
{
	size_t at = 0;

	while (at < len) {
		size_t record_len = 0, digits = 0;
		while (digits < 8 && at + digits < len && text[at + digits] >= '0' && text[at + digits] <= '9')
			record_len = record_len * 10 + (size_t)(text[at + digits++] - '0');
		if (!digits || at + digits >= len || text[at + digits] != ' ' || record_len > len - at ||
		    record_len < digits + 4 || text[at + record_len - 1] != '\n')
			return err_set(e, -EBADMSG, "extended header: malformed record at byte %zu", at);
		char *key = text + at + digits + 1;
		char *end = text + at + record_len - 1;
		char *equals = memchr(key, '=', (size_t)(end - key));
		if (!equals || equals == key || memchr(key, '\0', (size_t)(equals - key)))
			return err_set(e, -EBADMSG, "extended header: record without a keyword at byte %zu", at);
		*equals = '\0';
		*end = '\0';
		struct record r = {.key = key, .value = equals + 1, .len = (size_t)(end - equals - 1)};
		/* An empty value takes back what an earlier header said; nothing was said before this one. */
		int bad = r.len || str_starts_with(key, "SCHILY.xattr.") ? take_record(x, &r, a, e) : 0;
		if (bad)
			return bad;
		at += record_len;
	}
	return 0;
}
