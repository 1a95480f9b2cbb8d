/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 behind three functions. Rules are written for RE2, whose syntax PCRE2 has too; what differs is the time it may
 * take, so steps and memory are limited. No code is made at run time: a worker may have none.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "secret-match.h"

#include <pcre2.h>
#include <stdlib.h>

#define STEPS_MAX 500000
#define DEPTH_MAX 50000
#define HEAP_KIB_MAX 16384

struct secret_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

void secret_regex_free(struct secret_regex *r)
{
	if (!r)
		return;
	pcre2_match_context_free(r->limits);
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	free(r);
}

int secret_regex_new(const char *pattern, struct secret_regex **ret, struct err *e)
{
	struct secret_regex *r = calloc(1, sizeof(*r));
	int code = 0;
	PCRE2_SIZE at = 0;

	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_DOLLAR_ENDONLY | PCRE2_NO_UTF_CHECK,
				&code, &at, NULL);
	if (!r->code) {
		PCRE2_UCHAR words[200] = "";
		pcre2_get_error_message(code, words, sizeof(words));
		free(r);
		return err_set(e, -EINVAL, "the expression is wrong at character %zu: %s", at + 1, (char *)words);
	}
	r->data = pcre2_match_data_create(SECRET_GROUPS_MAX, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (!r->data || !r->limits) {
		secret_regex_free(r);
		return err_set(e, -ENOMEM, "out of memory");
	}
	pcre2_set_match_limit(r->limits, STEPS_MAX);
	pcre2_set_depth_limit(r->limits, DEPTH_MAX);
	pcre2_set_heap_limit(r->limits, HEAP_KIB_MAX);
	*ret = r;
	return 0;
}

int secret_regex_find(const struct secret_regex *r, const char *text, size_t len, size_t from, bool middle,
		      struct secret_found *ret)
{
	int count = pcre2_match(r->code, (PCRE2_SPTR)text, len, from, middle ? PCRE2_NOTBOL : 0, r->data, r->limits);

	if (count == PCRE2_ERROR_NOMATCH)
		return 0;
	if (count < 0)
		return count == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -ELOOP;
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->data);
	ret->count = count == 0 ? SECRET_GROUPS_MAX : (size_t)count;
	for (size_t i = 0; i < SECRET_GROUPS_MAX; i++) {
		bool took_part = i < ret->count && at[2 * i] != PCRE2_UNSET;
		ret->begin[i] = took_part ? at[2 * i] : 0;
		ret->end[i] = took_part ? at[2 * i + 1] : 0;
	}
	return 1;
}
