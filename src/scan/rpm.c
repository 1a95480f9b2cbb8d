/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's databases: SQLite (rpmdb.sqlite), NDB (Packages.db) and Berkeley DB hashes (Packages), each only as far as is
 * needed to come to the packages' headers. Read with every offset checked; a header that is damaged makes the whole
 * database unread, for it may be the one that matters.
 */
#include <string.h>

#include "base/str.h"
#include "readers.h"
#include "rpm-header.h"

#define HEADER_BYTES_MAX (64u << 20) /* of one package */
#define TREE_DEPTH_MAX 16

static enum scan_want wants_named(const struct scan_file *f, const char *name)
{
	static const char *const folders[] = {"var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/"};

	if (!str_eq(f->base, name))
		return SCAN_NO;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (str_starts_with(f->path, folders[i]) && str_eq(f->path + strlen(folders[i]), name))
			return SCAN_YES;
	return SCAN_NO;
}

static uint32_t little(const uint8_t *at)
{
	return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static uint32_t little16(const uint8_t *at)
{
	return (uint32_t)at[1] << 8 | at[0];
}

static uint32_t big(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t big16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* ---- SQLite (sqlite.org/fileformat.html) ---- */

struct database {
	struct scan_out *out;
	const uint8_t *data;
	size_t len, page_size, usable;
	uint32_t pages, visited;
	uint32_t root; /* of the table Packages; 0 not found yet */
	struct err *e;
};

static int damaged(const struct database *d)
{
	return err_set(d->e, -EBADMSG, "the database is damaged");
}

static const uint8_t *page_at(const struct database *d, uint32_t n)
{
	return n && n <= d->pages ? d->data + (size_t)(n - 1) * d->page_size : NULL;
}

/* A number of seven bits a byte, the ninth eight; bytes used, 0 when cut. */
static size_t variable(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 9 && at + i < end; i++) {
		n = i == 8 ? n << 8 | at[i] : n << 7 | (at[i] & 0x7f);
		if (i == 8 || !(at[i] & 0x80)) {
			*ret = n;
			return i + 1;
		}
	}
	return 0;
}

/* The bytes of a cell: those on the page, and those on the pages that follow it. */
static int gather(struct database *d, const uint8_t *at, const uint8_t *end, uint64_t size, struct buf *b)
{
	uint64_t most = d->usable - 35, least = (d->usable - 12) * 32 / 255 - 23;
	uint64_t here = size;

	if (size > HEADER_BYTES_MAX)
		return damaged(d);
	if (size > most) {
		here = least + (size - least) % (d->usable - 4);
		here = here > most ? least : here;
	}
	if (here > (uint64_t)(end - at) || (here < size && (uint64_t)(end - at) - here < 4))
		return damaged(d);
	int r = buf_add(b, at, (size_t)here);
	uint32_t next = here < size ? big(at + here) : 0;
	for (uint64_t left = size - here; r == 0 && left;) {
		const uint8_t *page = page_at(d, next);
		if (!page || ++d->visited > d->pages * 2)
			return damaged(d);
		size_t take = (size_t)MIN_OF(left, (uint64_t)d->usable - 4);
		r = buf_add(b, page + 4, take);
		left -= take;
		next = big(page);
	}
	return r;
}

/* A column of a record: its bytes and how many. */
static bool column(const uint8_t *record, size_t len, unsigned which, const uint8_t **ret, uint64_t *ret_len,
		   uint64_t *ret_type)
{
	uint64_t head, type = 0, offset, size = 0;
	size_t at = variable(record, record + len, &head);

	if (!at || head > len)
		return false;
	offset = head;
	for (unsigned i = 0; i <= which; i++) {
		size_t used = at < head ? variable(record + at, record + head, &type) : 0;
		if (!used)
			return false;
		static const uint8_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
		offset += size;
		size = type < 12 ? sizes[type] : (type - 12) / 2;
		at += used;
	}
	if (offset > len || size > len - offset)
		return false;
	*ret = record + offset;
	*ret_len = size;
	*ret_type = type;
	return true;
}

/* A row of the schema: the table Packages has its root in column 3. */
static int take_schema(struct database *d, const uint8_t *record, size_t len)
{
	const uint8_t *name, *root;
	uint64_t size, type;

	if (!column(record, len, 1, &name, &size, &type) || size != 8 || memcmp(name, "Packages", 8) != 0 ||
	    !column(record, len, 3, &root, &size, &type) || size > 4)
		return 0;
	d->root = type == 9 ? 1 : 0;
	for (uint64_t i = 0; i < size; i++)
		d->root = d->root << 8 | root[i];
	return 0;
}

static int take_row(struct database *d, const uint8_t *record, size_t len)
{
	const uint8_t *blob;
	uint64_t size, type;

	if (!column(record, len, 1, &blob, &size, &type) || type < 12 || type % 2)
		return damaged(d);
	return scan_rpm_header(d->out, blob, (size_t)size, d->e);
}

typedef int row_fn(struct database *d, const uint8_t *record, size_t len);

static int take_cell(struct database *d, const uint8_t *at, const uint8_t *end, row_fn *fn)
{
	SCOPED(buf) struct buf b = BUF_INIT(HEADER_BYTES_MAX);
	uint64_t size, row;
	size_t used = variable(at, end, &size);
	size_t more = used ? variable(at + used, end, &row) : 0;

	if (!more)
		return damaged(d);
	int r = gather(d, at + used + more, end, size, &b);
	return r < 0 ? r : fn(d, (const uint8_t *)buf_str(&b), b.len);
}

static int walk_tree(struct database *d, uint32_t n, row_fn *fn, int depth)
{
	const uint8_t *page = page_at(d, n);
	size_t head = n == 1 ? 100 : 0;
	int r = 0;

	if (!page || depth > TREE_DEPTH_MAX || ++d->visited > d->pages * 2)
		return damaged(d);
	bool leaf = page[head] == 13;
	if (!leaf && page[head] != 5)
		return damaged(d);
	size_t cells = big16(page + head + 3), table = head + (leaf ? 8 : 12);
	if (table + cells * 2 > d->usable)
		return damaged(d);
	for (size_t i = 0; r == 0 && i < cells; i++) {
		size_t at = big16(page + table + i * 2);
		if (at + 4 > d->usable)
			return damaged(d);
		r = leaf ? take_cell(d, page + at, page + d->usable, fn) : walk_tree(d, big(page + at), fn, depth + 1);
	}
	return r == 0 && !leaf ? walk_tree(d, big(page + head + 8), fn, depth + 1) : r;
}

static enum scan_want wants_sqlite(const struct scan_file *f)
{
	return wants_named(f, "rpmdb.sqlite");
}

static int read_sqlite(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct database d = {.out = o, .data = f->data, .len = f->len, .e = e};

	if (f->len < 512 || memcmp(f->data, "SQLite format 3", 16) != 0)
		return err_set(e, -EBADMSG, "not an SQLite database");
	d.page_size = big16(f->data + 16) == 1 ? 65536 : big16(f->data + 16);
	d.usable = d.page_size - f->data[20];
	if (d.page_size < 512 || d.page_size & (d.page_size - 1) || d.usable < 480)
		return damaged(&d);
	d.pages = (uint32_t)MIN_OF(f->len / d.page_size, (size_t)UINT32_MAX / 4);
	int r = walk_tree(&d, 1, take_schema, 0);
	d.visited = 0;
	if (r == 0 && !d.root)
		r = err_set(e, -EBADMSG, "the database has no table of packages");
	if (r == 0)
		r = walk_tree(&d, d.root, take_row, 0);
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return r;
}

/* What SQLite has written down but not yet put into the database. */
static enum scan_want wants_journal(const struct scan_file *f)
{
	return f->size ? wants_named(f, "rpmdb.sqlite-wal") : SCAN_NO;
}

static int read_journal(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	return err_set(e, -EOPNOTSUPP,
		       "it holds changes that are not in the database; run rpm --rebuilddb when building");
}

/* ---- NDB (rpm's own: lib/backend/ndb) ---- */

#define NDB_PAGE 4096
#define NDB_SLOT 16
#define NDB_BLOCK 16
#define NDB_PAGES_MAX 65536

static enum scan_want wants_ndb(const struct scan_file *f)
{
	return wants_named(f, "Packages.db");
}

static int take_slot(struct scan_out *o, const struct scan_file *f, const uint8_t *slot, struct err *e)
{
	uint64_t at = (uint64_t)little(slot + 8) * NDB_BLOCK;

	/* The blob names its package too: one blob is one package's. */
	if (at > f->len || f->len - at < NDB_BLOCK || memcmp(f->data + at, "BlbS", 4) != 0 ||
	    memcmp(f->data + at + 4, slot + 4, 4) != 0)
		return err_set(e, -EBADMSG, "a slot names a place where no package is");
	uint64_t len = little(f->data + at + 12);
	if (len > f->len - at - NDB_BLOCK)
		return err_set(e, -EBADMSG, "a package is longer than the file");
	return scan_rpm_header(o, f->data + at + NDB_BLOCK, (size_t)len, e);
}

static int read_ndb(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	int r = 0;

	if (f->len < NDB_PAGE || memcmp(f->data, "RpmP", 4) != 0)
		return err_set(e, -EBADMSG, "not an NDB database");
	uint64_t pages = little(f->data + 12), end = pages * NDB_PAGE;
	if (pages > NDB_PAGES_MAX || end > f->len)
		return err_set(e, -EBADMSG, "its table of slots is longer than the file");
	/* The first two slots' place is the head's. */
	for (uint64_t at = 2 * NDB_SLOT; r == 0 && at + NDB_SLOT <= end; at += NDB_SLOT) {
		if (memcmp(f->data + at, "Slot", 4) != 0)
			r = err_set(e, -EBADMSG, "a slot is damaged");
		else if (little(f->data + at + 4) && little(f->data + at + 8))
			r = take_slot(o, f, f->data + at, e);
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return r;
}

/* ---- Berkeley DB, hashes ---- */

#define BDB_MAGIC 0x00061561
#define BDB_HEAD 26
enum { BDB_HASH_UNSORTED = 2, BDB_OVERFLOW = 7, BDB_HASH = 13 };
enum { BDB_ON_PAGE = 1, BDB_OFF_PAGE = 3 };

static enum scan_want wants_bdb(const struct scan_file *f)
{
	return wants_named(f, "Packages");
}

/* Bytes that did not fit on the page: a chain of pages. */
static int follow(struct database *d, uint32_t n, uint32_t size, struct buf *b)
{
	int r = size > HEADER_BYTES_MAX ? damaged(d) : 0;

	while (r == 0 && n && b->len < size) {
		const uint8_t *page = n < d->pages ? d->data + (size_t)n * d->page_size : NULL;
		if (!page || page[25] != BDB_OVERFLOW || ++d->visited > d->pages * 2)
			return damaged(d);
		size_t here = little16(page + 22);
		if (here > d->page_size - BDB_HEAD)
			return damaged(d);
		r = buf_add(b, page + BDB_HEAD, MIN_OF(here, (size_t)size - b->len));
		n = little(page + 16);
	}
	return r == 0 && b->len < size ? damaged(d) : r;
}

#define COUNTER_LEN 4 /* the value under the key 0, which is no package */

/* A value from AT to END on its page: a small header is there itself. */
static int take_value(struct database *d, const uint8_t *page, size_t at, size_t end)
{
	SCOPED(buf) struct buf b = BUF_INIT(HEADER_BYTES_MAX);

	if (at >= end || end > d->page_size)
		return damaged(d);
	if (page[at] == BDB_ON_PAGE)
		return end - at - 1 <= COUNTER_LEN ? 0 : scan_rpm_header(d->out, page + at + 1, end - at - 1, d->e);
	if (page[at] != BDB_OFF_PAGE || at + 12 > end)
		return damaged(d);
	int r = follow(d, little(page + at + 4), little(page + at + 8), &b);
	return r < 0 ? r : scan_rpm_header(d->out, (const uint8_t *)buf_str(&b), b.len, d->e);
}

static int take_hash_page(struct database *d, const uint8_t *page)
{
	size_t count = little16(page + 20);
	int r = 0;

	if (BDB_HEAD + count * 2 > d->page_size)
		return damaged(d);
	for (size_t i = 1; r == 0 && i < count; i += 2)
		/* Items lie one before the other from the end of the page: a value ends where its key begins. */
		r = take_value(d, page, little16(page + BDB_HEAD + i * 2), little16(page + BDB_HEAD + (i - 1) * 2));
	return r;
}

static int read_bdb(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	struct database d = {.out = o, .data = f->data, .len = f->len, .e = e};
	int r = 0;

	if (f->len < 512 || little(f->data + 12) != BDB_MAGIC)
		return err_set(e, -EBADMSG, "not a Berkeley DB hash of this machine's byte order");
	d.page_size = little(f->data + 20);
	if (d.page_size < 512 || d.page_size > 65536 || d.page_size & (d.page_size - 1))
		return damaged(&d);
	d.pages = (uint32_t)MIN_OF(f->len / d.page_size, (size_t)UINT32_MAX / 4);
	for (uint32_t n = 1; r == 0 && n < d.pages; n++) {
		const uint8_t *page = d.data + (size_t)n * d.page_size;
		if (page[25] == BDB_HASH || page[25] == BDB_HASH_UNSORTED)
			r = take_hash_page(&d, page);
	}
	if (r == 0)
		scan_group_end(o, f->path, MODEL_GROUP_DATABASE);
	return r;
}

#define RPM_READER(WORD, WANTS, READ)                                                                                  \
	{                                                                                                              \
		.name = WORD, .wants = WANTS, .bytes_max = 1u << 30, .read = READ, .grave = true, .owned_below = ""    \
	}
const struct scan_reader scan_rpm_sqlite = RPM_READER("rpm database", wants_sqlite, read_sqlite);
const struct scan_reader scan_rpm_journal = RPM_READER("rpm database's journal", wants_journal, read_journal);
const struct scan_reader scan_rpm_ndb = RPM_READER("rpm database (ndb)", wants_ndb, read_ndb);
const struct scan_reader scan_rpm_bdb = RPM_READER("rpm database (Berkeley DB)", wants_bdb, read_bdb);
