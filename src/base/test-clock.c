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

static void a_time_is_read_with_its_offset(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {{"1970-01-01T00:00:00Z", 0},
		    {"2026-01-31T15:04:05.123456789Z", 1769871845},
		    {"2026-01-31T17:04:05+02:00", 1769871845},
		    {"2026-01-31T09:34:05-05:30", 1769871845}};
	static const char *const bad[] = {"",
					  "2026-01-31",
					  "2026-01-31T15:04:05",
					  "2026-01-31T15:04:05Zx",
					  "2026-13-31T15:04:05Z",
					  "2026-01-31T15:04:05+",
					  "2026-01-31T15:04:05+02:00x"};
	int64_t s;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(clock_read(rows[i].text, &s), 0);
		assert_int_equal(s, rows[i].s);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(clock_read(bad[i], &s), -EINVAL);
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
					   cmocka_unit_test(a_time_is_read_with_its_offset),
					   cmocka_unit_test(the_wall_is_now)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
