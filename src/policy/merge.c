/* SPDX-License-Identifier: Apache-2.0 */
/* Two observations of one thing: what either saw is allowed. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "policy/profile.h"

static int add_items(struct profile *into, struct profile_items *to, const struct profile_items *from)
{
	const char **at = ARENA_ARRAY(&into->arena, to->count + from->count + 1, const char *);

	if (!at)
		return -ENOMEM;
	if (to->count)
		memcpy(at, to->at, to->count * sizeof(*at));
	for (size_t i = 0; i < from->count; i++) {
		at[to->count + i] = arena_str(&into->arena, from->at[i]);
		if (!at[to->count + i])
			return -ENOMEM;
	}
	to->at = at;
	to->count += from->count;
	profile_items_sort(to);
	return 0;
}

/* An empty list of parents or arguments allows any; so does the union with one. */
static int widen(struct profile *into, struct profile_items *to, const struct profile_items *from)
{
	if (!to->count)
		return 0;
	if (!from->count) {
		to->count = 0;
		return 0;
	}
	return add_items(into, to, from);
}

static struct profile_program *find(struct profile *p, const char *path)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (str_eq(p->programs[i].path, path))
			return &p->programs[i];
	return NULL;
}

static int merge_program(struct profile *into, const struct profile_program *from)
{
	struct profile_program *known = find(into, from->path);

	if (known) {
		if (!str_eq(known->digest, from->digest))
			known->digest = NULL;
		int r = widen(into, &known->parents, &from->parents);
		return r < 0 ? r : widen(into, &known->arguments, &from->arguments);
	}
	struct profile_program *added = &into->programs[into->program_count++];
	*added = (struct profile_program){.path = arena_str(&into->arena, from->path),
					  .digest = from->digest ? arena_str(&into->arena, from->digest) : NULL};
	int r = add_items(into, &added->parents, &from->parents);
	return r < 0 ? r : add_items(into, &added->arguments, &from->arguments);
}

static void keep_sorted(struct profile *p)
{
	for (size_t i = 1; i < p->program_count; i++) {
		struct profile_program moved = p->programs[i];
		size_t at = i;
		for (; at > 0 && strcmp(p->programs[at - 1].path, moved.path) > 0; at--)
			p->programs[at] = p->programs[at - 1];
		p->programs[at] = moved;
	}
}

/* 0 is no limit. */
static void raise(uint64_t *limit, uint64_t other)
{
	*limit = !*limit || !other ? 0 : *limit > other ? *limit : other;
}

int profile_merge(struct profile *into, const struct profile *from)
{
	struct profile_program *programs =
		ARENA_ARRAY(&into->arena, into->program_count + from->program_count + 1, struct profile_program);
	int r = programs ? 0 : -ENOMEM;

	if (r == 0 && into->program_count)
		memcpy(programs, into->programs, into->program_count * sizeof(*programs));
	if (r == 0)
		into->programs = programs;
	for (size_t i = 0; r == 0 && i < from->program_count; i++)
		r = merge_program(into, &from->programs[i]);
	for (int list = 0; r == 0 && list < PROFILE_LISTS; list++)
		r = add_items(into, &into->lists[list], &from->lists[list]);
	keep_sorted(into);
	raise(&into->limits.processes, from->limits.processes);
	raise(&into->limits.files, from->limits.files);
	raise(&into->limits.memory_bytes, from->limits.memory_bytes);
	raise(&into->limits.cpu_thousandths, from->limits.cpu_thousandths);
	return r < 0 || arena_failed(&into->arena) ? -ENOMEM : 0;
}
