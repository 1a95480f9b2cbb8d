/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear steps, at most half full.
 */
#include "names.h"

#define K1 0x9e3779b97f4a7c15ull
#define K2 0xc2b2ae3d27d4eb4full

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * K1;
	return h ^ (h >> 32);
}

uint32_t rule_hash(const char *at, size_t len)
{
	uint64_t h = len * K2, word = 0;

	for (; len >= 8; at += 8, len -= 8) {
		memcpy(&word, at, 8);
		h = mix(h, word);
	}
	word = 0;
	if (len)
		memcpy(&word, at, len);
	h = mix(h, word);
	return (uint32_t)(h ^ (h >> 29));
}

static struct name_slot *find(const struct names *n, struct rule_str name)
{
	size_t i = rule_hash(name.at, name.len) & (n->capacity - 1);

	while (n->slots[i].thing && !rule_str_eq(n->slots[i].name, name))
		i = (i + 1) & (n->capacity - 1);
	return &n->slots[i];
}

void *names_get(const struct names *n, struct rule_str name)
{
	return n->capacity ? find(n, name)->thing : NULL;
}

static int grow(struct arena *arena, struct names *n)
{
	struct names bigger = {.capacity = n->capacity ? 2 * n->capacity : 64, .count = n->count};

	bigger.slots = ARENA_ARRAY(arena, bigger.capacity, struct name_slot);
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < n->capacity; i++) {
		if (n->slots[i].thing)
			*find(&bigger, n->slots[i].name) = n->slots[i];
	}
	*n = bigger;
	return 0;
}

int names_add(struct arena *arena, struct names *n, struct rule_str name, void *thing)
{
	if (2 * (n->count + 1) > n->capacity) {
		int r = grow(arena, n);
		if (r < 0)
			return r;
	}
	*find(n, name) = (struct name_slot){name, thing};
	n->count++;
	return 0;
}
