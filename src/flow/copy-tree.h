/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a folder with everything that makes it a root file system: owners, modes, times, attributes, links, holes.
 * Inside the room only.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * From the folder FROM into the folder TO; TO's own attributes are set too. SHIFT is added to every owner: what a
 * container sees as its user 0 is user 0 of where it goes; owners that would leave the range become 65534.
 */
int flow_copy_tree(int from, int to, int64_t shift, struct err *e) must_check;

struct flow_copy_one {
	int from_dir;
	const char *from_name;
	int to_dir;
	const char *to_name;
};
/* One file or folder under a new name. A file that is there is replaced. */
int flow_copy_one(const struct flow_copy_one *one, int64_t shift, struct err *e) must_check;
