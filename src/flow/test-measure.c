/* SPDX-License-Identifier: Apache-2.0 */
/* Limits have room over what was seen, and say how much. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "measure.h"

static void room_to_grow(void **state)
{
	static const struct {
		struct measured seen;
		struct profile_limits limits;
		size_t notes;
	} rows[] = {
		{{0}, {0}, 0},
		{{.processes = 1}, {.processes = 16}, 1},
		{{.processes = 40}, {.processes = 80}, 1},
		{{.memory_bytes = 1 << 20}, {.memory_bytes = 128 << 20}, 1},
		{{.memory_bytes = (50 << 20) + 1}, {.memory_bytes = 208 << 20}, 1},
		{{.files = 10032}, {.files = 10032}, 1},
		{{.processes = 8, .memory_bytes = 32 << 20, .files = 2048}, {16, 2048, 128 << 20, 0}, 3},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		SCOPED(remarks) struct remarks notes = REMARKS_INIT;
		struct profile_limits limits = {0};
		assert_int_equal(measure_limits(&rows[i].seen, &limits, &notes), 0);
		assert_int_equal(limits.processes, rows[i].limits.processes);
		assert_int_equal(limits.memory_bytes, rows[i].limits.memory_bytes);
		assert_int_equal(limits.files, rows[i].limits.files);
		assert_int_equal(notes.count, rows[i].notes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(room_to_grow)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
