/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a zip archive (PKWARE's APPNOTE 6.3), by its central directory: stored or deflated, with the 64-bit
 * extension, not encrypted, in one file. Sizes that lie are found by counting, contents by their CRC.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/str.h"
#include "input.h"
#include "vuln/build.h"

#define END_BYTES 22
#define END64_LOCATOR_BYTES 20
#define END64_BYTES 56
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30
#define COMMENT_MAX 65535
#define DIRECTORY_BYTES_MAX (512u << 20)

enum { STORED = 0, DEFLATED = 8 };

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
	return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static int read_at(int fd, void *to, size_t len, uint64_t offset, struct err *e)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "reading the archive");
		if (n == 0)
			return err_set(e, -EBADMSG, "the zip archive is cut");
		done += (size_t)n;
	}
	return 0;
}

struct directory {
	uint64_t entries, bytes, offset;
};

/* The record of the 64-bit extension, when its locator stands right before the end record at END. */
static int read_end64(int fd, uint64_t end, struct directory *d, struct err *e)
{
	uint8_t locator[END64_LOCATOR_BYTES], record[END64_BYTES];
	int r;

	if (end < sizeof(locator))
		return 0;
	r = read_at(fd, locator, sizeof(locator), end - sizeof(locator), e);
	if (r < 0 || memcmp(locator, "PK\6\7", 4) != 0)
		return r;
	uint64_t at = u64(locator + 8);
	if (at > end)
		return err_set(e, -EBADMSG, "the zip archive's end lies outside");
	r = read_at(fd, record, sizeof(record), at, e);
	if (r < 0)
		return r;
	if (memcmp(record, "PK\6\6", 4) != 0)
		return err_set(e, -EBADMSG, "the zip archive's end is damaged");
	*d = (struct directory){u64(record + 32), u64(record + 40), u64(record + 48)};
	return 0;
}

static int find_directory(int fd, uint64_t size, struct directory *d, struct err *e)
{
	size_t tail = (size_t)MIN_OF(size, (uint64_t)(COMMENT_MAX + END_BYTES));
	scoped_free uint8_t *bytes = malloc(tail + 1);
	int r = bytes ? read_at(fd, bytes, tail, size - tail, e) : err_sys(e, -ENOMEM, "reading the archive");

	if (r < 0)
		return r;
	for (size_t at = tail; at-- > 0;) {
		const uint8_t *p = bytes + at;
		if (tail - at < END_BYTES || memcmp(p, "PK\5\6", 4) != 0 ||
		    (size_t)u16(p + 20) + END_BYTES != tail - at)
			continue;
		*d = (struct directory){u16(p + 10), u32(p + 12), u32(p + 16)};
		r = read_end64(fd, size - tail + at, d, e);
		if (r == 0 && (d->entries > VULN_INPUT_FILES_MAX || d->bytes > DIRECTORY_BYTES_MAX ||
			       d->offset > size || d->bytes > size - d->offset))
			r = err_set(e, -EBADMSG, "the zip archive's directory lies outside or is too large");
		return r;
	}
	return err_set(e, -EBADMSG, "the zip archive has no end: it is cut");
}

struct member {
	uint16_t flags, method;
	uint32_t crc;
	uint64_t packed, size, offset;
};

/* Sizes that do not fit 32 bits stand in an extra field, in this order, each only when needed. */
static void read_extra(const uint8_t *extra, size_t len, struct member *m)
{
	uint64_t *const wide[] = {&m->size, &m->packed, &m->offset};

	for (; len >= 4; extra += 4 + u16(extra + 2), len -= 4 + (size_t)u16(extra + 2)) {
		size_t left = u16(extra + 2);
		const uint8_t *p = extra + 4;
		if (left > len - 4)
			return;
		for (size_t i = 0; u16(extra) == 1 && i < ARRAY_LEN(wide) && left >= 8; i++)
			if (*wide[i] == UINT32_MAX) {
				*wide[i] = u64(p);
				p += 8;
				left -= 8;
			}
	}
}

static int inflate_member(const uint8_t *packed, const struct member *m, struct buf *ret)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)packed, .avail_in = (uInt)m->packed};
	char *to = buf_reserve(ret, m->size + 1);

	if (!to || inflateInit2(&z, -15) != Z_OK)
		return -ENOMEM;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)m->size + 1;
	int r = inflate(&z, Z_FINISH);
	ret->len = z.total_out;
	inflateEnd(&z);
	return r == Z_STREAM_END && ret->len == m->size ? 0 : -EBADMSG;
}

static int read_member(int fd, const struct member *m, size_t max, struct buf *ret, struct err *e)
{
	uint8_t local[LOCAL_BYTES];
	int r;

	if (m->flags & 1)
		return err_set(e, -EBADMSG, "it is encrypted");
	if (m->size > max || m->packed > max)
		return err_set(e, -EFBIG, "it is larger than %zu bytes", max);
	r = read_at(fd, local, sizeof(local), m->offset, e);
	if (r < 0)
		return r;
	scoped_free uint8_t *packed = malloc(m->packed + 1);
	if (!packed)
		return err_sys(e, -ENOMEM, "reading it");
	r = read_at(fd, packed, m->packed, m->offset + LOCAL_BYTES + u16(local + 26) + u16(local + 28), e);
	if (r < 0)
		return r;
	if (m->method == STORED)
		r = m->packed == m->size ? buf_add(ret, packed, m->packed) : -EBADMSG;
	else if (m->method == DEFLATED)
		r = inflate_member(packed, m, ret);
	else
		return err_set(e, -EBADMSG, "it is packed by method %u; expected stored or deflated", m->method);
	if (r == 0 && crc32(0, (const Bytef *)buf_str(ret), (uInt)ret->len) != m->crc)
		r = -EBADMSG;
	return r < 0 ? err_set(e, r, "it is damaged") : 0;
}

struct walk {
	int fd;
	const char *suffix;
	size_t max;
	zip_member_fn *fn;
	void *data;
	uint64_t total;
	struct buf content;
};

static int visit(struct walk *w, const uint8_t *entry, struct err *e)
{
	struct member m = {u16(entry + 8),  u16(entry + 10), u32(entry + 16),
			   u32(entry + 20), u32(entry + 24), u32(entry + 42)};
	size_t name_len = u16(entry + 28);
	char name[512];

	if (name_len == 0 || name_len >= sizeof(name))
		return 0;
	memcpy(name, entry + ENTRY_BYTES, name_len);
	name[name_len] = '\0';
	read_extra(entry + ENTRY_BYTES + name_len, u16(entry + 30), &m);
	if (!str_ends_with(name, w->suffix))
		return 0;
	w->total += m.size;
	if (w->total > VULN_INPUT_BYTES_MAX)
		return err_set(e, -EFBIG, "it unpacks to more than %llu GB",
			       (unsigned long long)(VULN_INPUT_BYTES_MAX >> 30));
	buf_reset(&w->content);
	str_plain(name, name_len);
	int r = read_member(w->fd, &m, w->max, &w->content, e);
	return r < 0 ? err_wrap(e, r, "%s", name) : w->fn(name, &w->content, w->data, e);
}

int zip_each(int fd, const char *suffix, size_t max, zip_member_fn *fn, void *data, struct err *e)
{
	struct walk w = {fd, suffix, max, fn, data, 0, BUF_INIT(max + 1)};
	struct directory d = {0};
	struct stat st;
	int r = fstat(fd, &st) < 0 ? err_sys(e, -errno, "the archive")
				   : find_directory(fd, (uint64_t)st.st_size, &d, e);

	if (r < 0)
		return r;
	scoped_free uint8_t *bytes = malloc(d.bytes + 1);
	r = bytes ? read_at(fd, bytes, d.bytes, d.offset, e) : err_sys(e, -ENOMEM, "reading the archive");
	size_t at = 0;
	for (uint64_t i = 0; r == 0 && i < d.entries; i++) {
		const uint8_t *entry = bytes + at;
		size_t left = d.bytes - at;
		size_t len = left < ENTRY_BYTES
				     ? 0
				     : ENTRY_BYTES + (size_t)u16(entry + 28) + u16(entry + 30) + u16(entry + 32);
		if (!len || len > left || memcmp(entry, "PK\1\2", 4) != 0)
			r = err_set(e, -EBADMSG, "the zip archive's directory is damaged");
		else
			r = visit(&w, entry, e);
		at += len;
	}
	buf_done(&w.content);
	return r;
}
