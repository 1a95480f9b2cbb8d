/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the tar reader behind the uncompressing stream: names are within limits, content is inside its file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/stream.h"
#include "oci/tar.h"

#define OUTPUT_MAX (64u << 20) /* keeps one input short */

static void check_entry(const struct oci_tar_entry *entry)
{
	if (strlen(entry->path) > OCI_TAR_NAME_MAX + 1 || strlen(entry->link) > OCI_TAR_NAME_MAX + 1 ||
	    entry->uid == UINT32_MAX || entry->gid == UINT32_MAX || entry->mode > 07777 ||
	    entry->xattr_count > OCI_TAR_XATTRS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	SCOPED_PTR(oci_tar) struct oci_tar *t = NULL;
	const struct oci_tar_entry *entry;
	struct oci_tar_chunk chunk;
	struct err e = {0};
	uint64_t total = 0;

	if (oci_stream_open_memory(data, size, &s, &e) < 0 || oci_tar_open(s, &t) < 0)
		return 0;
	while (total < OUTPUT_MAX && oci_tar_next(t, &entry, &e) == 1) {
		check_entry(entry);
		uint64_t file_size = entry->size, end = 0;
		while (oci_tar_data(t, &chunk, &e) == 0 && chunk.len) {
			if (chunk.offset < end || chunk.offset + chunk.len > file_size)
				abort();
			end = chunk.offset + chunk.len;
			total += chunk.len;
		}
	}
	return 0;
}
