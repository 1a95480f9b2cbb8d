/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way below ROOT/db/incoming, named by their digests. Inside the room only. */
#pragma once

#include "mirror.h"

/*
 * F, whole and of its digest, from M or from what an earlier run left; an open file, rewound. -EBADMSG it is another
 * file than the list says, -EBUSY somebody else writes it.
 */
int incoming_get(int folder, struct mirror *m, const struct mirror_file *f, struct err *e) must_check;
/* Removes what L does not name; all of it when L is NULL. */
void incoming_sweep(int folder, const struct mirror_list *l);
