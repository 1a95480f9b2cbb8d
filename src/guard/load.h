/* SPDX-License-Identifier: Apache-2.0 */
/* The programs in the kernel: brought there, pinned, found again. Inside the room only. */
#pragma once

#include "guard/guard.h"

/*
 * Opens what is pinned, and puts it there first, one caller at a time, when nothing is or it belongs to a group that is gone. The lock in G
 * is held shared afterwards.
 */
int load_open(struct guard *g, struct err *e) must_check;
