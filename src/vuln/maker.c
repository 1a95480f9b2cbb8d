/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a segment, growing and then sorted and written.
 */
#include "maker.h"

#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "base/path.h"
#include "base/str.h"
#include "vuln/build.h"

#define TEXT_BLOCK_AIM (16u << 10)
#define TEXT_LEVEL 9
#define ONCE_FIRST 1024

struct once_slot {
	uint32_t hash, offset, len; /* LEN 0: free */
};

int maker_init(struct maker *m, enum vuln_segment_kind kind, int64_t now_s)
{
	static const uint32_t zero = 0;

	*m = (struct maker){.kind = kind, .now_s = now_s, .block = BUF_INIT(TEXT_BLOCK_MAX)};
	for (size_t i = 0; i < TABLES; i++)
		m->tables[i] = BUF_INIT(VULN_TABLE_BYTES_MAX);
	buf_add_char(&m->tables[TABLE_STRINGS], '\0');
	buf_add(&m->tables[TABLE_LISTS], &zero, sizeof(zero));
	m->packer = ZSTD_createCCtx();
	return m->packer ? 0 : -ENOMEM;
}

void maker_done(struct maker *m)
{
	for (size_t i = 0; i < TABLES; i++)
		buf_done(&m->tables[i]);
	buf_done(&m->block);
	free(m->strings.slots);
	free(m->ranges.slots);
	free(m->lists.slots);
	ZSTD_freeCCtx(m->packer);
	*m = (struct maker){0};
}

bool maker_has_content(const struct maker *m)
{
	return m->documents || m->withdrawn;
}

int maker_error(const struct maker *m)
{
	int r = buf_error(&m->block);

	for (size_t i = 0; i < TABLES && r == 0; i++)
		r = buf_error(&m->tables[i]);
	return r < 0 ? r : m->strings.failed || m->ranges.failed || m->lists.failed ? -ENOMEM : 0;
}

/* ---- bytes kept once ---- */

static uint32_t hash_of(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t h = 0xcbf29ce484222325ull;

	for (; len >= 8; bytes += 8, len -= 8) {
		uint64_t word;
		memcpy(&word, bytes, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	for (; len; bytes++, len--)
		h = (h ^ *bytes) * 0x100000001b3ull;
	return (uint32_t)(h ^ (h >> 32));
}

static bool once_grow(struct once *o)
{
	size_t size = o->size ? o->size * 2 : ONCE_FIRST;
	struct once_slot *slots = calloc(size, sizeof(*slots));

	if (!slots) {
		o->failed = true;
		return false;
	}
	for (size_t i = 0; i < o->size; i++) {
		size_t at = o->slots[i].hash & (size - 1);
		if (!o->slots[i].len)
			continue;
		while (slots[at].len)
			at = (at + 1) & (size - 1);
		slots[at] = o->slots[i];
	}
	free(o->slots);
	o->slots = slots;
	o->size = size;
	return true;
}

/* The offset of these bytes in TABLE, where they are put when they are new. */
static uint32_t once_add(struct once *o, struct buf *table, const void *data, size_t len)
{
	uint32_t hash = hash_of(data, len);

	if (o->failed || (o->used * 4 >= o->size * 3 && !once_grow(o)))
		return 0;
	size_t at = hash & (o->size - 1);
	for (; o->slots[at].len; at = (at + 1) & (o->size - 1)) {
		const struct once_slot *s = &o->slots[at];
		if (s->hash == hash && s->len == len && memcmp(table->data + s->offset, data, len) == 0)
			return s->offset;
	}
	uint32_t offset = (uint32_t)table->len;
	if (buf_add(table, data, len) < 0) {
		o->failed = true;
		return 0;
	}
	o->slots[at] = (struct once_slot){hash, offset, (uint32_t)len};
	o->used++;
	return offset;
}

uint32_t maker_str(struct maker *m, const char *s)
{
	return *s ? once_add(&m->strings, &m->tables[TABLE_STRINGS], s, strlen(s) + 1) : 0;
}

uint32_t maker_list(struct maker *m, const uint32_t *items, uint32_t count)
{
	uint32_t words[1 + 256];

	if (!count)
		return 0;
	count = MIN_OF(count, 256);
	words[0] = count;
	memcpy(words + 1, items, count * sizeof(*items));
	return once_add(&m->lists, &m->tables[TABLE_LISTS], words, (1 + count) * sizeof(*words)) / sizeof(uint32_t);
}

uint32_t maker_range(struct maker *m, const uint32_t *words, size_t count)
{
	return once_add(&m->ranges, &m->tables[TABLE_RANGES], words, count * sizeof(*words)) / sizeof(uint32_t);
}

/* ---- rows, documents, texts ---- */

void maker_row(struct maker *m, const struct raw_row *row)
{
	buf_add(&m->tables[TABLE_ROWS], row, sizeof(*row));
	m->rows++;
}

static void pack_block(struct maker *m)
{
	struct buf *texts = &m->tables[TABLE_TEXTS];
	size_t room = ZSTD_compressBound(m->block.len);
	char *to = m->block.len ? buf_reserve(texts, room) : NULL;

	if (!to)
		return;
	size_t n = ZSTD_compressCCtx(m->packer, to, room, m->block.data, m->block.len, TEXT_LEVEL);
	struct disk_block b = {texts->len, (uint32_t)n, (uint32_t)m->block.len};
	if (ZSTD_isError(n)) {
		texts->error = -ENOMEM;
		return;
	}
	texts->len += n;
	buf_add(&m->tables[TABLE_BLOCKS], &b, sizeof(b));
	buf_reset(&m->block);
}

void maker_text(struct maker *m, const struct buf *text, uint32_t *ret_block, uint32_t *ret_at)
{
	if (m->block.len && m->block.len + text->len > TEXT_BLOCK_AIM)
		pack_block(m);
	*ret_block = (uint32_t)(m->tables[TABLE_BLOCKS].len / sizeof(struct disk_block));
	*ret_at = (uint32_t)m->block.len;
	buf_add(&m->block, text->data, text->len);
}

uint32_t maker_document(struct maker *m, const struct disk_document *d)
{
	struct buf *table = &m->tables[TABLE_DOCUMENTS];
	uint32_t index = (uint32_t)(table->len / sizeof(*d));

	buf_add(table, d, sizeof(*d));
	m->documents++;
	return index;
}

void maker_name(struct maker *m, uint32_t name, uint32_t document)
{
	struct disk_name n = {name, document};

	buf_add(&m->tables[TABLE_NAMES], &n, sizeof(n));
}

void maker_date(struct maker *m, int64_t s)
{
	if (s > m->newest_s && s <= m->now_s)
		m->newest_s = s;
}

/* ---- the end ---- */

static int compare_strings(const char *strings, uint32_t a, uint32_t b)
{
	return a == b ? 0 : strcmp(strings + a, strings + b);
}

static int compare_rows(const void *a, const void *b, void *strings)
{
	const struct raw_row *l = a, *r = b;
	int order = compare_strings(strings, l->ecosystem, r->ecosystem);

	if (!order)
		order = compare_strings(strings, l->name, r->name);
	if (!order)
		order = (l->document > r->document) - (l->document < r->document);
	return order ? order : (l->range > r->range) - (l->range < r->range);
}

static int compare_names(const void *a, const void *b, void *strings)
{
	const struct disk_name *l = a, *r = b;
	int order = compare_strings(strings, l->name, r->name);

	return order ? order : (l->document > r->document) - (l->document < r->document);
}

static int compare_kev(const void *a, const void *b, void *strings)
{
	const struct disk_kev *l = a, *r = b;

	return compare_strings(strings, l->cve, r->cve);
}

static int compare_epss(const void *a, const void *b, void *unused)
{
	const struct disk_epss *l = a, *r = b;

	if (l->year != r->year)
		return l->year < r->year ? -1 : 1;
	return (l->number > r->number) - (l->number < r->number);
}

typedef int compare_fn(const void *a, const void *b, void *strings);

struct sort {
	size_t size; /* of an item */
	compare_fn *compare;
	void *strings;
};

/* Sorts COUNT items of FROM into TO; both hold the same ones before. */
static void merge_sort(const struct sort *s, uint8_t *from, uint8_t *to, size_t count)
{
	size_t half = count / 2, i = 0, j = half;

	if (count < 2)
		return;
	merge_sort(s, to, from, half);
	merge_sort(s, to + half * s->size, from + half * s->size, count - half);
	for (size_t k = 0; k < count; k++) {
		bool left =
			j == count || (i < half && s->compare(from + i * s->size, from + j * s->size, s->strings) <= 0);
		memcpy(to + k * s->size, from + (left ? i : j) * s->size, s->size);
		i += left;
		j += !left;
	}
}

/* The library's own asks the kernel how much memory there is, which a sandboxed worker may not. */
static void sort_table(struct maker *m, enum segment_table t, size_t size, compare_fn *compare)
{
	struct buf *b = &m->tables[t];
	struct sort s = {size, compare, m->tables[TABLE_STRINGS].data};
	uint8_t *copy = b->len ? malloc(b->len) : NULL;

	if (copy) {
		memcpy(copy, b->data, b->len);
		merge_sort(&s, copy, (uint8_t *)b->data, b->len / size);
	} else if (b->len) {
		b->error = -ENOMEM;
	}
	free(copy);
}

/* A document and where it was. */
struct moved {
	struct disk_document d;
	uint32_t from, pad;
};

static int compare_documents(const void *a, const void *b, void *strings)
{
	const struct moved *l = a, *r = b;
	int order = compare_strings(strings, l->d.id, r->d.id);

	if (!order)
		order = (l->d.modified_s < r->d.modified_s) - (l->d.modified_s > r->d.modified_s);
	return order ? order : (l->from > r->from) - (l->from < r->from);
}

/* By id, of one id the newest first, so that the matcher orders rows by the numbers of their documents. */
static int sort_documents(struct maker *m)
{
	struct buf *table = &m->tables[TABLE_DOCUMENTS];
	struct disk_document *documents = (void *)table->data;
	struct raw_row *rows = (void *)m->tables[TABLE_ROWS].data;
	struct disk_name *names = (void *)m->tables[TABLE_NAMES].data;
	size_t count = table->len / sizeof(*documents);
	scoped_free struct moved *moved = calloc(2 * count + 1, sizeof(*moved));
	scoped_free uint32_t *to = calloc(count + 1, sizeof(*to));
	struct sort s = {sizeof(*moved), compare_documents, m->tables[TABLE_STRINGS].data};

	if (!moved || !to)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		moved[i] = moved[count + i] = (struct moved){documents[i], (uint32_t)i, 0};
	merge_sort(&s, (uint8_t *)(moved + count), (uint8_t *)moved, count);
	for (size_t i = 0; i < count; i++) {
		documents[i] = moved[i].d;
		to[moved[i].from] = (uint32_t)i;
	}
	for (size_t i = 0; count && i < m->tables[TABLE_ROWS].len / sizeof(*rows); i++)
		rows[i].document = to[rows[i].document];
	for (size_t i = 0; count && i < m->tables[TABLE_NAMES].len / sizeof(*names); i++)
		names[i].document = to[names[i].document];
	return 0;
}

/* From sorted rows: the ecosystems, their packages, and the rows of each. */
static int group_rows(struct maker *m)
{
	SCOPED(buf) struct buf raw = m->tables[TABLE_ROWS];
	struct buf *ecosystems = &m->tables[TABLE_ECOSYSTEMS], *packages = &m->tables[TABLE_PACKAGES];
	struct buf *rows = &m->tables[TABLE_ROWS];
	const struct raw_row *all = (const void *)raw.data;
	struct disk_ecosystem eco = {0};
	struct disk_package package = {0};
	size_t count = raw.len / sizeof(*all);

	*rows = BUF_INIT(VULN_TABLE_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		bool new_eco = i == 0 || all[i].ecosystem != all[i - 1].ecosystem;
		bool new_package = new_eco || all[i].name != all[i - 1].name;
		struct disk_row row = {all[i].document, all[i].range};
		if (new_package && i)
			buf_add(packages, &package, sizeof(package));
		if (new_eco && i)
			buf_add(ecosystems, &eco, sizeof(eco));
		if (new_eco)
			eco = (struct disk_ecosystem){.name = all[i].ecosystem,
						      .first_package = (uint32_t)(packages->len / sizeof(package))};
		if (new_package) {
			package = (struct disk_package){all[i].name, (uint32_t)(rows->len / sizeof(row)), 0};
			eco.package_count++;
		}
		/* The same row twice says nothing new. */
		if (!new_package && all[i].document == all[i - 1].document && all[i].range == all[i - 1].range)
			continue;
		package.row_count++;
		buf_add(rows, &row, sizeof(row));
	}
	if (count) {
		buf_add(packages, &package, sizeof(package));
		buf_add(ecosystems, &eco, sizeof(eco));
	}
	m->rows = rows->len / sizeof(struct disk_row);
	return maker_error(m);
}

static int write_tables(const struct maker *m, struct segment_head *head, int fd, uint64_t start)
{
	static const char zeros[TABLE_ALIGN] = {0};
	uint64_t at = sizeof(*head);
	int r = 0;

	if (lseek(fd, (off_t)(start + at), SEEK_SET) < 0)
		return -errno;
	for (size_t i = 0; i < TABLES && r == 0; i++) {
		const struct buf *b = &m->tables[i];
		size_t pad = (TABLE_ALIGN - b->len % TABLE_ALIGN) % TABLE_ALIGN;
		head->tables[i].offset = at;
		head->tables[i].bytes = b->len;
		r = fd_write_all(fd, buf_str(b), b->len);
		if (r == 0)
			r = fd_write_all(fd, zeros, pad);
		at += b->len + pad;
	}
	head->bytes = at;
	/* The head last, for it knows where the tables are; not by pwrite(2), which a worker may not. */
	if (r == 0 && lseek(fd, (off_t)start, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : fd_write_all(fd, head, sizeof(*head));
}

int maker_write(struct maker *m, const char *name, int fd, uint64_t *at, struct err *e)
{
	struct segment_head head = {.magic = SEGMENT_MAGIC, .version = INDEX_VERSION, .kind = m->kind};
	int r;

	pack_block(m);
	r = maker_error(m);
	if (r < 0)
		return err_sys(e, r, "collecting the rows of %s", name);
	r = sort_documents(m);
	if (r < 0)
		return err_sys(e, r, "sorting the rows of %s", name);
	sort_table(m, TABLE_ROWS, sizeof(struct raw_row), compare_rows);
	sort_table(m, TABLE_NAMES, sizeof(struct disk_name), compare_names);
	sort_table(m, TABLE_KEV, sizeof(struct disk_kev), compare_kev);
	sort_table(m, TABLE_EPSS, sizeof(struct disk_epss), compare_epss);
	r = maker_error(m);
	if (r == 0)
		r = group_rows(m);
	snprintf(head.name, sizeof(head.name), "%s", name);
	head.imported_s = m->now_s;
	head.newest_s = m->newest_s;
	head.documents = m->documents;
	head.rows = m->rows;
	head.withdrawn = m->withdrawn;
	head.malicious = m->malicious;
	head.refused = m->refused;
	if (r == 0)
		r = write_tables(m, &head, fd, *at);
	if (r < 0)
		return err_sys(e, r, "writing the rows of %s", name);
	*at += head.bytes;
	return 0;
}
