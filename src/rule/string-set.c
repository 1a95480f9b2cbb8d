/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of strings by hash, never changed once made.
 */
#include "compiled.h"

static uint32_t path_hash(struct rule_str path)
{
	uint32_t h = PATH_HASH_START;

	for (uint32_t i = 0; i < path.len; i++)
		h = path_hash_add(h, path.at[i]);
	return h;
}

int string_set_make(struct arena *arena, struct string_set *s, const struct rule_str *items, size_t count, bool paths)
{
	size_t capacity = 4;

	while (capacity < 2 * count)
		capacity *= 2;
	s->at = ARENA_ARRAY(arena, capacity, struct rule_str);
	s->hashes = ARENA_ARRAY(arena, capacity, uint32_t);
	s->items = ARENA_ARRAY(arena, count + 1, struct rule_str);
	if (!s->at || !s->hashes || !s->items)
		return -ENOMEM;
	s->mask = (uint32_t)capacity - 1;
	s->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t hash = paths ? path_hash(items[i]) : rule_hash(items[i].at, items[i].len);
		if (string_set_has(s, items[i], hash))
			continue;
		uint32_t k = hash & s->mask;
		while (s->at[k].at)
			k = (k + 1) & s->mask;
		s->at[k] = items[i];
		s->hashes[k] = hash;
		s->items[s->count++] = items[i];
	}
	return 0;
}

bool string_set_has(const struct string_set *s, struct rule_str text, uint32_t hash)
{
	for (uint32_t k = hash & s->mask; s->at[k].at; k = (k + 1) & s->mask) {
		if (s->hashes[k] == hash && rule_str_eq(s->at[k], text))
			return true;
	}
	return false;
}
