/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the annotation org.skep.landlock, and what fitting it to an older kernel leaves of it.
 */
#include <stdint.h>
#include <string.h>

#include "landlock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(4 << 20);
	struct landlock_domain d;
	struct err e = {0};

	if (landlock_decode((const char *)data, size, &arena, &d, &e) < 0)
		return 0;
	d.best_effort = true;
	for (long abi = LANDLOCK_ABI_KNOWN + 1; abi >= -1; abi--) {
		if (landlock_fit(&d, abi, &e) < 0)
			__builtin_trap();
		for (size_t i = 0; i < d.count; i++)
			if (!d.rules[i].allowed || d.rules[i].allowed & ~(d.rules[i].path ? d.fs : d.net))
				__builtin_trap();
	}
	return 0;
}
