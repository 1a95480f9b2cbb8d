/* SPDX-License-Identifier: Apache-2.0 */
/* The programs in the kernel: brought there, pinned, found again. Inside the room only. */
#pragma once

#include "guard/guard.h"

/* Opens what is pinned; -ENOENT when nothing is, or when it belongs to a group that is gone. */
int load_find(struct guard *g) must_check;
/* Puts it there, one caller at a time, unless another did meanwhile. */
int load_make(struct guard *g, struct err *e) must_check;
