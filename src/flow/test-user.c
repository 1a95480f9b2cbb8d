/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users out of an image's files, which are hostile: overflow, links, names that look like numbers.
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
#include "user.h"
#include "test/scratch.h"

static char root[SCRATCH_PATH_MAX];
static struct flow_lowers lowers;

static int setup(void **state)
{
	lowers.fds[0] = scratch_make(root);
	lowers.count = 1;
	return mkdirat(lowers.fds[0], "etc", 0755);
}

static int teardown(void **state)
{
	flow_lowers_done(&lowers);
	return scratch_remove(root, -1);
}

static void put(const char *name, const char *text)
{
	scoped_fd int etc = openat(lowers.fds[0], "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(path_write_file(etc, name, text, strlen(text), 0644, false), 0);
}

static void finds_users_and_groups(void **state)
{
	struct flow_user u;

	put("passwd",
	    "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\nshort:x\n\n7:x:8:9::/seven:\n");
	put("group", "root:x:0:\nextra:x:50:app,other\nmore:x:51:notapp\nlast:x:52:x,app");
	assert_int_equal(flow_user_resolve(&lowers, NULL, &u, NULL), 0);
	assert_int_equal(u.uid, 0);
	assert_string_equal(u.home, "/root");
	assert_int_equal(flow_user_resolve(&lowers, "app", &u, NULL), 0);
	assert_int_equal(u.uid, 1000);
	assert_int_equal(u.gid, 1001);
	assert_int_equal(u.group_count, 2);
	assert_int_equal(u.groups[1], 52);
	assert_string_equal(u.home, "/home/app");
	assert_int_equal(flow_user_resolve(&lowers, "app:extra", &u, NULL), 0);
	assert_int_equal(u.gid, 50);
	assert_int_equal(u.group_count, 0);
	assert_int_equal(flow_user_resolve(&lowers, "12:34", &u, NULL), 0);
	assert_int_equal(u.uid, 12);
	assert_int_equal(u.gid, 34);
	assert_string_equal(u.home, "/");
	/* A name of digits is a number, whoever calls himself so. */
	assert_int_equal(flow_user_resolve(&lowers, "7", &u, NULL), 0);
	assert_int_equal(u.uid, 7);
}

static void refuses_what_does_not_fit(void **state)
{
	static const char *const bad[] = {
		"nobody", "wide",      "minus",	  "65536",	   "4294967296", "99999999999999999999",
		"-1",	  "0:nogroup", "0:65536", "app:4294967295"};

	put("passwd", "wide:x:4294967296:0::/:\nminus:x:-1:0::/:\napp:x:1:1::/:\n");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct flow_user u;
		struct err e = {0};
		assert_int_equal(flow_user_resolve(&lowers, bad[i], &u, &e), -EINVAL);
		assert_true(e.text[0] != '\0');
	}
}

static void links_are_not_followed(void **state)
{
	struct flow_user u;
	scoped_fd int etc = openat(lowers.fds[0], "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(symlinkat("/etc/passwd", etc, "passwd"), 0);
	assert_int_equal(flow_user_resolve(&lowers, "daemon", &u, NULL), -EINVAL);
	assert_int_equal(unlinkat(etc, "passwd", 0), 0);
	assert_int_equal(mkfifoat(etc, "passwd", 0600), 0);
	assert_int_equal(flow_user_resolve(&lowers, "0", &u, NULL), 0);
}

static void refuses_huge_files(void **state)
{
	size_t size = 3u << 20;
	scoped_free char *text = malloc(size);
	struct flow_user u;

	assert_non_null(text);
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
	put("passwd", text);
	assert_int_equal(flow_user_resolve(&lowers, "app", &u, NULL), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_users_and_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_does_not_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(links_are_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_huge_files, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
