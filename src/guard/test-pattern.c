/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs compare in the kernel, step by step as they do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/glob.h"
#include "guard/guard.h"

static bool goes(const char *pattern, const char *text, size_t len, bool arguments, bool cut)
{
	struct guard_pattern p;
	struct glob g = {.separator = arguments ? 0 : '/', .cut = cut};

	assert_int_equal(guard_pattern(pattern, arguments, &p), 0);
	glob_begin(&g, p.len, (uint32_t)len);
	for (int i = 0; i < GUARD_STEPS_MAX; i++) {
		int token = g.at < p.len ? p.tokens[g.at] : GUARD_END, letter = g.to < len ? (uint8_t)text[g.to] : -1;
		if (glob_step(&g, token, letter, g.part_to < len ? (uint8_t)text[g.part_to] : -1))
			break;
	}
	return g.found;
}

#define SOCKET(pattern, text) goes(pattern, text, strlen(text), false, false)
#define CALLED(pattern, text) goes(pattern, text, sizeof(text) - 1, true, false)

static void sockets(void **state)
{
	assert_true(SOCKET("/run/x", "/run/x"));
	assert_false(SOCKET("/run/x", "/run/xy"));
	assert_false(SOCKET("/run/x", "/run/"));
	assert_true(SOCKET("/run/*.sock", "/run/a.sock"));
	assert_true(SOCKET("/run/*.sock", "/run/.sock.sock"));
	assert_false(SOCKET("/run/*.sock", "/run/a/b.sock"));
	assert_true(SOCKET("/run/**", "/run/a/b.sock"));
	assert_true(SOCKET("/run/**/s", "/run/a/b/s"));
	assert_false(SOCKET("/run/**/s", "/run/a/b/t"));
	assert_true(SOCKET("/*/**/s*", "/run/a/b/sock"));
	assert_true(SOCKET("@name", "@name"));
	assert_false(SOCKET("@name", "/name"));
}

/* A zero byte is between two arguments, and a blank in one is none. */
static void arguments(void **state)
{
	assert_true(CALLED("sh -c *", "sh\0-c\0echo a b"));
	assert_false(CALLED("sh -c *", "sh\0-c\0echo\0more"));
	assert_false(CALLED("sh -c *", "sh\0-c"));
	assert_true(CALLED("sh -c **", "sh\0-c\0echo\0more"));
	assert_false(CALLED("sh -c x", "sh\0-c x"));
	assert_false(CALLED("sh -c x", "sh\0-c\0x\0"));
	assert_true(CALLED("*httpd **", "/bin/httpd\0-f"));
	assert_false(CALLED("*httpd **", "/bin/wget\0httpd"));
	assert_true(CALLED("nginx", "nginx"));
	assert_true(CALLED("a  b", "a\0\0b"));
	assert_false(CALLED("a b", "a\0\0b"));
	assert_true(CALLED("a \xc3\xa4", "a\0\xc3\xa4"));
}

/* What is longer than what was read goes with what takes all of the rest. */
static void cut(void **state)
{
	assert_true(goes("a **", "a\0bbbb", 6, true, true));
	assert_true(goes("**", "", 0, true, true));
	assert_false(goes("a *", "a\0bbbb", 6, true, true));
	assert_false(goes("a bbbb", "a\0bbbb", 6, true, true));
	assert_false(goes("a **b", "a\0bbbb", 6, true, true));
}

/* Stars that come back again and again end. */
static void hard(void **state)
{
	static char text[GUARD_TEXT_MAX];
	memset(text, 'a', sizeof(text));
	assert_false(goes("**a**a**a**a**a**a**a**b", text, sizeof(text), true, false));
	assert_true(goes("**a**a**a**a", text, sizeof(text), true, false));
}

static void too_long(void **state)
{
	struct guard_pattern p;
	char text[GUARD_PATTERN_MAX + 2];
	memset(text, 'x', sizeof(text));
	text[GUARD_PATTERN_MAX] = '\0';
	assert_int_equal(guard_pattern(text, true, &p), 0);
	text[GUARD_PATTERN_MAX] = 'x';
	text[GUARD_PATTERN_MAX + 1] = '\0';
	assert_int_equal(guard_pattern(text, true, &p), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sockets), cmocka_unit_test(arguments),
					   cmocka_unit_test(cut), cmocka_unit_test(hard), cmocka_unit_test(too_long)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
