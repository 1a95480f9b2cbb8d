/* SPDX-License-Identifier: Apache-2.0 */
/* The right file passes, another does not, a link leads within the root, and a file that is not there is no matter. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "program-digest.h"

#define OF_ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void one(int root, const char *path, const char *digest, int wanted, const char *words)
{
	struct profile_program program = {.path = path, .digest = digest};
	struct profile p = {.programs = &program, .program_count = 1};
	struct err e = {0};
	assert_int_equal(program_digests_check(&p, root, &e), wanted);
	if (words)
		assert_non_null(strstr(err_text(&e), words));
}

static void files_and_digests(void **state)
{
	char folder[] = "/tmp/test-digest-XXXXXX";
	assert_non_null(mkdtemp(folder));
	scoped_fd int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(path_write_file(root, "a", "abc", 3, 0755, false), 0);
	assert_int_equal(path_write_file(root, "b", "abd", 3, 0755, false), 0);
	assert_int_equal(symlinkat("/a", root, "link"), 0);
	assert_int_equal(symlinkat("../../../../etc/passwd", root, "out"), 0);
	one(root, "/a", OF_ABC, 0, NULL);
	one(root, "/link", OF_ABC, 0, NULL);
	one(root, "/b", OF_ABC, -EPERM, "program /b is not the profile's");
	one(root, "/b", NULL, 0, NULL);
	one(root, "/none", OF_ABC, 0, NULL);
	one(root, "/out", OF_ABC, 0, NULL); /* there is no /etc below the root */
	one(root, "/", OF_ABC, -EISDIR, "program /");
	assert_int_equal(path_remove_tree(AT_FDCWD, folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(files_and_digests)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
