/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a container's process is: "USER[:GROUP]" by number, or by name out of the image's own files. Inside the room
 * only.
 */
#pragma once

#include <stdint.h>

#include "overlay.h"

#define FLOW_GROUPS_MAX 64

struct flow_user {
	uint32_t uid, gid;
	uint32_t groups[FLOW_GROUPS_MAX];
	size_t group_count;
	char home[256];
};

/* TEXT may be NULL or "": root. -EINVAL with words when it is malformed or not in the image. */
int flow_user_resolve(const struct flow_lowers *l, const char *text, struct flow_user *ret, struct err *e) must_check;
