/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the reading of profiles: what was read is written in a form that is read again as the same.
 */
#include <stdint.h>
#include <string.h>

#include "model/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int decode(const char *text, size_t len, struct profile *ret)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = PROFILE_BYTES_MAX, .depth_max = 16};
	int r = json_parse(text, len, limits, &doc, NULL);
	return r < 0 ? r : profile_decode(doc, ret, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(profile) struct profile first = PROFILE_INIT;
	SCOPED(profile) struct profile second = PROFILE_INIT;
	SCOPED(buf) struct buf a = BUF_INIT(4 * PROFILE_BYTES_MAX);
	SCOPED(buf) struct buf b = BUF_INIT(4 * PROFILE_BYTES_MAX);

	if (decode((const char *)data, size, &first) < 0)
		return 0;
	profile_encode(&first, &a);
	if (buf_error(&a) || a.len > PROFILE_BYTES_MAX)
		return 0;
	if (decode(buf_str(&a), a.len, &second) < 0)
		__builtin_trap();
	profile_encode(&second, &b);
	if (a.len != b.len || memcmp(a.data, b.data, a.len) != 0)
		__builtin_trap();
	for (int list = 0; list < PROFILE_LISTS; list++)
		for (size_t i = 0; i < first.lists[list].count && i < 50; i++)
			if (!profile_allows(&first, (enum profile_list)list, first.lists[list].at[i]))
				__builtin_trap();
	return 0;
}
