/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount options: which word becomes what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "mount-options.h"
#include <linux/mount.h>
#include <sys/mount.h>

static struct mount_options parse(struct arena *a, char **words, size_t count)
{
	struct oci_strs list = {.at = words, .count = count};
	struct mount_options o;

	assert_int_equal(mount_options_parse(&list, a, &o, NULL), 0);
	return o;
}

static void the_last_word_wins(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
	char *words[] = {"ro", "nosuid", "rw", "nodev", "dev"};
	struct mount_options o = parse(&a, words, ARRAY_LEN(words));

	assert_true(o.attr_set == MOUNT_ATTR_NOSUID);
	assert_true(o.attr_clear == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV));
}

static void recursive_words_are_kept_apart(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
	char *words[] = {"rbind", "rro", "rnoatime", "rslave"};
	struct mount_options o = parse(&a, words, ARRAY_LEN(words));

	assert_true(o.bind && o.rbind && o.attr_set == 0);
	assert_true(o.attr_rec_set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME));
	assert_true(o.attr_rec_clear == MOUNT_ATTR__ATIME);
	assert_true(o.propagation == MS_SLAVE && o.propagation_recursive);
}

static void unknown_words_are_data(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
	char *words[] = {"mode=755", "nosuid", "size=64k", "", "sync"};
	struct mount_options o = parse(&a, words, ARRAY_LEN(words));

	assert_int_equal(o.data.count, 3);
	assert_string_equal(o.data.at[0], "mode=755");
	assert_string_equal(o.data.at[2], "sync");
}

static void idmap_without_bind_is_refused(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
	char *words[] = {"idmap"};
	struct oci_strs list = {.at = words, .count = 1};
	struct mount_options o = {0};
	struct err e = {0};

	assert_int_equal(mount_options_parse(&list, &a, &o, &e), -EINVAL);
	assert_non_null(strstr(e.text, "bind"));
}

static void known_words_parse_to_no_data_but_file_system_flags(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
	size_t count = 0;

	for (const char *const *name = mount_options_known(); *name; name++, count++) {
		char *words[] = {"bind", (char *)(uintptr_t)*name};
		struct mount_options o = parse(&a, words, 2);
		assert_true(o.data.count <= 1);
	}
	assert_true(count > 55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_word_wins),
		cmocka_unit_test(recursive_words_are_kept_apart),
		cmocka_unit_test(unknown_words_are_data),
		cmocka_unit_test(idmap_without_bind_is_refused),
		cmocka_unit_test(known_words_parse_to_no_data_but_file_system_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
