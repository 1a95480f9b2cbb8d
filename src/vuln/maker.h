/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment in the making: growing tables, with each string, range and list kept once. Running out of memory is sticky
 * in the tables and found when the segment is written.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "segment.h"

/* Which bytes a table has already. */
struct once {
	struct once_slot *slots;
	size_t size, used; /* slots: a power of two */
	bool failed;
};

struct raw_row {
	uint32_t ecosystem, name, document, range;
};

struct maker {
	enum vuln_segment_kind kind;
	struct buf tables[TABLES]; /* ROWS holds struct raw_row until the end */
	struct once strings, ranges, lists;
	struct buf block; /* texts not yet packed */
	void *packer;	  /* zstd's */
	int64_t now_s, newest_s;
	uint64_t documents, rows, withdrawn, malicious, refused;
};

int maker_init(struct maker *m, enum vuln_segment_kind kind, int64_t now_s) must_check;
void maker_done(struct maker *m);
/* Something was put in. */
bool maker_has_content(const struct maker *m);
/* 0, or what went wrong since the start. */
int maker_error(const struct maker *m);

/* The places of these bytes; 0 after an error, which is sticky. The empty string and list are 0. */
uint32_t maker_str(struct maker *m, const char *s);
uint32_t maker_list(struct maker *m, const uint32_t *items, uint32_t count);
uint32_t maker_range(struct maker *m, const uint32_t *words, size_t count);
void maker_row(struct maker *m, const struct raw_row *row);
/* Adds the texts of a document and says where they lie. */
void maker_text(struct maker *m, const struct buf *text, uint32_t *ret_block, uint32_t *ret_at);
uint32_t maker_document(struct maker *m, const struct disk_document *d);
void maker_name(struct maker *m, uint32_t name, uint32_t document);
/* A date of the source; the newest that is not in the future counts. */
void maker_date(struct maker *m, int64_t s);

/* Sorts, and writes it at *AT, which gets the end. */
int maker_write(struct maker *m, const char *name, int fd, uint64_t *at, struct err *e) must_check;
