/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's record: saved, loaded, damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include "base/path.h"
#include "base/str.h"
#include "state.h"

static char root[] = "/tmp/skep-state.XXXXXX";

static void make_root(void)
{
	snprintf(root, sizeof(root), "/tmp/skep-state.XXXXXX");
	assert_non_null(mkdtemp(root));
}

static void remove_root(void)
{
	assert_int_equal(path_remove_tree(AT_FDCWD, root), 0);
}

static void names_are_one_safe_component(void **state)
{
	static const char *const bad[] = {"", ".", "..", ".hidden", "a/b", "a b", "a\n", "ü", "../x"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_true(state_check_id(bad[i], NULL) < 0);
	assert_int_equal(state_check_id("web-1.2_3+x", NULL), 0);
}

static void what_is_saved_is_loaded(void **state)
{
	SCOPED(container) struct container saved = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	SCOPED(container) struct container loaded = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct err e = {0};

	make_root();
	assert_int_equal(state_make(root, "web", &saved.dir, &e), 0);
	assert_int_equal(state_make(root, "web", &loaded.dir, &e), -EEXIST);
	saved.bundle = str_dup("/b \"quoted\"");
	saved.rootfs = str_dup("/b/rootfs");
	saved.created = str_dup("2026-01-01T00:00:00Z");
	assert_true(saved.bundle && saved.rootfs && saved.created);
	assert_int_equal(state_save(&saved, &e), 0);
	assert_int_equal(container_load(root, "web", &loaded, &e), 0);
	assert_string_equal(loaded.bundle, saved.bundle);
	assert_int_equal(loaded.pid, 0);
	/* The lock is held by whoever creates. */
	assert_int_equal(container_status(&loaded), CONTAINER_CREATING);
	container_done(&loaded);
	saved.pid = getpid();
	saved.start_time = 1;
	assert_int_equal(state_save_process(&saved, &e), 0);
	assert_int_equal(container_load(root, "web", &loaded, &e), 0);
	assert_int_equal(loaded.pid, getpid());
	/* Our pid, but not our start time: another process than the saved one. */
	assert_int_equal(container_status(&loaded), CONTAINER_STOPPED);
	remove_root();
}

static void damage_is_an_error_and_no_more(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{\"version\":2}",
		"{\"version\":1,\"cgroups\":{\"v2\":\"/etc\"}}",
		"{\"version\":1,\"cgroups\":{\"v2\":\"/sys/fs/cgroup/../../etc\"}}",
		"{\"version\":1,\"owner\":-1}",
	};
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
		scoped_fd int dir = -1;
		make_root();
		assert_int_equal(state_make(root, "web", &dir, &e), 0);
		assert_int_equal(path_write_file(dir, "state.json", bad[i], strlen(bad[i]), 0600, false), 0);
		if (container_load(root, "web", &c, &e) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		remove_root();
	}
}

static void a_damaged_process_file_is_an_error(void **state)
{
	static const char *const bad[] = {"x 1\n", "1 1\n", "0 5\n", "99999999999 1\n", "12\n"};
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
		SCOPED(container) struct container saved = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
		make_root();
		assert_int_equal(state_make(root, "web", &saved.dir, &e), 0);
		assert_int_equal(state_save(&saved, &e), 0);
		assert_int_equal(path_write_file(saved.dir, "process", bad[i], strlen(bad[i]), 0600, false), 0);
		if (container_load(root, "web", &c, &e) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		remove_root();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_one_safe_component),
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(damage_is_an_error_and_no_more),
		cmocka_unit_test(a_damaged_process_file_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
