/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of the index file, and reading it without trust.
 *
 *   head, an entry per segment, the segments
 *   segment: its head, then tables at multiples of 8
 *
 * Numbers are in the byte order of the machine that wrote them; a file of another order has another version number.
 * Every reference into a table is bounded where it is read: a string that is not there is "", a list is empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "vuln/index.h"

#define INDEX_MAGIC "skepvdb\n"
#define SEGMENT_MAGIC "skepseg\n"
#define INDEX_VERSION 1
#define INDEX_DIGEST_BYTES 32
#define TEXT_BLOCK_MAX (1u << 20) /* most bytes of texts packed together */
#define TABLE_ALIGN 8

struct index_head {
	char magic[8];
	uint32_t version;
	uint32_t segment_count;
	uint64_t bytes;			    /* of the file */
	uint8_t digest[INDEX_DIGEST_BYTES]; /* SHA-256 of all that follows the head */
};

struct index_entry {
	uint64_t offset, bytes;
};

enum segment_table {
	TABLE_STRINGS,	  /* each ended by a NUL */
	TABLE_ECOSYSTEMS, /* struct disk_ecosystem, by name */
	TABLE_PACKAGES,	  /* struct disk_package, by name within an ecosystem */
	TABLE_ROWS,	  /* struct disk_row, those of a package together */
	TABLE_RANGES,	  /* uint32_t: of a row: events, versions, urgency, then the events, then the versions */
	TABLE_DOCUMENTS,  /* struct disk_document, by id, then the newest first */
	TABLE_LISTS,	  /* uint32_t: a count, then strings; 0 is the empty list */
	TABLE_NAMES,	  /* struct disk_name: every id and alias, by name */
	TABLE_BLOCKS,	  /* struct disk_block */
	TABLE_TEXTS,	  /* zstd frames */
	TABLE_KEV,	  /* struct disk_kev, by CVE */
	TABLE_EPSS,	  /* struct disk_epss, by CVE */
	TABLES,
};

struct segment_head {
	char magic[8];
	uint32_t version;
	uint32_t kind;
	uint64_t bytes;
	char name[VULN_NAME_MAX];
	int64_t imported_s, newest_s;
	uint64_t documents, rows, withdrawn, malicious, refused;
	struct {
		uint64_t offset, bytes;
	} tables[TABLES];
};

struct disk_ecosystem {
	uint32_t name, first_package, package_count;
};

struct disk_package {
	uint32_t name, first_row, row_count;
};

struct disk_row {
	uint32_t document, range;
};

enum range_event { EVENT_INTRODUCED, EVENT_FIXED, EVENT_LAST_AFFECTED, EVENT_LIMIT, EVENTS };
/* Head of a row's part of TABLE_RANGES; behind it: kind and string of each event, then the strings of the versions. */
struct disk_range {
	uint32_t events, versions, urgency;
};

enum { DOCUMENT_MALICIOUS = 1 };
struct disk_document {
	uint32_t id;
	uint32_t aliases, related, vectors; /* lists */
	uint32_t word;			    /* the vendor's own severity, or "" */
	uint32_t flags;
	int64_t published_s, modified_s;
	uint32_t block, text; /* where its texts lie */
};

struct disk_name {
	uint32_t name, document;
};

struct disk_block {
	uint64_t offset;
	uint32_t bytes, plain_bytes;
};

struct disk_kev {
	uint32_t cve, added, due, ransomware;
};

struct disk_epss {
	uint32_t year, number, score, percentile;
};

/* One segment of a mapped index. */
struct segment {
	const struct segment_head *head;
	const uint8_t *base;
	size_t bytes;
};

/* Checks the head and the bounds of the tables; DATA is aligned to 8. -EBADMSG. */
int segment_open(const uint8_t *data, size_t bytes, struct segment *ret, struct err *e) must_check;

/* A table as an array of objects of SIZE. */
const void *segment_table(const struct segment *s, enum segment_table t, size_t size, size_t *ret_count);
/* Object INDEX of a table, or NULL. */
const void *segment_at(const struct segment *s, enum segment_table t, size_t size, size_t index);
const char *segment_str(const struct segment *s, uint32_t offset);
#define SEGMENT_AT(s, table, type, index) ((const type *)segment_at(s, table, sizeof(type), index))

struct segment_list {
	const uint32_t *items;
	uint32_t count;
};
struct segment_list segment_list(const struct segment *s, uint32_t offset);

/* The range of a row; false when it does not lie in its table. */
struct segment_range {
	struct disk_range head;
	const uint32_t *events;	  /* kind, string, kind, string... */
	const uint32_t *versions; /* strings */
};
bool segment_range(const struct segment *s, uint32_t offset, struct segment_range *ret);

/* The first object of a sorted table whose leading string is not before KEY. */
size_t segment_lower_bound(const struct segment *s, enum segment_table t, size_t size, size_t first, size_t count,
			   const char *key);
/* -1 when it has no such ecosystem. */
long segment_find_ecosystem(const struct segment *s, const char *name);
const struct disk_package *segment_find_package(const struct segment *s, uint32_t ecosystem, const char *name);

/* "CVE-2021-44228" as two numbers. */
bool segment_cve(const char *cve, uint32_t *ret_year, uint32_t *ret_number);

struct vuln_index {
	const uint8_t *map;
	size_t bytes;
	struct segment segments[VULN_SEGMENTS_MAX];
	size_t count;
	char digest[DIGEST_TEXT_MAX];
};

/* As vuln_open() on memory that stays with the caller, aligned to 8; without CHECK_DIGEST for fuzzing. */
int index_open_memory(const uint8_t *data, size_t bytes, bool check_digest, struct vuln_index *ret,
		      struct err *e) must_check;
