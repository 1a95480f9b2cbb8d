/* SPDX-License-Identifier: Apache-2.0 */
/* Each named profile is found by its name and explained in lines of its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/behaviour.h"
#include "profile.h"

static void all_are_explained(void **state)
{
	char names[] = FLOW_PROFILE_NAMES, *rest = names;
	for (char *name; (name = strsep(&rest, " "));) {
		SCOPED(buf) struct buf page = BUF_INIT(1 << 16);
		assert_int_equal(flow_profile_words(name, &page), 0);
		assert_int_equal(strncmp(buf_str(&page), name, strlen(name)), 0);
		static const char *const heads[] = {"\nfiles ",	  "\nprograms ",      "\ncapabilities ", "\ncalls ",
						    "\nnetwork ", "\nshared memory ", "\nat most ",	 "\nreach "};
		for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
			assert_non_null(strstr(buf_str(&page), heads[i]));
	}
	SCOPED(buf) struct buf page = BUF_INIT(1 << 16);
	assert_int_equal(flow_profile_words("nosuch", &page), -ENOENT);
}

/* What a profile leaves out is in its list: a mistyped name would leave out nothing. */
static void what_is_left_out_was_there(void **state)
{
	char names[] = FLOW_PROFILE_NAMES, *rest = names;
	for (char *name; (name = strsep(&rest, " "));) {
		const struct flow_profile *p = flow_profile_find(name);
		assert_non_null(p);
		for (const char *const *call = p->without; call && *call; call++) {
			bool found = false;
			for (size_t i = 0; i < flow_syscalls_strict; i++)
				found |= strcmp(flow_syscalls[i], *call) == 0;
			if (!found || flow_profile_has_call(p, *call))
				fail_msg("%s: %s", name, *call);
		}
	}
	assert_false(flow_profile_has_call(flow_profile_find("strict"), "io_uring_setup"));
	assert_true(flow_profile_has_call(flow_profile_find("observe"), "io_uring_setup"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_are_explained),
					   cmocka_unit_test(what_is_left_out_was_there)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
