/* SPDX-License-Identifier: Apache-2.0 */
/* A time as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void times_are_utc_with_every_digit(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {{0, "1970-01-01T00:00:00.000000000Z"},
		    {951782399000000001, "2000-02-28T23:59:59.000000001Z"},
		    {1769871845123456789, "2026-01-31T15:04:05.123456789Z"},
		    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"}};
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		clock_text(rows[i].ns, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void the_wall_is_now(void **state)
{
	time_t before = time(NULL);
	int64_t wall = clock_wall();
	assert_true(wall / CLOCK_NS_PER_S >= before && wall / CLOCK_NS_PER_S <= time(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_utc_with_every_digit),
					   cmocka_unit_test(the_wall_is_now)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
