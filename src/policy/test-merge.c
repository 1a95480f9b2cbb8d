/* SPDX-License-Identifier: Apache-2.0 */
/* What either of two profiles allows, the merged one does; and nothing else. */
#include "test-kit.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void merged(const char *a, const char *b, struct buf *out)
{
	SCOPED(profile) struct profile first = PROFILE_INIT;
	SCOPED(profile) struct profile second = PROFILE_INIT;
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	kit_profile(a, &first);
	kit_profile(b, &second);
	assert_int_equal(profile_merge(&first, &second), 0);
	assert_int_equal(profile_diff(&first, &second, &r), 0);
	for (size_t i = 0; i < r.count; i++)
		assert_int_equal(strncmp(r.items[i].text, "may now", 7) == 0, false);
	buf_reset(out);
	profile_encode(&first, out);
}

static void both(void **state)
{
	SCOPED(buf) struct buf ab = BUF_INIT(1 << 16);
	SCOPED(buf) struct buf ba = BUF_INIT(1 << 16);
	static const char a[] =
		"'programs':[{'path':'/bin/a','digest':'" DIGEST "','parents':['/bin/sh']},{'path':'/bin/c'}],"
		"'files':{'read':['/x','/y']},'limits':{'processes':5,'files':10}";
	static const char b[] =
		"'programs':[{'path':'/bin/a','digest':'" DIGEST "','parents':['/bin/b']},{'path':'/bin/b'}],"
		"'files':{'read':['/y','/z'],'write':['/w']},'limits':{'processes':9}";
	merged(a, b, &ab);
	merged(b, a, &ba);
	assert_string_equal(buf_str(&ab), buf_str(&ba));
	assert_non_null(strstr(buf_str(&ab), "\"read\":[\"/x\",\"/y\",\"/z\"],\"write\":[\"/w\"]"));
	assert_non_null(strstr(buf_str(&ab), "\"parents\":[\"/bin/b\",\"/bin/sh\"]"));
	assert_non_null(strstr(buf_str(&ab), "\"limits\":{\"processes\":9}"));
	merged(a, a, &ba);
	assert_non_null(strstr(buf_str(&ba), "\"files\":10"));
}

static void any_stays_any(void **state)
{
	SCOPED(buf) struct buf out = BUF_INIT(1 << 16);
	merged("'programs':[{'path':'/bin/a','parents':['/bin/sh'],'digest':'" DIGEST "'}]",
	       "'programs':[{'path':'/bin/a'}]", &out);
	assert_null(strstr(buf_str(&out), "parents"));
	assert_null(strstr(buf_str(&out), "digest"));
	merged("'programs':[{'path':'/bin/a'}]", "'programs':[{'path':'/bin/a','parents':['/bin/sh']}]", &out);
	assert_null(strstr(buf_str(&out), "parents"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both), cmocka_unit_test(any_stays_any)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
