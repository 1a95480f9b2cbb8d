/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the decoder of image configurations; environment entries that come out must have a name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/image-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena) struct arena a = ARENA_INIT(8u << 20);
	struct oci_image_config c;
	struct err e = {0};

	if (oci_image_config_decode((const char *)data, size, &a, &c, &e) < 0)
		return 0;
	for (size_t i = 0; i < c.env.count; i++)
		if (!strchr(c.env.items[i], '=') || c.env.items[i][0] == '=')
			abort();
	return 0;
}
