/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way: gone on with, begun anew when they are somebody else's, and never used before they are whole. */
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
#include "incoming.h"
#include "test/scratch.h"

#define TEXT "what the list names"

static char root[SCRATCH_PATH_MAX];
static int root_fd;

/* What the mirror gives, how far it was asked to go on, and how often. */
static const char *given;
static uint64_t from;
static int asked, answer;

static int setup(void **state)
{
	root_fd = scratch_make(root);
	given = TEXT;
	asked = answer = 0;
	return root_fd < 0;
}

static int teardown(void **state)
{
	return scratch_remove(root, root_fd);
}

static int give(struct mirror *m, const struct mirror_file *f, int fd, uint64_t have, struct err *e)
{
	asked++;
	from = have;
	if (pwrite(fd, given + have, strlen(given) - have, (off_t)have) < 0)
		return err_sys(e, -errno, "writing");
	return answer < 0 ? err_set(e, answer, "cut") : 0;
}

static int get(struct err *e)
{
	static const struct mirror_kind_ops ops = {NULL, NULL, give};
	struct mirror m = {.ops = &ops, .folder = -1};
	struct mirror_file f = {.source = "s", .path = "p", .bytes = strlen(TEXT)};

	assert_int_equal(digest_of(TEXT, strlen(TEXT), &f.digest), 0);
	return incoming_get(root_fd, &m, &f, e);
}

/* Something under the file's name from an earlier run. */
static void leave(const char *text)
{
	struct digest d;

	assert_int_equal(digest_of(TEXT, strlen(TEXT), &d), 0);
	assert_int_equal(path_write_file(root_fd, digest_hex(&d), text, strlen(text), 0600, false), 0);
}

static void expect_whole(int times, uint64_t last_from)
{
	char text[64] = "";
	struct err e = {0};
	scoped_fd int fd = get(&e);

	assert_true(fd >= 0);
	assert_int_equal(fd_read_all(fd, text, strlen(TEXT)), 0);
	assert_string_equal(text, TEXT);
	assert_int_equal(asked, times);
	assert_int_equal(from, last_from);
}

static void nothing_there_is_fetched(void **state)
{
	expect_whole(1, 0);
}

static void half_of_it_is_gone_on_with(void **state)
{
	leave("what the");
	expect_whole(1, 8);
}

static void all_of_it_is_not_asked_for(void **state)
{
	from = 0;
	leave(TEXT);
	expect_whole(0, 0);
}

static void another_file_is_begun_anew(void **state)
{
	leave("something");
	expect_whole(2, 0);
	leave("something that is a good deal longer than it");
	asked = 0;
	expect_whole(1, 0);
}

static void what_is_not_named_is_refused(void **state)
{
	struct err e = {0};

	given = "what the list forbids";
	assert_int_equal(get(&e), -EBADMSG);
	assert_int_equal(asked, 1);
	given = "what the lisT names";
	leave("what");
	assert_int_equal(get(&e), -EBADMSG);
	assert_int_equal(asked, 3);
	assert_non_null(strstr(e.text, "digest differs"));
}

static void a_cut_one_stays_for_the_next_run(void **state)
{
	struct err e = {0};

	given = "what";
	answer = -EIO;
	assert_int_equal(get(&e), -EIO);
	given = TEXT;
	answer = 0;
	asked = 0;
	expect_whole(1, 4);
}

static void the_rest_is_swept(void **state)
{
	struct stat st;

	leave(TEXT);
	assert_int_equal(path_write_file(root_fd, "litter", "x", 1, 0600, false), 0);
	incoming_sweep(root_fd, NULL);
	assert_int_equal(fstatat(root_fd, "litter", &st, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_there_is_fetched, setup, teardown),
		cmocka_unit_test_setup_teardown(half_of_it_is_gone_on_with, setup, teardown),
		cmocka_unit_test_setup_teardown(all_of_it_is_not_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(another_file_is_begun_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_named_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cut_one_stays_for_the_next_run, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rest_is_swept, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
