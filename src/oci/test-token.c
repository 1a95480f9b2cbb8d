/* SPDX-License-Identifier: Apache-2.0 */
/* What registries ask, and the tokens they give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "oci/token.h"

static void challenges_become_addresses(void **state)
{
	static const struct {
		const char *text, *url;
	} rows[] = {
		{"Bearer "
		 "realm=\"https://auth.example.org/token\",service=\"r.example.org\",scope=\"repository:a/b:pull\"",
		 "https://auth.example.org/token?service=r.example.org&scope=repository%3Aa%2Fb%3Apull"},
		{"bearer realm=http://a/t?x=1, scope=\"s\"", "http://a/t?x=1&scope=s"},
		{"Bearer realm=\"https://a/\",error=\"invalid_token\"", "https://a/"},
		{"Bearer realm=\"https://a/\",service=\"q\\\"x&y\"", "https://a/?service=q%22x%26y"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(buf) struct buf url = BUF_INIT(8192);
		struct oci_challenge c = {0};
		assert_int_equal(oci_challenge_read(rows[i].text, &c, NULL), 0);
		assert_int_equal(oci_challenge_url(&c, &url, NULL), 0);
		assert_string_equal(buf_str(&url), rows[i].url);
	}
}

static void bad_challenges_are_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{"", -EOPNOTSUPP},
		{"Basic realm=\"x\"", -EOPNOTSUPP},
		{"Bearer", -EOPNOTSUPP},
		{"Bearer ", -EINVAL},
		{"Bearer realm=\"file:///etc/passwd\"", -EINVAL},
		{"Bearer realm=\"https://a", -EINVAL},
		{"Bearer realm=\"https://a\r\nX: y\"", -EINVAL},
		{"Bearer realm", -EINVAL},
		{"Bearer realm=\"https://a\",=\"\"", -EINVAL},
	};
	struct oci_challenge c;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(oci_challenge_read(bad[i].text, &c, NULL), bad[i].error);
}

static void a_text_has_a_limit(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(8192);
	struct oci_challenge c;

	buf_add_str(&b, "Bearer realm=\"https://");
	for (int i = 0; i < OCI_TOKEN_TEXT_MAX; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "\"");
	assert_int_equal(oci_challenge_read(buf_str(&b), &c, NULL), -EINVAL);
}

static void tokens_are_read(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *token;
	} rows[] = {
		{"{\"token\":\"a.b-c_d\"}", 0, "a.b-c_d"},
		{"{\"access_token\":\"x==\",\"expires_in\":60}", 0, "x=="},
		{"{}", -EINVAL, ""},
		{"[]", -EINVAL, ""},
		{"{\"token\":\"\"}", -EINVAL, ""},
		{"{\"token\":7}", -EINVAL, ""},
		{"{\"token\":\"a\\r\\nX-Evil: 1\"}", -EINVAL, ""},
		{"{\"token\":\"a b\"}", -EINVAL, ""},
		{"{\"token\":", -EINVAL, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(OCI_TOKEN_MAX);
		assert_int_equal(oci_token_decode(rows[i].text, strlen(rows[i].text), &b, NULL), rows[i].error);
		assert_string_equal(buf_str(&b), rows[i].token);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(challenges_become_addresses),
					   cmocka_unit_test(bad_challenges_are_refused),
					   cmocka_unit_test(a_text_has_a_limit), cmocka_unit_test(tokens_are_read)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
