/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing lists of what was found. A list that is complete moves into the arena; what still grows is on the heap.
 */
#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMARKS_MAX 100000

int scan_out_new(struct scan_out **ret)
{
	struct scan_out *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->arena = ARENA_INIT(SCAN_MEMORY_MAX);
	*ret = o;
	return 0;
}

void scan_out_free(struct scan_out *o)
{
	if (!o)
		return;
	free(o->packages);
	free(o->owned);
	free(o->part.groups);
	free(o->part.programs);
	free(o->part.remarks);
	free(o->part.names);
	free(o->part.opaques);
	free(o->part.folders);
	arena_done(&o->arena);
	free(o);
}

/* Room for one more of SIZE bytes in *ITEMS; NULL with the error on record. */
static void *grow(struct scan_out *o, void *items, size_t size, size_t *room, size_t count, size_t max)
{
	void **list = items;

	if (o->error)
		return NULL;
	if (count == *room) {
		size_t more = count ? count * 2 : 16;
		void *bigger = count < max ? reallocarray(*list, more, size) : NULL;
		if (!bigger) {
			o->error = count < max ? -ENOMEM : -E2BIG;
			return NULL;
		}
		*list = bigger;
		*room = more;
	}
	return (char *)*list + count * size;
}
#define GROW(o, items, room, count, max) grow(o, &(items), sizeof(*(items)), &(room), count, max)

const char *scan_text(struct scan_out *o, const char *s, size_t len)
{
	return s ? arena_strn(&o->arena, s, MIN_OF(len, (size_t)SCAN_TEXT_MAX)) : NULL;
}

void scan_group_begin(struct scan_out *o)
{
	o->package_count = 0;
	o->owned_count = 0;
}

void scan_add(struct scan_out *o, const struct model_package *p)
{
	struct model_package *to = GROW(o, o->packages, o->package_room, o->package_count, SCAN_PACKAGES_MAX);

	if (!to)
		return;
	*to = *p;
	o->package_count++;
}

static void add_hash(struct scan_out *o, uint64_t **list, size_t *room, size_t *count, uint64_t hash)
{
	uint64_t *to = grow(o, list, sizeof(**list), room, *count, MODEL_PART_HASHES_MAX);

	if (!to)
		return;
	*to = hash;
	(*count)++;
}

void scan_own(struct scan_out *o, const char *path, size_t len)
{
	for (; len && *path == '/'; len--)
		path++;
	if (len)
		add_hash(o, &o->owned, &o->owned_room, &o->owned_count, model_part_owned_hash(path, len));
}

static void sort_hashes(uint64_t *list, size_t *count)
{
	size_t kept = 0;

	model_part_sort(list, *count);
	for (size_t i = 0; i < *count; i++)
		if (!i || list[i] != list[kept - 1])
			list[kept++] = list[i];
	*count = kept;
}

/* An arena's copy of a finished list. */
static void *settle(struct scan_out *o, const void *list, size_t count, size_t size)
{
	void *copy = count ? arena_array(&o->arena, count, size) : NULL;

	if (copy)
		memcpy(copy, list, count * size);
	return copy;
}

void scan_group_end(struct scan_out *o, const char *path, enum model_part_group_kind kind)
{
	struct model_part_group *g;

	if (!o->package_count && !o->owned_count)
		return;
	g = GROW(o, o->part.groups, o->group_room, o->part.group_count, MODEL_PART_GROUPS_MAX);
	if (!g)
		return;
	sort_hashes(o->owned, &o->owned_count);
	*g = (struct model_part_group){.path = scan_text(o, path, strlen(path)),
				       .packages = settle(o, o->packages, o->package_count, sizeof(*o->packages)),
				       .package_count = o->package_count,
				       .owned = settle(o, o->owned, o->owned_count, sizeof(*o->owned)),
				       .owned_count = o->owned_count,
				       .kind = kind,
				       .entry = o->part.files};
	if (!arena_failed(&o->arena))
		o->part.group_count++;
	scan_group_begin(o);
}

void scan_add_program(struct scan_out *o, const struct model_part_program *p)
{
	struct model_part_program *to =
		GROW(o, o->part.programs, o->program_room, o->part.program_count, MODEL_PART_GROUPS_MAX);

	if (!to)
		return;
	*to = (struct model_part_program){.path = scan_text(o, p->path, strlen(p->path)),
					  .hardening = p->hardening,
					  .needed = scan_text(o, p->needed, strlen(p->needed)),
					  .note = scan_text(o, p->note, strlen(p->note))};
	if (!arena_failed(&o->arena))
		o->part.program_count++;
}

void scan_remark(struct scan_out *o, enum model_part_remark_kind kind, const char *rule, struct scan_place at,
		 const char *fmt, ...)
{
	char text[SCAN_TEXT_MAX];
	va_list ap;

	/* Never left out: an attacker may fill the list before. */
	if (o->part.remark_count >= REMARKS_MAX && kind != MODEL_REMARK_UNREAD && kind != MODEL_REMARK_MALWARE) {
		o->remarks_left_out++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct model_part_remark *to =
		GROW(o, o->part.remarks, o->remark_room, o->part.remark_count, MODEL_PART_GROUPS_MAX);
	if (!to)
		return;
	*to = (struct model_part_remark){.kind = kind,
					 .rule = arena_str(&o->arena, rule),
					 .path = scan_text(o, at.path, strlen(at.path)),
					 .line = at.line,
					 .text = arena_str(&o->arena, text)};
	if (!arena_failed(&o->arena))
		o->part.remark_count++;
}

void scan_name(struct scan_out *o, const char *path, size_t len)
{
	add_hash(o, &o->part.names, &o->name_room, &o->part.name_count, model_part_path_hash(path, len));
}

void scan_opaque(struct scan_out *o, const char *path, size_t len)
{
	add_hash(o, &o->part.opaques, &o->opaque_room, &o->part.opaque_count, model_part_path_hash(path, len));
}

void scan_folder_name(struct scan_out *o, const char *path, size_t len)
{
	add_hash(o, &o->part.folders, &o->folder_room, &o->part.folder_count, model_part_path_hash(path, len));
}

int scan_out_finish(struct scan_out *o, struct model_part *ret, struct err *e)
{
	if (o->remarks_left_out) {
		uint64_t count = o->remarks_left_out;
		o->remarks_left_out = 0;
		scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_NONE, SCAN_AT(""), "%llu more remarks left out",
			    (unsigned long long)count);
	}
	sort_hashes(o->part.names, &o->part.name_count);
	sort_hashes(o->part.opaques, &o->part.opaque_count);
	sort_hashes(o->part.folders, &o->part.folder_count);
	int r = scan_out_error(o);
	if (r == -E2BIG)
		return err_set(e, r, "over a limit: more than %d files or %d of anything that is looked for",
			       MODEL_PART_HASHES_MAX, MODEL_PART_GROUPS_MAX);
	if (r < 0)
		return err_set(e, r, "what was found does not fit into %u MiB", SCAN_MEMORY_MAX >> 20);
	*ret = o->part;
	return 0;
}
