/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of digests that somebody wrote. */
#include <stdlib.h>
#include <string.h>

#include "hash-list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hash_list l = HASH_LIST_INIT;
	struct hash_head *head = malloc(sizeof(*head));

	if (head && hash_list_add(&l, "list", (const char *)data, size, NULL) == 0) {
		hash_list_finish(&l, head);
		struct hash_set s = {head, l.entries, l.names.data};
		for (size_t i = 0; i < l.count; i++) {
			const struct hash_entry *x = &l.entries[i];
			uint64_t bytes = x->size == UINT64_MAX ? 5 : x->size;
			enum hash_kind k = (enum hash_kind)x->kind;
			if (!hash_set_asks(&s, k, bytes) || !hash_set_find(&s, k, x->digest, bytes))
				abort();
		}
	}
	free(head);
	hash_list_done(&l);
	return 0;
}
