/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount calls, in a mount namespace of their own.
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
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "base/str.h"
#include "kern/mount.h"
#include "kern/process.h"

static int try_it(void)
{
	struct err e = {0};

	if (unshare(CLONE_NEWNS) < 0 || kern_mount_propagation_all(MS_PRIVATE) < 0)
		return 1;
	int fs = kern_fs_open("tmpfs", &e);
	if (fs < 0 || kern_fs_set(fs, "mode", "755", &e) < 0)
		return 2;
	int tree = kern_fs_mount(fs, MOUNT_ATTR_NOSUID, &e);
	int target = open("/tmp", O_PATH | O_DIRECTORY);
	if (tree < 0 || kern_mount_attach(tree, target) < 0)
		return 3;
	if (mkdir("/tmp/inside", 0755) < 0)
		return 4;
	int copy = kern_mount_clone(AT_FDCWD, "/tmp", false);
	if (copy < 0 || kern_mount_set(copy, false, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return 5;
	if (mkdirat(copy, "more", 0755) == 0 || errno != EROFS)
		return 6;
	if (mkdirat(tree, "more", 0755) < 0)
		return 7;
	struct stat st;
	return kern_pivot_root(tree) < 0 || stat("/inside", &st) < 0 || stat("/etc/passwd", &st) == 0 ? 8 : 0;
}

static void a_tree_is_made_attached_and_entered(void **state)
{
	if (geteuid() != 0)
		return;
	pid_t pid = kern_clone(0, -1, NULL);
	if (pid == 0)
		_exit(try_it());
	assert_int_equal(kern_wait_exit_code(pid), 0);
}

static void the_kernels_own_words_are_passed_on(void **state)
{
	struct err e = {0};

	assert_true(kern_fs_open("no-such-file-system", &e) < 0);
	assert_non_null(strstr(e.text, "no-such-file-system"));
	if (geteuid() != 0)
		return;
	scoped_fd int fs = kern_fs_open("tmpfs", &e);
	assert_true(kern_fs_set(fs, "size", "much", &e) < 0);
	assert_non_null(strstr(e.text, "size"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_is_made_attached_and_entered),
		cmocka_unit_test(the_kernels_own_words_are_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
