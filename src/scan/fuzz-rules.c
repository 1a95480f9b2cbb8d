/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about secrets that somebody wrote. */
#include <stdint.h>

#include "secret-rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena) struct arena a = ARENA_INIT(16u << 20);
	struct scan_secret_rules rules = {0};

	ignore(scan_secret_rules_read((const char *)data, size, &a, &rules, NULL)); /* it must only come back */
	return 0;
}
