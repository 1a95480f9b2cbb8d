/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's report on a layer: any bytes. */
#include <stdlib.h>
#include <string.h>

#include "model/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena) struct arena a = ARENA_INIT(64u << 20);
	struct model_part p;
	uint64_t *copy = malloc(size + 8);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (model_part_decode(copy, size, &a, &p, NULL) == 0)
		for (size_t i = 0; i < p.group_count; i++)
			for (size_t k = 0; k < p.groups[i].package_count; k++)
				if (strlen(p.groups[i].packages[k].name) > size)
					abort();
	free(copy);
	return 0;
}
