/* SPDX-License-Identifier: Apache-2.0 */
/* Shells, ways out, and the order of remarks. */
#include "risk.h"
#include "test-kit.h"

static void shells(void **state)
{
	static const char *const shells[] = {"/bin/sh",	    "/usr/bin/python3.11", "/bin/busybox",
					     "/opt/node18", "/usr/bin/nc",	   "/bin/*"};
	static const char *const others[] = {"/usr/sbin/nginx", "/bin/shred", "/usr/bin/nodemon", "/usr/bin/curlew"};
	for (size_t i = 0; i < ARRAY_LEN(shells); i++)
		if (!risk_is_shell(shells[i]))
			fail_msg("%s", shells[i]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (risk_is_shell(others[i]))
			fail_msg("%s", others[i]);
}

static void ways_out(void **state)
{
	assert_true(risk_is_outbound("tcp any 443"));
	assert_true(risk_is_outbound("tcp 10.0.0.0/8 443"));
	assert_true(risk_is_outbound("udp dns.example.com 53"));
	assert_false(risk_is_outbound("tcp 127.0.0.1 443"));
	assert_false(risk_is_outbound("tcp ::1 443"));
	assert_false(risk_is_outbound("unix /run/x"));
}

static void the_worst_comes_first(void **state)
{
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
	for (int i = 0; i < 6; i++)
		assert_int_equal(remark_add(&r, (enum remark_level)(i % 3), "p", "%d", i), 0);
	remarks_sort(&r);
	kit_remarks(&r, &said);
	assert_string_equal(buf_str(&said),
			    "danger p: 2\ndanger p: 5\nwarning p: 1\nwarning p: 4\nnote p: 0\nnote p: 3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(shells), cmocka_unit_test(ways_out),
					   cmocka_unit_test(the_worst_comes_first)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
