/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a behaviour profile means to people: a page of words, what is too wide in it, and what another version newly does. Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "model/profile.h"

enum remark_level { REMARK_NOTE, REMARK_WARNING, REMARK_DANGER };
const char *remark_level_name(enum remark_level level);

struct remark {
	enum remark_level level;
	const char *place; /* "files.read", "programs" */
	const char *text;
};

/* The worst first; those of one level in the order of the profile. */
struct remarks {
	struct arena arena;
	struct remark *items;
	size_t count, capacity;
};
#define REMARKS_INIT ((struct remarks){.arena = ARENA_INIT(16u << 20)})
void remarks_done(struct remarks *r);
DEFINE_SCOPED(remarks)
int remark_add(struct remarks *r, enum remark_level level, const char *place, const char *fmt, ...) printf_like(4, 5);
void remarks_sort(struct remarks *r);

/* The profile as a page. */
void profile_words(const struct profile *p, struct buf *out);
/* As YAML, with NOTES (or NULL) as comments. */
void profile_yaml(const struct profile *p, const struct remarks *notes, struct buf *out);
/*
 * What one run showed as what every run will do: process numbers, made-up names, versions of libraries, crowds in a folder and ports that
 * the kernel chose become patterns; folders in which names are made are taken whole; calls bring their kin, and what depends on load alone is there. Each is noted in NOTES. -ENOMEM.
 */
int profile_generalize(struct profile *p, struct remarks *notes) must_check;
/* Adds to INTO what FROM allows; its name, image and mode stay. A limit that one has not is none. -ENOMEM. */
int profile_merge(struct profile *into, const struct profile *from) must_check;
/* What is wider than it should be. -ENOMEM. */
int profile_lint(const struct profile *p, struct remarks *ret) must_check;
/* What AFTER allows and BEFORE did not, and the other way round, each with what it is good for in an attack. -ENOMEM. */
int profile_diff(const struct profile *before, const struct profile *after, struct remarks *ret) must_check;
