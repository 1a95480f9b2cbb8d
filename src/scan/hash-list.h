/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of files that are known to be bad, by their digests: one digest a line with a name behind it, or ClamAV's .hdb and
 * .hsb (DIGEST:SIZE:NAME). All of them become one sorted set that is written once and mapped by every worker. Inside the
 * room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

#define HASH_ENTRIES_MAX 4000000
#define HASH_NAMES_BYTES_MAX (128u << 20)
#define HASH_NAME_MAX 128 /* longer ones are cut */
#define HASH_LINE_MAX 4096
#define HASH_SIZE_BITS 65536

enum hash_kind { HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_KINDS };
const char *hash_kind_name(enum hash_kind k);

struct hash_entry {
	uint8_t digest[DIGEST_BYTES_MAX]; /* zeros behind shorter ones */
	uint64_t size;			  /* UINT64_MAX: any */
	uint32_t kind, name;		  /* where the name begins */
};

/* Being read. */
struct hash_list {
	struct hash_entry *entries;
	size_t count, room;
	struct buf names;
};
#define HASH_LIST_INIT ((struct hash_list){.names = BUF_INIT(HASH_NAMES_BYTES_MAX)})
void hash_list_done(struct hash_list *l);
/* Adds what the list TEXT says; NAME is for words, and for what the list gives no name. -EINVAL with the line, -E2BIG. */
int hash_list_add(struct hash_list *l, const char *name, const char *text, size_t len, struct err *e) must_check;

/* The head of a set; its entries, sorted, and its names lie behind it. */
struct hash_head {
	uint64_t count, names_bytes;
	uint64_t firsts[HASH_KINDS + 1];	       /* of the entries of each kind */
	uint64_t any_size[HASH_KINDS];		       /* an entry of the kind says no size */
	uint8_t sizes[HASH_KINDS][HASH_SIZE_BITS / 8]; /* which sizes the others say, as bits of their remainders */
};
/* Sorts L and fills the head; entries and names are then written behind it as they are. */
void hash_list_finish(struct hash_list *l, struct hash_head *ret);

struct hash_set {
	const struct hash_head *head; /* NULL: nothing is known */
	const struct hash_entry *entries;
	const char *names;
};
/* The set that begins at BYTES (8-aligned), which stay with it. -EBADMSG. */
int hash_set_open(const void *bytes, size_t len, struct hash_set *ret) must_check;
/* May a file of SIZE bytes be known by a digest of kind K? */
bool hash_set_asks(const struct hash_set *s, enum hash_kind k, uint64_t size);
/* The name of what has this digest and size; NULL when it is not known. */
const char *hash_set_find(const struct hash_set *s, enum hash_kind k, const uint8_t digest[DIGEST_BYTES_MAX],
			  uint64_t size);
