/* SPDX-License-Identifier: Apache-2.0 */
/* Lines lead back to what they were made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assay/config-text.h"

static void a_line_for_each(void **state)
{
	const char *env[] = {"A=1\n2", "EMPTY"}, *keys[] = {"maintainer"}, *values[] = {"me"}, *cmd[] = {"sh", "-c"};
	struct oci_history steps[] = {{"RUN a\nb", false}, {NULL, true}, {"ENV EMPTY", true}};
	const struct oci_image_config c = {.history = steps,
					   .history_count = 3,
					   .env = {env, 2},
					   .label_keys = {keys, 1},
					   .label_values = {values, 1},
					   .cmd = {cmd, 2}};
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	SCOPED(arena) struct arena a = ARENA_INIT(4096);
	static const char *const places[] = {
		"step 1 of the build", "step 2 of the build", "step 3 of the build", "ENV A",
		"ENV EMPTY",	       "LABEL maintainer",    "the command"};

	assay_config_text(&c, &b);
	assert_int_equal(0, buf_error(&b));
	assert_string_equal("RUN a b\n\n\nA=1 2\nEMPTY\nmaintainer=me\nsh -c \n", buf_str(&b));
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const char *place = assay_config_place(&c, i + 1, &a);
		assert_non_null(place);
		assert_string_equal(places[i], place);
	}
	assert_string_equal("the command", assay_config_place(&c, UINT64_MAX, &a));
	assert_true(assay_step_is_env(&c, "/bin/sh -c #(nop)  ENV EMPTY"));
	/* What a later step replaced is nowhere else. */
	assert_false(assay_step_is_env(&c, "ENV A=other"));
	assert_false(assay_step_is_env(&c, "RUN echo '/bin/sh -c #(nop) ENV EMPTY'"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_for_each)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
