/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards against the C library's fnmatch, on generated patterns and texts.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "judging.h"

static uint32_t seed = 54321;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void as_the_library_says(void **state)
{
	static const char *const parts[] = {"*", "*", "?", "a", "b", "/", "[ab]", "[!a]", "[a-c]", "\\*", "c", "."};
	unsigned matched = 0;

	for (int i = 0; i < 50000; i++) {
		char pattern[64] = "", text[16] = "";
		size_t len = 0;
		for (uint32_t n = pick(7); n > 0; n--)
			len += (size_t)snprintf(pattern + len, sizeof(pattern) - len, "%s",
						parts[pick(ARRAY_LEN(parts))]);
		for (uint32_t n = pick(8); n > 0; n--)
			text[n - 1] = "abc/.*"[pick(6)];
		bool fold = pick(2);
		bool expected = fnmatch(pattern, text, fold ? FNM_CASEFOLD : 0) == 0;
		if (glob_matches(rule_str_of(pattern), rule_str_of(text), fold) != expected) {
			print_error("%s on '%s' should be %d\n", pattern, text, expected);
			fail();
		}
		matched += expected;
	}
	assert_true(matched > 1000);
}

static void beginnings_of_paths(void **state)
{
	assert_true(glob_begins(rule_str_of("var/*/x"), rule_str_of("/var/lib/x/y")));
	assert_false(glob_begins(rule_str_of("var/*/x"), rule_str_of("/var/lib")));
	assert_true(glob_begins(rule_str_of("*"), rule_str_of("//a")));
	assert_false(glob_begins(rule_str_of("*"), rule_str_of("/")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_library_says),
		cmocka_unit_test(beginnings_of_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
