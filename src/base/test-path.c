/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a descriptor: nothing leads out, whole files are read and replaced, trees of any depth go.
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
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/path.h"
#include "test/scratch.h"

static char root[SCRATCH_PATH_MAX];
static int dir;

static int setup(void **state)
{
	dir = scratch_make(root);
	return dir < 0;
}

static int teardown(void **state)
{
	return scratch_remove(root, dir);
}

static void names_do_not_lead_out(void **state)
{
	assert_int_equal(symlinkat("/etc", dir, "absolute"), 0);
	assert_int_equal(symlinkat("../../../etc", dir, "relative"), 0);
	assert_true(path_open_beneath(dir, "absolute/passwd", O_RDONLY, 0) < 0);
	assert_true(path_open_beneath(dir, "relative/passwd", O_RDONLY, 0) < 0);
	assert_true(path_open_beneath(dir, "../../etc/passwd", O_RDONLY, 0) < 0);
	assert_true(path_open_beneath(dir, "/etc/passwd", O_RDONLY, 0) < 0);
	/* As a root they resolve inside, where there is no etc. */
	assert_int_equal(path_open_in_root(dir, "absolute/passwd", O_RDONLY, 0), -ENOENT);
	assert_int_equal(path_open_in_root(dir, "../../../../etc/passwd", O_RDONLY, 0), -ENOENT);
	int fd = path_mkdirs_in_root(dir, "absolute/deep/er", 0755);
	assert_true(fd >= 0);
	close(fd);
	struct stat st;
	assert_int_equal(fstatat(dir, "etc/deep/er", &st, AT_SYMLINK_NOFOLLOW), 0);
}

static void what_a_link_names_is_made_inside_the_root(void **state)
{
	struct stat st;

	assert_int_equal(symlinkat("/made/for/one", dir, "far"), 0);
	assert_int_equal(symlinkat("far", dir, "farther"), 0);
	assert_int_equal(symlinkat("../../out/file", dir, "upwards"), 0);
	assert_int_equal(symlinkat("loop-b", dir, "loop-a"), 0);
	assert_int_equal(symlinkat("loop-a", dir, "loop-b"), 0);
	int fd = path_mkdirs_in_root(dir, "farther/end", 0755);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fstatat(dir, "made/for/one/end", &st, AT_SYMLINK_NOFOLLOW), 0);
	fd = path_make_file_in_root(dir, "upwards");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fstatat(dir, "out/file", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(path_mkdirs_in_root(dir, "loop-a/x", 0755), -ELOOP);
	assert_int_equal(path_make_file_in_root(dir, "loop-a"), -ELOOP);
	assert_int_equal(path_make_file_in_root(dir, "out/file/below"), -ENOTDIR);
}

static void files_are_read_and_replaced_whole(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(8), small = BUF_INIT(3);
	struct stat st;

	assert_int_equal(path_write_file(dir, "f", "12345678", 8, 0640, true), 0);
	assert_int_equal(path_read_file(dir, "f", &b), 0);
	assert_string_equal(buf_str(&b), "12345678");
	assert_true(path_read_file(dir, "f", &small) == -EFBIG);
	assert_int_equal(small.len, 0);
	assert_int_equal(path_write_file(dir, "f", "x", 1, 0640, false), 0);
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(path_read_file(dir, ".", &b), -EISDIR);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(path_read_file(dir, "fifo", &b), -EINVAL);
	assert_int_equal(path_read_file(dir, "absent", &b), -ENOENT);
}

static void trees_of_any_depth_go(void **state)
{
	struct rlimit few = {128, 128}, before;
	char name[64];
	struct stat st;
	int at;

	assert_int_equal(mkdirat(dir, "deep", 0755), 0);
	at = openat(dir, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d%d", i % 3);
		assert_int_equal(mkdirat(at, name, 0755), 0);
		assert_int_equal(symlinkat("/etc", at, "link"), 0);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	close(at);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(path_remove_tree(dir, "deep"), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(fstatat(dir, "deep", &st, 0) < 0);
	assert_int_equal(stat("/etc/passwd", &st), 0);
	assert_int_equal(path_remove_tree(dir, "absent"), 0);
}

static void real_names_are_told(void **state)
{
	char path[128], text[200];

	assert_int_equal(mkdirat(dir, "folder", 0755), 0);
	assert_int_equal(symlinkat("folder", dir, "to"), 0);
	snprintf(path, sizeof(path), "%s/to", root);
	assert_int_equal(path_real(path, text, sizeof(text)), 0);
	snprintf(path, sizeof(path), "%s/folder", root);
	assert_string_equal(text, path);
	assert_int_equal(path_real(path, text, 5), -ENAMETOOLONG);
	scoped_fd int fd = openat(dir, "folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(unlinkat(dir, "folder", AT_REMOVEDIR), 0);
	assert_int_equal(fd_real_path(fd, text, sizeof(text)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_do_not_lead_out, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_link_names_is_made_inside_the_root, setup, teardown),
		cmocka_unit_test_setup_teardown(files_are_read_and_replaced_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(trees_of_any_depth_go, setup, teardown),
		cmocka_unit_test_setup_teardown(real_names_are_told, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
