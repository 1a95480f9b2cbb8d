/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parents and arguments of programs, as the guard compares them: files by their inodes as they are when the container starts, which is what
 * Landlock's rules on them are about as well. Inside the room only.
 */
#pragma once

#include "guard/guard.h"
#include "model/profile.h"

/* Whether some program names parents or arguments. */
bool starts_are_told(const struct profile *p);

/*
 * ROOT is the container's root file system. With those programs, the others of P are told as well: what is not told may not be started,
 * the dynamic loader least of all. -EPERM with words for what cannot be held as it is written; not where P accepts that.
 */
int starts_plan(const struct profile *p, int root, enum guard_rung rung, struct guard_starts *ret,
		struct err *e) must_check;
