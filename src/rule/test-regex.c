/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions against the C library's, on generated patterns and texts, and what the library does not know.
 */
#include <errno.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "regex.h"

static int matches(const char *pattern, const char *text)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	struct regex *re;
	const char *what;
	size_t at;

	int r = regex_compile(&a, rule_str_of(pattern), &re, &what, &at);
	return r < 0 ? r : regex_matches(re, text, strlen(text));
}

static void as_written(void **state)
{
	static const struct {
		const char *pattern, *text;
		int result;
	} rows[] = {
		{"abc", "abc", 1},
		{"abc", "abcd", 0},
		{"a.c",
		 "a\xc3\xa9"
		 "c",
		 1},
		{"a.c", "a\nc", 0},
		{"a.c",
		 "a\xff"
		 "c",
		 1},
		{"[^a]", "\n", 1},
		{"[[:digit:]]+", "123", 1},
		{"[]a]+", "]a]", 1},
		{"a{2,3}", "a", 0},
		{"a{2,3}", "aaa", 1},
		{"a{2,3}", "aaaa", 0},
		{"a{0,2}b", "b", 1},
		{"a{2,}", "aaaaa", 1},
		{"(ab|cd)*", "", 1},
		{"(ab|cd)*", "abcdab", 1},
		{"x|", "", 1},
		{"\\.\\*", ".*", 1},
		{"a\\tb", "a\tb", 1},
		{"(^a$\n?)*", "a\na", 1},
		{"[a-c-]+", "b-a", 1},
		{"[\xc3\xa9-\xc3\xab]", "\xc3\xaa", 1},
		{"{", "{", 1},
		{"a{,2}", "a{,2}", 1},
		{"\\d", "1", -EINVAL},
		{"(a", "a", -EINVAL},
		{"a)", "a", -EINVAL},
		{"*a", "a", -EINVAL},
		{"[a", "a", -EINVAL},
		{"(?i)a", "A", -EINVAL},
		{"a{3,2}", "aaa", -EINVAL},
		{"[b-a]", "a", -EINVAL},
		{"a{1001}", "a", -EINVAL},
		{"\\", "\\", -EINVAL},
		{"[[:nope:]]", "a", -EINVAL},
		{"a**", "aaa", 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (matches(rows[i].pattern, rows[i].text) == rows[i].result)
			continue;
		print_error("%s on '%s'\n", rows[i].pattern, rows[i].text);
		fail();
	}
}

static uint32_t seed = 12345;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

static void add_part(struct buf *b, unsigned depth)
{
	static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[a-c]", "\\."};
	static const char *const repeats[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{1,}"};

	for (uint32_t parts = 1 + pick(3); parts > 0; parts--) {
		if (depth < 3 && pick(4) == 0) {
			buf_add_char(b, '(');
			add_part(b, depth + 1);
			if (pick(2)) {
				buf_add_char(b, '|');
				add_part(b, depth + 1);
			}
			buf_add_char(b, ')');
		} else {
			buf_add_str(b, atoms[pick(ARRAY_LEN(atoms))]);
		}
		buf_add_str(b, repeats[pick(ARRAY_LEN(repeats))]);
	}
}

static void as_the_library_says(void **state)
{
	SCOPED(buf) struct buf pattern = BUF_INIT(4096);
	unsigned matched = 0;

	/* glibc's regcomp() frees twice when memory is short (2.36), and only ours is to be tried like that. */
	if (getenv("SKEP_FAULT"))
		return;
	for (int i = 0; i < 3000; i++) {
		regex_t library;
		char anchored[4200];
		buf_reset(&pattern);
		add_part(&pattern, 0);
		snprintf(anchored, sizeof(anchored), "^(%s)$", buf_str(&pattern));
		if (regcomp(&library, anchored, REG_EXTENDED | REG_NOSUB) != 0)
			continue;
		for (int k = 0; k < 4; k++) {
			char text[12] = "";
			for (uint32_t n = pick(sizeof(text) - 1); n > 0; n--)
				text[n - 1] = "abcd."[pick(5)];
			int expected = regexec(&library, text, 0, NULL, 0) == 0;
			if (matches(buf_str(&pattern), text) != expected) {
				print_error("%s on '%s' should be %d\n", buf_str(&pattern), text, expected);
				fail();
			}
			matched += (unsigned)expected;
		}
		regfree(&library);
	}
	assert_true(matched > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_written),
		cmocka_unit_test(as_the_library_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
