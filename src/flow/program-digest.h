/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of a profile against the files that a container is about to have. Inside the room only. */
#pragma once

#include "model/profile.h"

/* ROOT is its root file system. -EPERM with words when a program with a digest is another file; one that is not there cannot be started. */
int program_digests_check(const struct profile *p, int root, struct err *e) must_check;
