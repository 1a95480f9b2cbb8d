/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of a profile in the letters that the programs compare. */
#include <errno.h>
#include <string.h>

#include "guard/guard.h"

int guard_pattern(const char *text, bool arguments, struct guard_pattern *ret)
{
	*ret = (struct guard_pattern){.len = 0};
	for (const char *at = text; *at; at++) {
		if (ret->len == GUARD_PATTERN_MAX)
			return -E2BIG;
		bool all = at[0] == '*' && at[1] == '*';
		ret->tokens[ret->len++] = all			    ? GUARD_ANY_ALL
					  : *at == '*'		    ? GUARD_ANY_PART
					  : arguments && *at == ' ' ? 0
								    : (uint8_t)*at;
		at += all;
	}
	return 0;
}
