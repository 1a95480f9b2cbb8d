/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is a digest and what is behind it. The set is an array in order of kind and digest, found in by halving.
 */
#include "hash-list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

const char *hash_kind_name(enum hash_kind k)
{
	static const char *const names[HASH_KINDS] = {"md5", "sha1", "sha256"};

	return (size_t)k < ARRAY_LEN(names) ? names[k] : "md5";
}

void hash_list_done(struct hash_list *l)
{
	free(l->entries);
	buf_done(&l->names);
	*l = HASH_LIST_INIT;
}

/* ---- reading ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* The digest that TEXT begins with; how many characters it has, 0 when it is none. */
static size_t read_digest(const char *text, size_t len, struct hash_entry *x)
{
	size_t n = 0;

	while (n < len && n <= 2 * sizeof(x->digest) && hex_digit(text[n]) >= 0)
		n++;
	if (n != 32 && n != 40 && n != 64)
		return 0;
	x->kind = n == 32 ? HASH_MD5 : n == 40 ? HASH_SHA1 : HASH_SHA256;
	for (size_t i = 0; i < n; i += 2)
		x->digest[i / 2] = (uint8_t)(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
	return n;
}

/* ":SIZE:NAME", as ClamAV writes it; the size may be a star. */
static bool read_size(const char **text, size_t *len, struct hash_entry *x)
{
	const char *begin = *text + 1, *end = *text + *len, *colon = memchr(begin, ':', (size_t)(end - begin));
	const char *stop = colon ? colon : end;
	uint64_t size = 0;

	if (stop - begin == 1 && *begin == '*') {
		size = UINT64_MAX;
	} else {
		if (begin == stop || stop - begin > 18)
			return false;
		for (const char *c = begin; c < stop; c++) {
			if (*c < '0' || *c > '9')
				return false;
			size = size * 10 + (uint64_t)(*c - '0');
		}
	}
	x->size = size;
	*text = colon ? colon + 1 : end;
	*len = (size_t)(end - *text);
	if (colon)
		*len = memchr(*text, ':', *len) ? (size_t)((const char *)memchr(*text, ':', *len) - *text) : *len;
	return true;
}

static void add_name(struct hash_list *l, const char *text, size_t len)
{
	len = MIN_OF(len, (size_t)HASH_NAME_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		buf_add_char(&l->names, c < 0x20 || c >= 0x7f ? '?' : (char)c);
	}
	buf_add_char(&l->names, '\0');
}

static int keep(struct hash_list *l, const struct hash_entry *x)
{
	if (l->count == HASH_ENTRIES_MAX)
		return -E2BIG;
	if (l->count == l->room) {
		size_t room = l->room ? MIN_OF(l->room * 2, (size_t)HASH_ENTRIES_MAX) : 256;
		struct hash_entry *more = reallocarray(l->entries, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		l->entries = more;
		l->room = room;
	}
	l->entries[l->count++] = *x;
	return 0;
}

/* One line without blanks around it. NAME is where the list's own name is. */
static int take_line(struct hash_list *l, const char *text, size_t len, uint32_t name)
{
	struct hash_entry x = {.size = UINT64_MAX, .name = name};
	size_t n = read_digest(text, len, &x);

	text += n;
	len -= n;
	if (!n || (len && !strchr(" \t,;:", *text)))
		return -EINVAL;
	if (len && *text == ':' && !read_size(&text, &len, &x))
		return -EINVAL;
	while (len && strchr(" \t,;*", *text)) {
		text++;
		len--;
	}
	if (len) {
		x.name = (uint32_t)l->names.len;
		add_name(l, text, len);
	}
	int r = buf_error(&l->names);
	return r < 0 ? r : keep(l, &x);
}

int hash_list_add(struct hash_list *l, const char *name, const char *text, size_t len, struct err *e)
{
	const char *end = text + len;
	uint32_t own = (uint32_t)l->names.len;
	size_t number = 0;
	int r = 0;

	add_name(l, name, strlen(name));
	while (r == 0 && text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text)), *next = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		number++;
		while (text < stop && isspace((unsigned char)*text))
			text++;
		while (stop > text && isspace((unsigned char)stop[-1]))
			stop--;
		if (stop - text > HASH_LINE_MAX)
			return err_set(e, -EINVAL, "%s:%zu: the line is longer than %d bytes", name, number,
				       HASH_LINE_MAX);
		if (stop > text && *text != '#')
			r = take_line(l, text, (size_t)(stop - text), own);
		text = next;
	}
	if (r == -EINVAL)
		return err_set(e, r, "%s:%zu: expected an md5, sha1 or sha256 in hex, then a name, or DIGEST:SIZE:NAME",
			       name, number);
	if (r == -E2BIG)
		return err_set(e, r, "%s:%zu: more than %d digests, or %u MiB of names, in all lists", name, number,
			       HASH_ENTRIES_MAX, HASH_NAMES_BYTES_MAX >> 20);
	r = r < 0 ? r : buf_error(&l->names);
	return r < 0 ? err_sys(e, r, "%s", name) : 0;
}

/* ---- the set ---- */

static int compare(const void *a, const void *b)
{
	const struct hash_entry *x = a, *y = b;
	int r = x->kind != y->kind ? (x->kind < y->kind ? -1 : 1) : memcmp(x->digest, y->digest, sizeof(x->digest));

	if (r == 0)
		r = x->size != y->size ? (x->size < y->size ? -1 : 1) : 0;
	return r ? r : x->name < y->name ? -1 : x->name > y->name;
}

void hash_list_finish(struct hash_list *l, struct hash_head *ret)
{
	*ret = (struct hash_head){.count = l->count, .names_bytes = l->names.len};
	if (l->count)
		qsort(l->entries, l->count, sizeof(*l->entries), compare);
	for (size_t i = 0; i < l->count; i++) {
		const struct hash_entry *x = &l->entries[i];
		size_t bit = (size_t)(x->size % HASH_SIZE_BITS);
		ret->firsts[x->kind + 1] = i + 1;
		if (x->size == UINT64_MAX)
			ret->any_size[x->kind] = 1;
		else
			ret->sizes[x->kind][bit / 8] |= (uint8_t)(1u << bit % 8);
	}
	for (size_t k = 1; k <= HASH_KINDS; k++)
		if (ret->firsts[k] < ret->firsts[k - 1])
			ret->firsts[k] = ret->firsts[k - 1];
}

int hash_set_open(const void *bytes, size_t len, struct hash_set *ret)
{
	const struct hash_head *h = bytes;

	if (len < sizeof(*h) || h->count > HASH_ENTRIES_MAX || h->names_bytes > HASH_NAMES_BYTES_MAX ||
	    len != sizeof(*h) + h->count * sizeof(struct hash_entry) + h->names_bytes)
		return -EBADMSG;
	for (size_t k = 0; k < HASH_KINDS; k++)
		if (h->firsts[k] > h->firsts[k + 1] || h->firsts[k + 1] > h->count)
			return -EBADMSG;
	const struct hash_entry *entries = (const struct hash_entry *)(h + 1);
	const char *names = (const char *)(entries + h->count);
	if (h->count && (!h->names_bytes || names[h->names_bytes - 1]))
		return -EBADMSG;
	*ret = (struct hash_set){h, entries, names};
	return 0;
}

bool hash_set_asks(const struct hash_set *s, enum hash_kind k, uint64_t size)
{
	size_t bit = (size_t)(size % HASH_SIZE_BITS);

	return s->head && s->head->firsts[k] < s->head->firsts[k + 1] &&
	       (s->head->any_size[k] || s->head->sizes[k][bit / 8] & 1u << bit % 8);
}

const char *hash_set_find(const struct hash_set *s, enum hash_kind k, const uint8_t digest[DIGEST_BYTES_MAX],
			  uint64_t size)
{
	size_t low = s->head ? s->head->firsts[k] : 0, end = s->head ? s->head->firsts[k + 1] : 0, high = end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(s->entries[middle].digest, digest, DIGEST_BYTES_MAX) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && memcmp(s->entries[low].digest, digest, DIGEST_BYTES_MAX) == 0; low++) {
		const struct hash_entry *x = &s->entries[low];
		if ((x->size == UINT64_MAX || x->size == size) && x->name < s->head->names_bytes)
			return s->names + x->name;
	}
	return NULL;
}
