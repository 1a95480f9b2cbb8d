/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the list of a mirror: what was read is written in a form that is read again as the same, and no path leads out.
 */
#include <stdint.h>
#include <string.h>

#include "model/mirror-list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(mirror_list) struct mirror_list first = MIRROR_LIST_INIT, second = MIRROR_LIST_INIT;
	SCOPED(buf) struct buf a = BUF_INIT(1u << 20), b = BUF_INIT(1u << 20);

	if (mirror_list_decode((const char *)data, size, &first, NULL) < 0)
		return 0;
	for (size_t i = 0; i < first.count; i++)
		if (strchr("/.", first.files[i].path[0]) || strstr(first.files[i].path, "/."))
			__builtin_trap();
	mirror_list_encode(&first, &a);
	if (buf_error(&a))
		return 0;
	if (mirror_list_decode(buf_str(&a), a.len, &second, NULL) < 0)
		__builtin_trap();
	mirror_list_encode(&second, &b);
	if (a.len != b.len || memcmp(a.data, b.data, a.len) != 0)
		__builtin_trap();
	return 0;
}
