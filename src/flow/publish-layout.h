/* SPDX-License-Identifier: Apache-2.0 */
/* Where a mirror is written to. Inside the room only. */
#pragma once

#include "base/buf.h"
#include "model/mirror-list.h"
#include "oci/ref.h"

struct publish {
	int folder;	   /* of the mirror; owned */
	int files;	   /* of its files, each named by the hex of its digest; owned */
	const char *place; /* for words */
	struct mirror_list list;
};

/* TEXT as a file of its digest. */
int publish_blob(const struct publish *p, const struct buf *text, struct digest *ret, struct err *e) must_check;
/* The list, its signature and the files as an artifact that TAG names; other tags stay. */
int publish_layout(const struct publish *p, const char *tag, const struct buf *list, const struct buf *signature,
		   struct err *e) must_check;
