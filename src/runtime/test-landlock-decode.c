/* SPDX-License-Identifier: Apache-2.0 */
/* The annotation: what it says, what is refused by name, what an older kernel leaves of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "landlock.h"

static int decode(const char *text, struct arena *arena, struct landlock_domain *d, struct err *e)
{
	return landlock_decode(text, strlen(text), arena, d, e);
}

static void rules_are_read(void **state)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(1 << 20);
	struct landlock_domain d;
	struct err e = {0};

	assert_int_equal(decode("{\"handled_access_fs\": 15, \"handled_access_net\": 3, \"scoped\": 1, \"rules\": ["
				"{\"paths\": [\"/usr\", \"/lib\"], \"allowed_access\": 13},"
				"{\"paths\": [\"/opt\"], \"allowed_access\": 4, \"optional\": true},"
				"{\"ports\": [443], \"allowed_access\": 2}]}",
				&arena, &d, &e),
			 0);
	assert_int_equal(d.fs, 15);
	assert_int_equal(d.net, 3);
	assert_int_equal(d.scoped, 1);
	assert_int_equal(d.count, 4);
	assert_string_equal(d.rules[1].path, "/lib");
	assert_int_equal(d.rules[1].allowed, 13);
	assert_true(d.rules[2].optional);
	assert_null(d.rules[3].path);
	assert_int_equal(d.rules[3].port, 443);
	assert_int_equal(decode("{}", &arena, &d, &e), 0);
	assert_int_equal(d.count, 0);
}

static void names_are_domains(void **state)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(1 << 20);
	struct landlock_domain d;
	struct err e = {0};

	assert_int_equal(decode("read-only", &arena, &d, &e), 0);
	assert_int_equal(d.fs, 32767);
	assert_int_equal(d.net | d.scoped, 0);
	assert_string_equal(d.rules[0].path, "/");
	assert_int_equal(d.rules[0].allowed, 13);
	assert_int_equal(d.count, 6);
	assert_int_equal(decode("no-tcp", &arena, &d, &e), 0);
	assert_int_equal(d.net, 3);
	assert_int_equal(d.fs | d.scoped | d.count, 0);
	assert_int_equal(decode("strict", &arena, &d, &e), 0);
	assert_true(d.fs && d.net && d.scoped && d.best_effort);
}

static void mistakes_are_named(void **state)
{
	static const char *const rows[][2] = {
		{"loose", "\"loose\" is no domain; there are read-only"},
		{"[]", "expected an object"},
		{"{", "JSON"},
		{"{\"fs\": 1}", "\"fs\" is no member"},
		{"{\"scoped\": -1}", "scoped"},
		{"{\"scoped\": \"3\"}", "scoped"},
		{"{\"rules\": [5]}", "rules[0]: a rule is an object"},
		{"{\"rules\": [{\"path\": \"/\"}]}", "\"path\" is no member of a rule"},
		{"{\"rules\": [{\"allowed_access\": 1}]}", "paths or ports"},
		{"{\"rules\": [{\"paths\": [\"/\"], \"ports\": [1], \"allowed_access\": 1}]}", "paths or ports"},
		{"{\"handled_access_fs\": 1, \"rules\": [{\"paths\": [\"/\"], \"allowed_access\": 2}]}",
		 "allowed_access 2"},
		{"{\"handled_access_fs\": 1, \"rules\": [{\"paths\": [\"/\"]}]}", "allowed_access 0"},
		{"{\"handled_access_fs\": 1, \"rules\": [{\"paths\": [\"etc\"], \"allowed_access\": 1}]}",
		 "absolute path"},
		{"{\"handled_access_fs\": 1, \"rules\": [{\"paths\": [], \"allowed_access\": 1}]}", "paths is empty"},
		{"{\"handled_access_net\": 1, \"rules\": [{\"ports\": [65536], \"allowed_access\": 1}]}",
		 "65536 is not a port"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(arena) struct arena arena = ARENA_INIT(1 << 20);
		struct landlock_domain d;
		struct err e = {0};
		if (decode(rows[i][0], &arena, &d, &e) >= 0 || !strstr(err_text(&e), rows[i][1]))
			fail_msg("%s: \"%s\", expected \"%s\"", rows[i][0], err_text(&e), rows[i][1]);
	}
}

static void an_older_kernel_is_named_or_obeyed(void **state)
{
	SCOPED(arena) struct arena arena = ARENA_INIT(1 << 20);
	struct landlock_domain d;
	struct err e = {0};
	static const char text[] =
		"{\"handled_access_fs\": 65535, \"handled_access_net\": 3, \"scoped\": 3, \"rules\": ["
		"{\"paths\": [\"/\"], \"allowed_access\": 32769}, {\"ports\": [1], \"allowed_access\": 1}]}";

	assert_int_equal(decode(text, &arena, &d, &e), 0);
	assert_int_equal(landlock_fit(&d, 6, &e), 0);
	assert_int_equal(d.count, 2);
	assert_int_equal(landlock_fit(&d, 4, &e), -ENOTSUP);
	assert_non_null(strstr(err_text(&e), "0x8000"));
	assert_int_equal(decode(text, &arena, &d, &e), 0);
	d.best_effort = true;
	assert_int_equal(landlock_fit(&d, 1, &e), 0);
	assert_int_equal(d.fs, 0x1fff);
	assert_int_equal(d.net | d.scoped, 0);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.rules[0].allowed, 1);
	assert_int_equal(landlock_fit(&d, -1, &e), 0);
	assert_int_equal(d.fs | d.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rules_are_read), cmocka_unit_test(names_are_domains),
					   cmocka_unit_test(mistakes_are_named),
					   cmocka_unit_test(an_older_kernel_is_named_or_obeyed)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
