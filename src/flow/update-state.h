/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What updates remember below ROOT/db: for each document of mirrors the last list that was taken, so that an older one is
 * refused, and which of its files the index has. Inside the room only.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "vuln/index.h"

#define UPDATE_SETS_MAX 64
#define UPDATE_FILES_MAX 400 /* of a set: those of lists before count too */

struct update_file {
	const char *input;  /* the list's name */
	const char *source; /* the index's name */
	struct digest digest;
	int64_t imported_s;
};

struct update_set {
	const char *name;
	uint64_t serial;
	struct digest list;
	int64_t created_s, taken_s;
	struct update_file files[UPDATE_FILES_MAX];
	size_t count;
};

struct update_state {
	struct arena arena;
	struct update_set *sets[UPDATE_SETS_MAX];
	size_t count;
};
#define UPDATE_STATE_INIT ((struct update_state){.arena = ARENA_INIT(32u << 20)})
void update_state_done(struct update_state *s);
DEFINE_SCOPED(update_state)

/* FOLDER is ROOT/db; nothing there is an empty state. */
int update_state_load(int folder, struct update_state *ret, struct err *e) must_check;
int update_state_save(int folder, const struct update_state *s, struct err *e) must_check;

/* The state below ROOT for who only wants dates: one that is damaged is as none. */
void update_state_peek(const char *root, struct update_state *ret);
/*
 * How old a source of the index is: what came from a mirror is as old as the mirror's last list, so that an update which found
 * nothing new makes it younger; anything else is as old as its import. Seconds since 1970.
 */
int64_t update_state_date(const struct update_state *s, const struct vuln_source *source);

/* The set of a name, made when there is none; NULL when there are too many or no memory is left. */
struct update_set *update_state_set(struct update_state *s, const char *name);
/* Writes down that the index has INPUT of this digest. -E2BIG, -ENOMEM. */
int update_state_took(struct update_state *s, struct update_set *set, const struct update_file *f) must_check;
/* Whether the index (NULL: none) still has it as it was taken. */
bool update_state_has(const struct update_set *set, const struct vuln_index *index, const char *input,
		      const struct digest *digest);
