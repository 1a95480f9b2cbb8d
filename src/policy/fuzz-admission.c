/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the reading of admission policies: of one that was read, a higher score is never asked for less.
 */
#include <stdint.h>

#include "policy/admission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = ADMISSION_BYTES_MAX, .depth_max = 16};
	struct admission_policy p;
	struct admission_verdict before = {.refused = false}, v;

	if (json_parse((const char *)data, size, limits, &doc, NULL) < 0 || admission_decode(doc, &p, NULL) < 0)
		return 0;
	for (unsigned score = 0; score <= 100; score++) {
		const struct admission_facts f = {.scored = true, .score = score};
		admission_decide(&p, 1, &f, &v);
		if (before.refused > v.refused || before.tier > v.tier || (before.profile[0] && !v.profile[0]))
			__builtin_trap();
		before = v;
	}
	return 0;
}
