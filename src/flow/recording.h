/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of events: a head that says where and when, then blocks of whole records, each compressed and checksummed (zstd), so
 * that a file that was cut short is good up to its last whole block. Inside the room only.
 *
 *   "SKEPREC1"  u32 length  JSON {"version", "boot", "hostname"}
 *   per block   u32 raw length, u32 packed length, packed bytes
 */
#pragma once

#include "base/err.h"
#include "model/event.h"

enum { RECORDING_BLOCK_MAX = 1 << 20 };

struct recording;
int recording_create(const char *path, int64_t boot, const char *hostname, struct recording **ret,
		     struct err *e) must_check;
int recording_add(struct recording *r, const struct event *event, struct err *e) must_check;
/* Writes what is held back. */
int recording_flush(struct recording *r, struct err *e) must_check;
/* Flushes and closes; R is gone in any case. */
int recording_close(struct recording *r, struct err *e) must_check;

struct recording_head {
	int64_t boot;
	char hostname[256];
};
typedef int recording_begin_fn(void *ctx, const struct recording_head *head);
typedef int recording_event_fn(void *ctx, const struct event *event);
/*
 * Reads a file: its head to BEGIN, then each event. -EPROTO with words when it is none or is damaged; what came before
 * the damage was told.
 */
int recording_read(const char *path, recording_begin_fn *begin, recording_event_fn *each, void *ctx,
		   struct err *e) must_check;
