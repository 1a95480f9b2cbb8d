/* SPDX-License-Identifier: Apache-2.0 */
/* A profile out of the members of spec, for tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/profile.h"

static inline void kit_profile(const char *members, struct profile *ret)
{
	char text[4096];
	struct err e = {0};
	SCOPED_PTR(json) struct json *doc = NULL;
	snprintf(text, sizeof(text),
		 "{\"apiVersion\":\"skep/"
		 "v1\",\"kind\":\"BehaviourProfile\",\"metadata\":{\"name\":\"web\"},\"spec\":{%s}}",
		 members);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	if (json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, &e) < 0 || profile_decode(doc, ret, &e) < 0)
		fail_msg("%s: %s", members, err_text(&e));
}

/* "danger files.write: text" for each remark, a line each. */
static inline void kit_remarks(const struct remarks *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++)
		buf_printf(out, "%s %s: %s\n", remark_level_name(r->items[i].level), r->items[i].place,
			   r->items[i].text);
}
