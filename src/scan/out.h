/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of files write into: groups of packages, programs and remarks. Inside the room only. Text is copied
 * and cut at SCAN_TEXT_MAX; failures are sticky and seen by scan_out_error().
 */
#pragma once

#include "scan/scan.h"

struct scan_out {
	struct model_part part;
	struct arena arena; /* all text, and lists that are complete */
	/* The group being filled. */
	struct model_package *packages;
	uint64_t *owned;
	size_t package_count, package_room, owned_count, owned_room;
	size_t group_room, program_room, remark_room, name_room, opaque_room, folder_room;
	uint64_t remarks_left_out;
	int error;
};

static inline int scan_out_error(const struct scan_out *o)
{
	return o->error ? o->error : arena_failed(&o->arena) ? -ENOMEM : 0;
}

/* A copy of text, cut; NULL for NULL. */
const char *scan_text(struct scan_out *o, const char *s, size_t len);

/* Between begin and end: the file PATH says that there are these packages, which own these files. */
void scan_group_begin(struct scan_out *o);			  /* forgets one that was begun */
void scan_add(struct scan_out *o, const struct model_package *p); /* its texts are kept as they are: scan_text() them */
void scan_own(struct scan_out *o, const char *path, size_t len);
void scan_group_end(struct scan_out *o, const char *path, enum model_part_group_kind kind);

void scan_add_program(struct scan_out *o, const struct model_part_program *p);
/* Where something was found; line 0: the whole file, path "": the whole layer. */
struct scan_place {
	const char *path;
	uint64_t line;
};
#define SCAN_AT(file) ((struct scan_place){.path = (file)})
void scan_remark(struct scan_out *o, enum model_part_remark_kind kind, const char *rule, struct scan_place at,
		 const char *fmt, ...) printf_like(5, 6);

void scan_name(struct scan_out *o, const char *path, size_t len);
void scan_opaque(struct scan_out *o, const char *path, size_t len);
void scan_folder_name(struct scan_out *o, const char *path, size_t len);
