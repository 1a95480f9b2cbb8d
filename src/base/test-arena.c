/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas: aligned, zeroed, limited, and honest about failure afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void gives_zeroed_aligned_memory(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);

	for (size_t i = 1; i < 300; i++) {
		unsigned char *p = arena_alloc(&a, i);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, i);
	}
	const char *printed = arena_printf(&a, "%s-%d", "x", 5);
	const char *cut = arena_strn(&a, "abcdef", 3);
	const char *empty = arena_str(&a, "");
	assert_non_null(printed);
	assert_non_null(cut);
	assert_non_null(empty);
	assert_string_equal(printed, "x-5");
	assert_string_equal(cut, "abc");
	assert_string_equal(empty, "");
	assert_false(arena_failed(&a));
}

static void remembers_failure(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1000);

	assert_null(arena_alloc(&a, 2000));
	assert_true(arena_failed(&a));
	struct arena b = ARENA_INIT(1 << 20);
	assert_null(arena_array(&b, SIZE_MAX / 2, 16));
	assert_true(arena_failed(&b));
	arena_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_memory),
		cmocka_unit_test(remembers_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
