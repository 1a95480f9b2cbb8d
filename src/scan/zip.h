/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of a ZIP archive (APPNOTE.TXT 6.3) that lies whole in memory, by its central directory. Sizes are what is
 * unpacked, not what is said. Inside the room only.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define SCAN_ZIP_MEMBERS_MAX 200000
#define SCAN_ZIP_NAME_MAX 1024

struct scan_zip_member {
	const char *name; /* not terminated */
	size_t name_len;
	uint16_t method;
	const uint8_t *packed;
	size_t packed_len;
};

/* 0 or what FN returned; -EBADMSG with words when it is no archive or is damaged. */
int scan_zip_each(const uint8_t *data, size_t len, int (*fn)(const struct scan_zip_member *m, void *arg, struct err *e),
		  void *arg, struct err *e) must_check;
/* Unpacks into B; -EFBIG over b->max, -EBADMSG damaged, -EOPNOTSUPP packed or encrypted in a way not known. */
int scan_zip_unpack(const struct scan_zip_member *m, struct buf *b) must_check;
