/* SPDX-License-Identifier: Apache-2.0 */
/* What updates remember: written, read again, held against an index, and refused when it is damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "test/scratch.h"
#include "update-state.h"

static char root[SCRATCH_PATH_MAX];
static int root_fd;

static int setup(void **state)
{
	root_fd = scratch_make(root);
	return root_fd < 0 || mkdirat(root_fd, "db", 0755) < 0;
}

static int teardown(void **state)
{
	return scratch_remove(root, root_fd);
}

static int open_db(void)
{
	int fd = openat(root_fd, "db", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void what_was_taken_is_read_again(void **state)
{
	SCOPED(update_state) struct update_state s = UPDATE_STATE_INIT, again = UPDATE_STATE_INIT;
	scoped_fd int db = open_db();
	struct update_file f = {.input = "Debian", .source = "Debian", .imported_s = 77};

	assert_int_equal(digest_of("x", 1, &f.digest), 0);
	struct update_set *set = update_state_set(&s, "main");
	assert_non_null(set);
	*set = (struct update_set){.name = set->name, .serial = 7, .list = f.digest, .created_s = 50, .taken_s = 80};
	assert_int_equal(update_state_took(&s, set, &f), 0);
	f.imported_s = 78;
	assert_int_equal(update_state_took(&s, set, &f), 0);
	assert_int_equal(set->count, 1);
	/* One that took nothing is not written. */
	assert_non_null(update_state_set(&s, "empty"));
	assert_int_equal(update_state_save(db, &s, NULL), 0);
	assert_int_equal(update_state_load(db, &again, NULL), 0);
	assert_int_equal(again.count, 1);
	set = update_state_set(&again, "main");
	assert_non_null(set);
	assert_int_equal(set->serial, 7);
	assert_int_equal(set->count, 1);
	assert_int_equal(set->files[0].imported_s, 78);
	/* Without an index nothing is there. */
	assert_false(update_state_has(set, NULL, "Debian", &f.digest));
}

static int64_t date_of(const char *below, const struct vuln_source *source)
{
	SCOPED(update_state) struct update_state s = UPDATE_STATE_INIT;

	update_state_peek(below, &s);
	return update_state_date(&s, source);
}

static void data_is_as_old_as_its_list(void **state)
{
	what_was_taken_is_read_again(state);
	struct vuln_source source = {.name = "Debian", .imported_s = 78};
	assert_int_equal(date_of(root, &source), 50);
	assert_int_equal(date_of("/nonexistent", &source), 78);
	/* Imported by hand since, or never taken from a mirror. */
	source.imported_s = 81;
	assert_int_equal(date_of(root, &source), 81);
	source = (struct vuln_source){.name = "npm", .imported_s = 78};
	assert_int_equal(date_of(root, &source), 78);
}

static void a_damaged_file_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"{}",
		"{\"schema\":\"skep/mirrors/v1\",\"sets\":[{\"name\":\"m\"}]}",
		"{\"schema\":\"skep/mirrors/v1\",\"sets\":[{\"name\":\"m\",\"serial\":-1}]}",
		"{\"schema\":\"skep/mirrors/v1\",\"sets\":[{\"name\":7}]}",
	};
	scoped_fd int db = open_db();

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(update_state) struct update_state s = UPDATE_STATE_INIT;
		struct err e = {0};
		assert_int_equal(path_write_file(db, "mirrors.json", bad[i], strlen(bad[i]), 0644, false), 0);
		assert_true(update_state_load(db, &s, &e) < 0);
		assert_non_null(strstr(e.text, "damaged"));
		const struct vuln_source source = {.name = "Debian", .imported_s = 78};
		assert_int_equal(date_of(root, &source), 78);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_taken_is_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(data_is_as_old_as_its_list, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
