/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading ZIP. The end of the archive names the directory; the directory names where a member's own head lies. Every
 * offset is checked against what there is.
 */
#include "zip.h"

#include <string.h>
#include <zlib.h>

#define END_LEN 22
#define END64_LOCATOR_LEN 20
#define END64_LEN 56
#define ENTRY_LEN 46
#define LOCAL_LEN 30
#define COMMENT_MAX 65535
#define PIECE (64u << 10)
#define ENCRYPTED 1

static uint64_t number(const uint8_t *at, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n |= (uint64_t)at[i] << (8 * i);
	return n;
}

struct directory {
	uint64_t offset, count;
	uint64_t shift; /* bytes before the archive: a program that unpacks itself */
};

static const uint8_t *find_end(const uint8_t *data, size_t len)
{
	size_t lowest = len > END_LEN + COMMENT_MAX ? len - END_LEN - COMMENT_MAX : 0;

	/* The end is where its comment reaches to the end of the file; the same bytes inside a comment are not it. */
	for (size_t at = len >= END_LEN ? len - END_LEN + 1 : 0; at-- > lowest;)
		if (memcmp(data + at, "PK\5\6", 4) == 0 && number(data + at + 20, 2) == len - at - END_LEN)
			return data + at;
	return NULL;
}

static int find_directory(const uint8_t *data, size_t len, struct directory *ret)
{
	const uint8_t *end = find_end(data, len);

	if (!end)
		return -EBADMSG;
	size_t at = (size_t)(end - data);
	uint64_t size = number(end + 12, 4);
	ret->count = number(end + 10, 2);
	ret->offset = number(end + 16, 4);
	if (ret->count == 0xffff || ret->offset == 0xffffffff) {
		const uint8_t *locator = at >= END64_LOCATOR_LEN ? end - END64_LOCATOR_LEN : NULL;
		if (!locator || memcmp(locator, "PK\6\7", 4) != 0)
			return -EBADMSG;
		uint64_t where = number(locator + 8, 8);
		if (where > len || len - where < END64_LEN || memcmp(data + where, "PK\6\6", 4) != 0)
			return -EBADMSG;
		ret->count = number(data + where + 32, 8);
		size = number(data + where + 40, 8);
		ret->offset = number(data + where + 48, 8);
		at = (size_t)where;
	}
	if (size > at || ret->offset > at - size)
		return -EBADMSG;
	ret->shift = at - size - ret->offset;
	return 0;
}

/* The member's packed bytes, behind its own head. */
static int locate(const uint8_t *data, size_t len, uint64_t local, uint64_t packed, struct scan_zip_member *m)
{
	if (local > len || len - local < LOCAL_LEN || memcmp(data + local, "PK\3\4", 4) != 0)
		return -EBADMSG;
	uint64_t begin = local + LOCAL_LEN + number(data + local + 26, 2) + number(data + local + 28, 2);
	if (begin > len || packed > len - begin)
		return -EBADMSG;
	m->packed = data + begin;
	m->packed_len = (size_t)packed;
	return 0;
}

int scan_zip_each(const uint8_t *data, size_t len, int (*fn)(const struct scan_zip_member *m, void *arg, struct err *e),
		  void *arg, struct err *e)
{
	struct directory d = {0};

	if (find_directory(data, len, &d) < 0)
		return err_set(e, -EBADMSG, "not a ZIP archive, or its end is missing");
	if (!d.count && len > END_LEN)
		return err_set(e, -EBADMSG, "it says that it has no members, and is %zu bytes long", len);
	if (d.count > SCAN_ZIP_MEMBERS_MAX)
		return err_set(e, -E2BIG, "more than %d members", SCAN_ZIP_MEMBERS_MAX);
	uint64_t at = d.offset + d.shift;
	for (uint64_t i = 0; i < d.count; i++) {
		struct scan_zip_member m = {0};
		if (at > len || len - at < ENTRY_LEN || memcmp(data + at, "PK\1\2", 4) != 0)
			return err_set(e, -EBADMSG, "its list of members is damaged");
		const uint8_t *entry = data + at;
		size_t name = (size_t)number(entry + 28, 2);
		uint64_t whole = ENTRY_LEN + name + number(entry + 30, 2) + number(entry + 32, 2);
		if (whole > len - at)
			return err_set(e, -EBADMSG, "its list of members is damaged");
		m.name = (const char *)entry + ENTRY_LEN;
		m.name_len = name;
		m.method = number(entry + 8, 2) & ENCRYPTED ? UINT16_MAX : (uint16_t)number(entry + 10, 2);
		at += whole;
		/* Nobody but an enemy has a NUL in a name. */
		if (memchr(m.name, '\0', name))
			return err_set(e, -EBADMSG, "a member's name has a NUL in it");
		if (name > SCAN_ZIP_NAME_MAX)
			continue;
		/* Members of more than 4 GiB are none that a reader would unpack. */
		if (locate(data, len, number(entry + 42, 4) + d.shift, number(entry + 20, 4), &m) < 0)
			m.method = UINT16_MAX;
		int r = fn(&m, arg, e);
		if (r)
			return r;
	}
	return 0;
}

static int unpack_deflated(const struct scan_zip_member *m, struct buf *b)
{
	z_stream z = {.next_in = (Bytef *)m->packed, .avail_in = (uInt)m->packed_len};
	int r = inflateInit2(&z, -15) == Z_OK ? Z_OK : Z_MEM_ERROR;

	while (r == Z_OK) {
		char *room = buf_reserve(b, PIECE);
		if (!room)
			break;
		z.next_out = (Bytef *)room;
		z.avail_out = PIECE;
		r = inflate(&z, Z_NO_FLUSH);
		b->len += PIECE - z.avail_out;
	}
	inflateEnd(&z);
	if (buf_error(b))
		return buf_error(b) == -EMSGSIZE ? -EFBIG : buf_error(b);
	return r == Z_STREAM_END ? 0 : -EBADMSG;
}

int scan_zip_unpack(const struct scan_zip_member *m, struct buf *b)
{
	if (m->method == 8)
		return unpack_deflated(m, b);
	if (m->method != 0)
		return -EOPNOTSUPP;
	int r = buf_add(b, m->packed, m->packed_len);
	return r == -EMSGSIZE ? -EFBIG : r;
}
