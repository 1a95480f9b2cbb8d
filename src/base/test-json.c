/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON seam: what is read, what is refused, and that the writer's text reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"

static int parse(const char *text, struct json **ret, struct err *e)
{
	return json_parse(text, strlen(text), JSON_LIMITS_CONFIG, ret, e);
}

static void reads_typed_members(void **state)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *s = "before";
	int64_t i = 0;
	uint64_t u = 0;
	bool b = false;

	assert_int_equal(
		parse("{\"s\":\"x\\u00e9\",\"i\":-5,\"u\":18446744073709551615,\"b\":true,\"n\":null}", &doc, NULL), 0);
	assert_int_equal(json_get_str(doc, "s", &s, NULL), 0);
	assert_string_equal(s, "x\xc3\xa9");
	assert_int_equal(json_get_i64(doc, "i", &i, NULL), 0);
	assert_int_equal(i, -5);
	assert_int_equal(json_get_u64(doc, "u", &u, NULL), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get_bool(doc, "b", &b, NULL), 0);
	assert_true(b);
	s = "before";
	assert_int_equal(json_get_str(doc, "absent", &s, NULL), 0);
	assert_int_equal(json_get_str(doc, "n", &s, NULL), 0);
	assert_string_equal(s, "before");
}

static void errors_name_the_key(void **state)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct err e = {0};
	uint32_t u = 0;
	const char *s = NULL;

	assert_int_equal(parse("{\"big\":4294967296,\"neg\":-1,\"nul\":\"a\\u0000b\",\"s\":\"x\"}", &doc, &e), 0);
	assert_int_equal(json_get_u32(doc, "big", &u, &e), -ERANGE);
	assert_non_null(strstr(e.text, "big"));
	assert_int_equal(json_get_u32(doc, "neg", &u, &e), -ERANGE);
	assert_int_equal(json_get_u32(doc, "s", &u, &e), -EINVAL);
	assert_string_equal(e.text, "s: expected a whole number, found a string");
	assert_int_equal(json_get_str(doc, "nul", &s, &e), -EINVAL);
	assert_null(s);
}

static void refuses_malformed_text(void **state)
{
	static const char *const bad[] = {"",	  "{",	      "{}x",	 "{} {}", "nul",	 "null",  "{\"a\":}",
					  "[1,]", "\"\xff\"", "{'a':1}", "[01]",  "{\"a\":NaN}", "{} \\", "// c\n{}"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json *doc = NULL;
		struct err e = {0};
		int r = parse(bad[i], &doc, &e);
		if (r == 0)
			print_error("accepted: %s\n", bad[i]);
		assert_true(r < 0);
		assert_null(doc);
		assert_true(strlen(e.text) > 0);
	}
}

static void limits_depth_and_size(void **state)
{
	char deep[400];
	struct json *doc = NULL;

	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	assert_int_equal(json_parse(deep, sizeof(deep), JSON_LIMITS_CONFIG, &doc, NULL), -E2BIG);
	assert_int_equal(json_parse("[1]", 3, (struct json_limits){2, 5}, &doc, NULL), -E2BIG);
	assert_null(doc);
}

/* json-c would read each of the bad ones as the greatest number there is. */
static void refuses_numbers_beyond_64_bits(void **state)
{
	static const char *const good[] = {"[18446744073709551615]",
					   "[-9223372036854775808]",
					   "[9223372036854775807, 0]",
					   "[\"99999999999999999999\"]",
					   "[123456789012345678901234567890.5]",
					   "[1e300]"};
	static const char *const bad[] = {"[18446744073709551616]", "[-9223372036854775809]",
					  "{\"a\":99999999999999999999}", "[100000000000000000000]",
					  "18446744073709551616"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct json *doc = NULL;
		assert_int_equal(parse(good[i], &doc, NULL), 0);
		json_free(doc);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct json *doc = NULL;
		assert_int_equal(parse(bad[i], &doc, NULL), -ERANGE);
	}
}

static void writes_what_it_reads(void **state)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "quote\"", "tab\t nl\n \x7f \xff \xc3\xa9");
	json_out_array(&o, "list");
	json_out_i64(&o, NULL, INT64_MIN);
	json_out_bool(&o, NULL, false);
	json_out_null(&o, NULL);
	json_out_array_end(&o);
	json_out_object_end(&o);
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(buf_str(&b), "{\"quote\\\"\":\"tab\\u0009 nl\\n \\u007f \xef\xbf\xbd \xc3\xa9\","
					 "\"list\":[-9223372036854775808,false,null]}");
	assert_int_equal(parse(buf_str(&b), &doc, NULL), 0);

	SCOPED(buf) struct buf again = BUF_INIT(4096);
	struct json_out p = JSON_OUT(&again);
	json_out_value(&p, NULL, doc);
	assert_string_equal(buf_str(&b), buf_str(&again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_typed_members),
		cmocka_unit_test(errors_name_the_key),
		cmocka_unit_test(refuses_malformed_text),
		cmocka_unit_test(limits_depth_and_size),
		cmocka_unit_test(refuses_numbers_beyond_64_bits),
		cmocka_unit_test(writes_what_it_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
