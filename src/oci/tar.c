/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tar reader: blocks of 512 bytes out of a window over the stream, headers that describe the next entry gathered
 * until the entry itself comes, then its content handed out without a copy.
 */
#include "tar-internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define WINDOW_BYTES (256u << 10)
#define ARENA_BYTES (64u << 20)

/* POSIX ustar; the GNU variant puts sparse data where the prefix is. */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], dev_major[8], dev_minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

struct oci_tar {
	struct oci_stream *stream; /* borrowed */
	uint8_t *window;
	size_t at, end;	    /* the bytes of the window not used yet */
	uint64_t consumed;  /* of the stream, up to AT */
	struct arena arena; /* what belongs to the present entry */
	struct tar_extra extra;
	struct oci_tar_entry entry;
	uint64_t stored_left; /* content of the present entry still in the stream, padding not counted */
	uint64_t padding;
	size_t piece; /* the present piece */
	uint64_t piece_done;
	bool ended;
};

static const char *const type_names[] = {
	[OCI_TAR_FILE] = "file",
	[OCI_TAR_HARDLINK] = "hard link",
	[OCI_TAR_SYMLINK] = "symbolic link",
	[OCI_TAR_CHAR] = "character device",
	[OCI_TAR_BLOCK] = "block device",
	[OCI_TAR_DIR] = "folder",
	[OCI_TAR_FIFO] = "fifo",
};

const char *oci_tar_type_name(enum oci_tar_type t)
{
	return (size_t)t < ARRAY_LEN(type_names) ? type_names[t] : "?";
}

int oci_tar_open(struct oci_stream *s, struct oci_tar **ret)
{
	struct oci_tar *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->stream = s;
	t->window = malloc(WINDOW_BYTES);
	t->arena = ARENA_INIT(ARENA_BYTES);
	if (!t->window) {
		oci_tar_free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void oci_tar_free(struct oci_tar *t)
{
	if (!t)
		return;
	arena_done(&t->arena);
	free(t->window);
	free(t);
}

uint64_t oci_tar_offset(const struct oci_tar *t)
{
	return t->consumed;
}

/* At least WANT bytes in the window, or fewer at the end of the stream. */
static int fill(struct oci_tar *t, size_t want, struct err *e)
{
	if (t->end - t->at >= want)
		return 0;
	memmove(t->window, t->window + t->at, t->end - t->at);
	t->end -= t->at;
	t->at = 0;
	while (t->end < want) {
		ssize_t got = oci_stream_read(t->stream, t->window + t->end, WINDOW_BYTES - t->end, e);
		if (got < 0)
			return (int)got;
		if (got == 0)
			break;
		t->end += (size_t)got;
	}
	return 0;
}

static void use(struct oci_tar *t, size_t len)
{
	t->at += len;
	t->consumed += len;
}

static int cut_off(const struct oci_tar *t, struct err *e)
{
	return err_set(e, -EBADMSG, "archive is cut off after %llu bytes", (unsigned long long)t->consumed);
}

static int skip(struct oci_tar *t, uint64_t len, struct err *e)
{
	while (len) {
		int r = fill(t, 1, e);
		if (r < 0)
			return r;
		if (t->at == t->end)
			return cut_off(t, e);
		size_t step = (size_t)MIN_OF(len, (uint64_t)(t->end - t->at));
		use(t, step);
		len -= step;
	}
	return 0;
}

/* Octal text, or base 256 when the first bit is set (GNU). */
static int number(const char *field, size_t len, int64_t *ret)
{
	const uint8_t *b = (const uint8_t *)field;
	int64_t value = 0;
	size_t i = 0;

	if (b[0] & 0x80) {
		value = b[0] & 0x40 ? -1 : 0;
		for (i = 0; i < len; i++) {
			uint8_t byte = i ? b[i] : (uint8_t)(value < 0 ? b[0] | 0x80 : b[0] & 0x3f);
			if (value > INT64_MAX >> 8 || value < INT64_MIN >> 8)
				return -ERANGE;
			value = (int64_t)(((uint64_t)value << 8) | byte);
		}
		*ret = value;
		return 0;
	}
	while (i < len && field[i] == ' ')
		i++;
	for (; i < len && field[i] >= '0' && field[i] <= '7'; i++) {
		if (value > INT64_MAX >> 3)
			return -ERANGE;
		value = value << 3 | (field[i] - '0');
	}
	if (i < len && field[i] != '\0' && field[i] != ' ')
		return -EINVAL;
	*ret = value;
	return 0;
}

static bool checksum_ok(const struct tar_header *h)
{
	const uint8_t *b = (const uint8_t *)h;
	int64_t said = 0, sum = 0, sum_signed = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool inside = i >= offsetof(struct tar_header, checksum) && i < offsetof(struct tar_header, type);
		sum += inside ? ' ' : b[i];
		sum_signed += inside ? ' ' : (int8_t)b[i];
	}
	return number(h->checksum, sizeof(h->checksum), &said) == 0 && (said == sum || said == sum_signed);
}

static bool all_zero(const uint8_t *b)
{
	return b[0] == 0 && memcmp(b, b + 1, TAR_BLOCK - 1) == 0;
}

/* The content of a header that describes the next entry, NUL-terminated in the arena. */
static int read_meta(struct oci_tar *t, uint64_t size, uint64_t max, char **ret, struct err *e)
{
	if (size > max)
		return err_set(e, -E2BIG, "header of %llu bytes, at most %llu are read", (unsigned long long)size,
			       (unsigned long long)max);
	char *text = arena_alloc(&t->arena, (size_t)size + 1);
	if (!text)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t done = 0; done < size;) {
		int r = fill(t, 1, e);
		if (r < 0)
			return r;
		if (t->at == t->end)
			return cut_off(t, e);
		size_t step = MIN_OF((size_t)size - done, t->end - t->at);
		memcpy(text + done, t->window + t->at, step);
		use(t, step);
		done += step;
	}
	*ret = text;
	return skip(t, -size & (TAR_BLOCK - 1), e);
}

static int read_pax(struct oci_tar *t, uint64_t size, struct err *e)
{
	char *text = NULL;
	int r = read_meta(t, size, OCI_TAR_PAX_MAX, &text, e);

	return r < 0 ? r : tar_extra_decode(&t->extra, text, (size_t)size, &t->arena, e);
}

/* To the next block. Writers that are never closed leave out the last padding with the end mark (umoci insert). */
static int skip_padding(struct oci_tar *t, struct err *e)
{
	int r = fill(t, 1, e);

	return r < 0 || t->at == t->end ? r : skip(t, t->padding, e);
}

/* A header block; 1 done, 0 end of archive. */
static int read_header(struct oci_tar *t, struct tar_header *h, struct err *e)
{
	int r = fill(t, TAR_BLOCK, e);

	if (r < 0)
		return r;
	if (t->at == t->end)
		return 0; /* archives without an end mark are common enough */
	if (t->end - t->at < TAR_BLOCK)
		return cut_off(t, e);
	if (all_zero(t->window + t->at))
		return 0;
	memcpy(h, t->window + t->at, TAR_BLOCK);
	if (!checksum_ok(h))
		return err_set(e, -EBADMSG, "no tar header at byte %llu (checksum differs)",
			       (unsigned long long)t->consumed);
	use(t, TAR_BLOCK);
	return 1;
}

/* Offsets and lengths of GNU's old sparse format: pairs of 12-byte numbers. */
static int add_gnu_pieces(struct oci_tar *t, const char *at, size_t count, struct err *e)
{
	for (size_t i = 0; i < count && at[i * 24]; i++) {
		int64_t offset = 0, len = 0;
		if (number(at + i * 24, 12, &offset) < 0 || number(at + i * 24 + 12, 12, &len) < 0 || offset < 0 ||
		    len < 0)
			return err_set(e, -EBADMSG, "sparse map: malformed number");
		int r = tar_piece_add(&t->extra, (uint64_t)offset, (uint64_t)len, &t->arena, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Old GNU sparse: four pieces at 386, "more follows" at 482, real size at 483; then blocks of 21 pieces. */
static int read_gnu_sparse(struct oci_tar *t, const struct tar_header *h, struct err *e)
{
	const char *raw = (const char *)h;
	bool more = raw[482] != 0;
	int64_t real = 0;
	int r = add_gnu_pieces(t, raw + 386, 4, e);

	if (r == 0 && (number(raw + 483, 12, &real) < 0 || real < 0))
		r = err_set(e, -EBADMSG, "sparse file: malformed size");
	t->extra.real_size = (uint64_t)real;
	t->extra.has_real_size = true;
	while (r == 0 && more) {
		r = fill(t, TAR_BLOCK, e);
		if (r < 0)
			return r;
		if (t->end - t->at < TAR_BLOCK)
			return cut_off(t, e);
		const char *block = (const char *)t->window + t->at;
		r = add_gnu_pieces(t, block, 21, e);
		more = block[504] != 0;
		use(t, TAR_BLOCK);
	}
	return r;
}

/* One decimal line of a pax 1.0 map. */
static int map_line(struct oci_tar *t, uint64_t *used, uint64_t *ret, struct err *e)
{
	uint64_t value = 0;

	for (int digits = 0; digits < 20; digits++) {
		int r = fill(t, 1, e);
		if (r < 0)
			return r;
		if (t->at == t->end || *used == t->stored_left)
			return cut_off(t, e);
		uint8_t c = t->window[t->at];
		use(t, 1);
		(*used)++;
		if (c == '\n' && digits) {
			*ret = value;
			return 0;
		}
		if (c < '0' || c > '9' || value > INT64_MAX / 10 - 1)
			break;
		value = value * 10 + (c - '0');
	}
	return err_set(e, -EBADMSG, "sparse map: malformed number");
}

/* pax 1.0 keeps the map in front of the content, padded to a block. */
static int read_pax_map(struct oci_tar *t, struct err *e)
{
	uint64_t count = 0, used = 0;
	int r = map_line(t, &used, &count, e);

	for (uint64_t i = 0; r == 0 && i < count; i++) {
		uint64_t offset = 0, len = 0;
		r = map_line(t, &used, &offset, e);
		if (r == 0)
			r = map_line(t, &used, &len, e);
		if (r == 0)
			r = tar_piece_add(&t->extra, offset, len, &t->arena, e);
	}
	if (r < 0)
		return r;
	uint64_t pad = -used & (TAR_BLOCK - 1);
	if (used + pad > t->stored_left)
		return cut_off(t, e);
	t->stored_left -= used + pad;
	return skip(t, pad, e);
}

static int set_content(struct oci_tar *t, const struct tar_header *h, uint64_t size, struct err *e)
{
	struct tar_extra *x = &t->extra;
	bool sparse = h->type == 'S' || x->has_real_size || x->piece_count;
	int r = 0;

	t->stored_left = size;
	t->padding = -size & (TAR_BLOCK - 1);
	if (h->type == 'S')
		r = read_gnu_sparse(t, h, e);
	else if (x->sparse_major == 1 && x->sparse_minor == 0)
		r = read_pax_map(t, e);
	else if (x->sparse_major > 0)
		r = err_set(e, -EOPNOTSUPP, "sparse format %d.%d is unknown", x->sparse_major, x->sparse_minor);
	if (r < 0)
		return r;
	t->entry.size = x->has_real_size ? x->real_size : size;
	if (t->entry.size > OCI_TAR_FILE_MAX)
		return err_set(e, -E2BIG, "a file larger than %llu TiB", OCI_TAR_FILE_MAX >> 40);
	if (!sparse) {
		r = tar_piece_add(x, 0, size, &t->arena, e);
		if (r < 0)
			return r;
	}
	return tar_pieces_check(x, t->entry.size, t->stored_left, e);
}

static const char *header_path(struct oci_tar *t, const struct tar_header *h)
{
	char text[sizeof(h->prefix) + 1 + sizeof(h->name) + 1];
	size_t prefix = memcmp(h->magic, "ustar\0", 6) == 0 ? strnlen(h->prefix, sizeof(h->prefix)) : 0;
	size_t name = strnlen(h->name, sizeof(h->name));

	memcpy(text, h->prefix, prefix);
	if (prefix)
		text[prefix++] = '/';
	memcpy(text + prefix, h->name, name);
	return arena_strn(&t->arena, text, prefix + name);
}

static int set_names(struct oci_tar *t, const struct tar_header *h, struct err *e)
{
	struct tar_extra *x = &t->extra;
	struct oci_tar_entry *entry = &t->entry;

	entry->path = x->sparse_name ? x->sparse_name : x->path ? x->path : header_path(t, h);
	entry->link = "";
	if (entry->type == OCI_TAR_SYMLINK || entry->type == OCI_TAR_HARDLINK)
		entry->link = x->link ? x->link : arena_strn(&t->arena, h->link, strnlen(h->link, sizeof(h->link)));
	return entry->path && entry->link ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int set_owner(struct oci_tar *t, const struct tar_header *h, struct err *e)
{
	const struct tar_extra *x = &t->extra;
	int64_t mode = 0, uid = 0, gid = 0, mtime = 0, major = 0, minor = 0;

	if (number(h->mode, sizeof(h->mode), &mode) < 0 || number(h->uid, sizeof(h->uid), &uid) < 0 ||
	    number(h->gid, sizeof(h->gid), &gid) < 0 || number(h->mtime, sizeof(h->mtime), &mtime) < 0)
		return err_set(e, -EBADMSG, "malformed number in the header");
	if (t->entry.type == OCI_TAR_CHAR || t->entry.type == OCI_TAR_BLOCK)
		if (number(h->dev_major, 8, &major) < 0 || number(h->dev_minor, 8, &minor) < 0)
			return err_set(e, -EBADMSG, "malformed device number");
	uint64_t owner = x->has_uid ? x->uid : (uint64_t)uid, group = x->has_gid ? x->gid : (uint64_t)gid;
	/* (uid_t)-1 means "unchanged" to chown(2): it must never get there. */
	if (owner >= UINT32_MAX || group >= UINT32_MAX)
		return err_set(e, -EBADMSG, "owner or group out of range");
	t->entry.mode = (uint32_t)mode & 07777;
	t->entry.uid = (uint32_t)owner;
	t->entry.gid = (uint32_t)group;
	t->entry.dev_major = (uint32_t)major;
	t->entry.dev_minor = (uint32_t)minor;
	t->entry.mtime_s = x->has_mtime ? x->mtime_s : mtime;
	t->entry.mtime_ns = x->has_mtime ? x->mtime_ns : 0;
	t->entry.xattrs = x->xattrs;
	t->entry.xattr_count = x->xattr_count;
	return 0;
}

static int entry_type(const struct tar_header *h, enum oci_tar_type *ret)
{
	static const struct {
		char letter;
		enum oci_tar_type type;
	} types[] = {
		{'0', OCI_TAR_FILE},	 {'\0', OCI_TAR_FILE},	 {'7', OCI_TAR_FILE}, {'S', OCI_TAR_FILE},
		{'1', OCI_TAR_HARDLINK}, {'2', OCI_TAR_SYMLINK}, {'3', OCI_TAR_CHAR}, {'4', OCI_TAR_BLOCK},
		{'5', OCI_TAR_DIR},	 {'6', OCI_TAR_FIFO},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].letter == h->type) {
			*ret = types[i].type;
			return 0;
		}
	return -EBADMSG;
}

static int set_entry(struct oci_tar *t, const struct tar_header *h, uint64_t size, struct err *e)
{
	t->entry = (struct oci_tar_entry){0};
	if (entry_type(h, &t->entry.type) < 0)
		return err_set(e, -EBADMSG, "entry type 0x%02x is unknown", (unsigned char)h->type);
	int r = set_names(t, h, e);
	if (r == 0)
		r = set_owner(t, h, e);
	if (r < 0)
		return r;
	/* Before ustar a folder was a file whose name ends in a slash. */
	if (h->type == '\0' && str_ends_with(t->entry.path, "/"))
		t->entry.type = OCI_TAR_DIR;
	/* Links and folders have no content, but some writers give the size of what a hard link points to. */
	if (t->entry.type != OCI_TAR_FILE) {
		t->stored_left = t->entry.type == OCI_TAR_HARDLINK || t->entry.type == OCI_TAR_DIR ? 0 : size;
		t->padding = -t->stored_left & (TAR_BLOCK - 1);
		return t->stored_left ? err_set(e, -EBADMSG, "a %s with content", oci_tar_type_name(t->entry.type)) : 0;
	}
	r = set_content(t, h, size, e);
	return r < 0 ? err_wrap(e, r, "%.200s", t->entry.path) : 0;
}

static int meta_header(struct oci_tar *t, const struct tar_header *h, uint64_t size, struct err *e)
{
	char *text = NULL;

	switch (h->type) {
	case 'x':
		return read_pax(t, size, e);
	case 'L':
	case 'K': {
		int r = read_meta(t, size, OCI_TAR_NAME_MAX + 1, &text, e);
		*(h->type == 'L' ? &t->extra.path : &t->extra.link) = text;
		return r;
	}
	default: /* 'g': comments of whole archives; nothing of it describes an entry here */
		if (size > OCI_TAR_PAX_MAX)
			return err_set(e, -E2BIG, "global header larger than %u bytes", OCI_TAR_PAX_MAX);
		return skip(t, size + (-size & (TAR_BLOCK - 1)), e);
	}
}

int oci_tar_next(struct oci_tar *t, const struct oci_tar_entry **ret, struct err *e)
{
	struct tar_header h;
	int64_t size = 0;

	if (t->ended)
		return 0;
	int r = skip(t, t->stored_left, e);
	if (r == 0)
		r = skip_padding(t, e);
	t->stored_left = t->padding = 0;
	arena_done(&t->arena);
	t->arena = ARENA_INIT(ARENA_BYTES);
	tar_extra_reset(&t->extra);
	t->piece = 0;
	t->piece_done = 0;
	while (r == 0) {
		r = read_header(t, &h, e);
		if (r == 0)
			t->ended = true;
		if (r <= 0)
			return r;
		if (number(h.size, sizeof(h.size), &size) < 0 || size < 0)
			return err_set(e, -EBADMSG, "malformed size at byte %llu", (unsigned long long)t->consumed);
		if (!h.type || !strchr("xgLK", h.type))
			break;
		r = meta_header(t, &h, (uint64_t)size, e);
	}
	if (r < 0)
		return r;
	r = set_entry(t, &h, t->extra.has_size ? t->extra.size : (uint64_t)size, e);
	if (r < 0)
		return r;
	*ret = &t->entry;
	return 1;
}

int oci_tar_data(struct oci_tar *t, struct oci_tar_chunk *ret, struct err *e)
{
	struct tar_extra *x = &t->extra;

	while (t->piece < x->piece_count && t->piece_done == x->pieces[t->piece].len) {
		t->piece++;
		t->piece_done = 0;
	}
	*ret = (struct oci_tar_chunk){0};
	if (t->piece >= x->piece_count || t->entry.type != OCI_TAR_FILE)
		return 0;
	/* Never a crumb: who looks at the beginning of a file sees it, however the stream was packed. */
	const struct tar_piece *p = &x->pieces[t->piece];
	uint64_t left = p->len - t->piece_done;
	int r = fill(t, (size_t)MIN_OF(left, (uint64_t)TAR_BLOCK), e);
	if (r < 0)
		return r;
	if (t->at == t->end)
		return cut_off(t, e);
	size_t len = (size_t)MIN_OF(left, (uint64_t)(t->end - t->at));
	*ret = (struct oci_tar_chunk){p->offset + t->piece_done, t->window + t->at, len};
	use(t, len);
	t->piece_done += len;
	t->stored_left -= len;
	return 0;
}
