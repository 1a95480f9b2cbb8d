/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of mirrors: what is read, and everything that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "model/mirror-list.h"

#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEAD                                                                                                           \
	"{\"schema\":\"skep/db/"                                                                                       \
	"v1\",\"serial\":7,\"created\":\"2026-01-31T15:04:05Z\",\"expires\":\"2026-03-02T00:00:00Z\","
#define FILE_OF(source, path, bytes)                                                                                   \
	"{\"source\":\"" source "\",\"path\":\"" path "\",\"bytes\":" bytes ",\"sha256\":\"" HEX "\"}"
#define LIST(files) HEAD "\"files\":[" files "]}"

static void a_list_is_read_and_written(void **state)
{
	SCOPED(mirror_list) struct mirror_list l = MIRROR_LIST_INIT, again = MIRROR_LIST_INIT;
	SCOPED(buf) struct buf b = BUF_INIT(1 << 16);
	const char *text = LIST(FILE_OF("Debian", "files/a", "10") "," FILE_OF("kev", "k.json", "2"));

	assert_int_equal(mirror_list_decode(text, strlen(text), &l, NULL), 0);
	assert_int_equal(l.serial, 7);
	assert_int_equal(l.created_s, 1769871845);
	assert_int_equal(l.count, 2);
	assert_int_equal(l.bytes, 12);
	assert_string_equal(mirror_list_find(&l, "kev")->path, "k.json");
	assert_null(mirror_list_find(&l, "KEV"));
	mirror_list_encode(&l, &b);
	assert_int_equal(mirror_list_decode(buf_str(&b), b.len, &again, NULL), 0);
	assert_int_equal(again.expires_s, l.expires_s);
	assert_string_equal(again.files[0].digest.text, "sha256:" HEX);
}

static void bad_lists_are_refused(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *words;
	} bad[] = {
		{"", -EINVAL, "not valid JSON"},
		{"[]", -EOPNOTSUPP, "schema"},
		{"{\"schema\":\"skep/db/v2\"}", -EOPNOTSUPP, "skep/db/v1"},
		{"{\"schema\":\"skep/db/v1\",\"files\":[]}", -EINVAL, "serial"},
		{"{\"schema\":\"skep/db/v1\",\"serial\":1,\"created\":\"yesterday\"}", -EINVAL, "created"},
		{"{\"schema\":\"skep/db/v1\",\"serial\":1,\"created\":\"9999-01-01T00:00:00Z\"}", -EINVAL, "created"},
		{LIST(""), -E2BIG, "files"},
		{LIST("7"), -EINVAL, "files[0]"},
		{LIST(FILE_OF("a", "../b", "1")), -EINVAL, "files[0]: path"},
		{LIST(FILE_OF("a", "b/../c", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", "/b", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", ".b", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", "b//c", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", "b/", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", "b%2f..%2f", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a", "b?c", "1")), -EINVAL, "path"},
		{LIST(FILE_OF("a\\u001b[1m", "b", "1")), -EINVAL, "source"},
		{LIST(FILE_OF("", "b", "1")), -EINVAL, "source"},
		{LIST(FILE_OF("a", "b", "0")), -E2BIG, "bytes"},
		{LIST(FILE_OF("a", "b", "8589934593")), -E2BIG, "bytes"},
		{LIST(FILE_OF("a", "b", "-1")), -ERANGE, "bytes"},
		{LIST("{\"source\":\"a\",\"path\":\"b\",\"bytes\":1,\"sha256\":\"ab\"}"), -EINVAL, "sha256"},
		{LIST(FILE_OF("a", "b", "1") "," FILE_OF("a", "c", "1")), -EINVAL, "twice"},
		{LIST(FILE_OF("a", "b", "8000000000") "," FILE_OF("b", "b", "8000000000") "," FILE_OF("c", "b",
												      "8000000000")),
		 -E2BIG, "together"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct mirror_list l;
		struct err e = {0};
		int r = mirror_list_decode(bad[i].text, strlen(bad[i].text), &l, &e);
		if (r != bad[i].error || !strstr(e.text, bad[i].words))
			print_error("%s: %d %s\n", bad[i].text, r, e.text);
		assert_int_equal(r, bad[i].error);
		assert_non_null(strstr(e.text, bad[i].words));
	}
}

static void there_are_not_too_many_files(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	struct mirror_list l;

	buf_add_str(&b, HEAD "\"files\":[");
	for (int i = 0; i <= MIRROR_FILES_MAX; i++)
		buf_printf(&b, "%s{\"source\":\"s%d\",\"path\":\"f\",\"bytes\":1,\"sha256\":\"" HEX "\"}", i ? "," : "",
			   i);
	buf_add_str(&b, "]}");
	assert_int_equal(mirror_list_decode(buf_str(&b), b.len, &l, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_list_is_read_and_written),
					   cmocka_unit_test(bad_lists_are_refused),
					   cmocka_unit_test(there_are_not_too_many_files)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
