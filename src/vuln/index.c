/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opened index: its segments, what they are, and what does not need a package to be found.
 */
#include "vuln/index.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/digest.h"
#include "base/str.h"
#include "segment.h"

const char *vuln_segment_kind_name(enum vuln_segment_kind k)
{
	static const char *const names[VULN_SEGMENT_KINDS] = {"osv", "kev", "epss"};

	return (size_t)k < ARRAY_LEN(names) ? names[k] : "unknown";
}

static int check_digest(const uint8_t *data, size_t bytes, struct vuln_index *x, struct err *e)
{
	const struct index_head *head = (const void *)data;
	struct digest digest;
	char want[2 * INDEX_DIGEST_BYTES + 1];

	for (size_t i = 0; i < INDEX_DIGEST_BYTES; i++)
		snprintf(want + 2 * i, 3, "%02x", head->digest[i]);
	int r = digest_of(data + sizeof(*head), bytes - sizeof(*head), &digest);
	if (r < 0)
		return err_sys(e, r, "the digest of the index");
	if (!str_eq(digest_hex(&digest), want))
		return err_set(e, -EBADMSG, "the index was changed since it was made; import again");
	snprintf(x->digest, sizeof(x->digest), "%s", digest.text);
	return 0;
}

int index_open_memory(const uint8_t *data, size_t bytes, bool check, struct vuln_index *ret, struct err *e)
{
	const struct index_head *head = (const void *)data;
	const struct index_entry *entries = (const void *)(data + sizeof(*head));

	if (bytes < sizeof(*head) || memcmp(head->magic, INDEX_MAGIC, sizeof(head->magic)) != 0)
		return err_set(e, -EBADMSG, "this is no index of vulnerabilities");
	if (head->version != INDEX_VERSION)
		return err_set(e, -EBADMSG, "the index has version %u and this skep reads %u; import again",
			       head->version, INDEX_VERSION);
	if (head->bytes != bytes)
		return err_set(e, -EBADMSG, "the index is cut: it has %zu bytes of %llu; import again", bytes,
			       (unsigned long long)head->bytes);
	if (head->segment_count > VULN_SEGMENTS_MAX ||
	    head->segment_count > (bytes - sizeof(*head)) / sizeof(struct index_entry))
		return err_set(e, -EBADMSG, "the index names %u parts, which it cannot hold; import again",
			       head->segment_count);
	int r = check ? check_digest(data, bytes, ret, e) : 0;
	for (uint32_t i = 0; r == 0 && i < head->segment_count; i++) {
		if (entries[i].offset > bytes || entries[i].bytes > bytes - entries[i].offset ||
		    entries[i].offset % TABLE_ALIGN)
			return err_set(e, -EBADMSG, "part %u of the index lies outside; import again", i);
		r = segment_open(data + entries[i].offset, entries[i].bytes, &ret->segments[i], e);
	}
	if (r == 0)
		ret->count = head->segment_count;
	return r;
}

int vuln_open(int fd, struct vuln_index **ret, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "the index");
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || (uint64_t)st.st_size > VULN_INDEX_BYTES_MAX)
		return err_set(e, -EBADMSG, "this is no index of vulnerabilities");
	SCOPED_PTR(vuln_index) struct vuln_index *x = calloc(1, sizeof(*x));
	if (!x)
		return err_sys(e, -ENOMEM, "the index");
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, -errno, "mapping the index");
	x->map = map;
	x->bytes = (size_t)st.st_size;
	int r = index_open_memory(x->map, x->bytes, true, x, e);
	if (r == 0)
		*ret = take_ptr(x);
	return r;
}

int vuln_open_root(const char *root, struct vuln_index **ret, struct err *e)
{
	scoped_free char *path = str_printf("%s/db/%s", root, VULN_INDEX_NAME);

	if (!path)
		return err_sys(e, -ENOMEM, "the index");
	scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, -ENOENT,
			       "%s: there is no index of vulnerabilities yet; make one with: skep db import FILE",
			       path);
	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	int r = vuln_open(fd, ret, e);
	return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

void vuln_index_free(struct vuln_index *x)
{
	if (!x)
		return;
	if (x->map)
		munmap((void *)(uintptr_t)x->map, x->bytes);
	free(x);
}

size_t vuln_source_count(const struct vuln_index *x)
{
	return x->count;
}

bool vuln_source_at(const struct vuln_index *x, size_t i, struct vuln_source *ret)
{
	if (i >= x->count)
		return false;
	const struct segment *s = &x->segments[i];
	const struct segment_head *h = s->head;
	size_t packages, ecosystems;
	segment_table(s, TABLE_PACKAGES, sizeof(struct disk_package), &packages);
	segment_table(s, TABLE_ECOSYSTEMS, sizeof(struct disk_ecosystem), &ecosystems);
	*ret = (struct vuln_source){
		.name = h->name,
		.kind = (enum vuln_segment_kind)h->kind,
		.imported_s = h->imported_s,
		.newest_s = h->newest_s,
		.documents = h->documents,
		.rows = h->rows,
		.packages = packages,
		.ecosystems = ecosystems,
		.withdrawn = h->withdrawn,
		.malicious = h->malicious,
		.refused = h->refused,
		.bytes = h->bytes,
	};
	return true;
}

const char *vuln_index_digest(const struct vuln_index *x)
{
	return x->digest;
}

/* ---- texts ---- */

/* The string at *AT of LEN bytes, and *AT behind it; "" at the end. */
static const char *take_str(const char *text, size_t len, size_t *at)
{
	const char *s = text + *at;
	const char *end = *at < len ? memchr(s, '\0', len - *at) : NULL;

	if (!end)
		return "";
	*at += (size_t)(end - s) + 1;
	return s;
}

static int unpack_block(const struct segment *s, uint32_t block, struct arena *a, const char **ret, size_t *ret_len)
{
	const struct disk_block *b = SEGMENT_AT(s, TABLE_BLOCKS, struct disk_block, block);
	size_t bytes;
	const uint8_t *texts = segment_table(s, TABLE_TEXTS, 1, &bytes);

	if (!b || b->offset > bytes || b->bytes > bytes - b->offset || b->plain_bytes > TEXT_BLOCK_MAX)
		return -EBADMSG;
	char *plain = arena_alloc(a, b->plain_bytes + 1);
	if (!plain)
		return -ENOMEM;
	if (ZSTD_decompress(plain, b->plain_bytes, texts + b->offset, b->bytes) != b->plain_bytes)
		return -EBADMSG;
	*ret = plain;
	*ret_len = b->plain_bytes + 1;
	return 0;
}

int vuln_text_get(const struct vuln_index *x, struct vuln_place p, struct arena *a, struct vuln_text *ret,
		  struct err *e)
{
	const struct segment *s = p.segment < x->count ? &x->segments[p.segment] : NULL;
	const struct disk_document *d = s ? SEGMENT_AT(s, TABLE_DOCUMENTS, struct disk_document, p.document) : NULL;
	const char *text;
	size_t len;
	int r = d ? unpack_block(s, d->block, a, &text, &len) : -EBADMSG;

	if (r < 0)
		return err_sys(e, r, "a text of the index");
	size_t at = d->text;
	const char *summary = take_str(text, len, &at);
	size_t count = at < len ? (uint8_t)text[at++] : 0;
	struct vuln_reference *references = ARENA_ARRAY(a, count + 1, struct vuln_reference);
	if (!references)
		return err_sys(e, -ENOMEM, "a text of the index");
	for (size_t i = 0; i < count; i++) {
		references[i].type = take_str(text, len, &at);
		references[i].url = take_str(text, len, &at);
	}
	*ret = (struct vuln_text){summary, references, count};
	return 0;
}

/* ---- lists of exploited and of likely ---- */

bool vuln_kev_get(const struct vuln_index *x, const char *cve, struct vuln_kev *ret)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct segment *s = &x->segments[i];
		size_t count;
		segment_table(s, TABLE_KEV, sizeof(struct disk_kev), &count);
		size_t at = segment_lower_bound(s, TABLE_KEV, sizeof(struct disk_kev), 0, count, cve);
		const struct disk_kev *k = SEGMENT_AT(s, TABLE_KEV, struct disk_kev, at);
		if (!k || !str_eq(segment_str(s, k->cve), cve))
			continue;
		*ret = (struct vuln_kev){segment_str(s, k->added), segment_str(s, k->due), k->ransomware};
		return true;
	}
	return false;
}

static const struct disk_epss *find_epss(const struct segment *s, uint32_t year, uint32_t number)
{
	size_t count, first = 0;
	const struct disk_epss *all = segment_table(s, TABLE_EPSS, sizeof(*all), &count);

	while (count) {
		size_t half = count / 2;
		const struct disk_epss *m = &all[first + half];
		if (m->year == year && m->number == number)
			return m;
		if (m->year < year || (m->year == year && m->number < number)) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return NULL;
}

bool vuln_epss_get(const struct vuln_index *x, const char *cve, struct vuln_epss *ret)
{
	uint32_t year, number;

	if (!segment_cve(cve, &year, &number))
		return false;
	for (size_t i = 0; i < x->count; i++) {
		const struct disk_epss *found = find_epss(&x->segments[i], year, number);
		if (found) {
			*ret = (struct vuln_epss){found->score, found->percentile};
			return true;
		}
	}
	return false;
}
