/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the document of mirrors and their addresses. */
#include <stdint.h>
#include <string.h>

#include "model/mirror-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(mirror_config) struct mirror_config c = MIRROR_CONFIG_INIT;
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = MIRROR_CONFIG_BYTES_MAX, .depth_max = 16};
	char place[MIRROR_PLACE_MAX];

	if (json_parse((const char *)data, size, limits, &doc, NULL) < 0)
		return 0;
	int r = mirror_config_decode(doc, &c, place, NULL);
	if (strlen(place) >= sizeof(place) || (r == 0 && (place[0] || !c.count || !c.keys.count)))
		__builtin_trap();
	return 0;
}
