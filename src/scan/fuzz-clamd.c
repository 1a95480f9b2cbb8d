/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of clamd, or of what says it is clamd. */
#include <stdlib.h>
#include <string.h>

#include "clamd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clamd_answer a;

	if (clamd_answer_read((const char *)data, size, 1, &a) == 0 &&
	    (a.verdict >= CLAMD_VERDICTS || strnlen(a.name, sizeof(a.name)) == sizeof(a.name)))
		abort();
	return 0;
}
