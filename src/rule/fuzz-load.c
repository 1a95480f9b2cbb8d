/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes rule files: what loads can judge events and be explained; what does not has said why.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fuzz-schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size <= 65536)
		fuzz_rules((const char *)data, size);
	return 0;
}
