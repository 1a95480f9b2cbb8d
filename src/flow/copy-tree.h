/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a folder with everything that makes it a root file system: owners, modes, times, attributes, links, holes.
 * Inside the room only.
 */
#pragma once

#include "base/err.h"

/* From the folder FROM into the folder TO, both trusted not to change meanwhile; TO's own attributes are set too. */
int flow_copy_tree(int from, int to, struct err *e) must_check;
