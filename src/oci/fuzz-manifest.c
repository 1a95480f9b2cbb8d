/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the decoders of manifests and indexes, and the choice of an index entry.
 */
#include <stdint.h>

#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena) struct arena a = ARENA_INIT(8u << 20);
	const struct oci_desc *chosen;
	struct oci_manifest m;
	struct oci_index index;
	struct err e = {0};

	ignore(oci_manifest_decode((const char *)data, size, &a, &m, &e));
	if (oci_artifact_decode((const char *)data, size, &a, &m, &e) == 0)
		ignore(oci_artifact_find(&m, "skep-db.json") != NULL);
	if (oci_index_decode((const char *)data, size, &a, &index, &e) == 0)
		ignore(oci_index_choose(&index, "latest", &chosen, &e));
	return 0;
}
