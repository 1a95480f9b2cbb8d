/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a profile's programs are, and what of their parents and arguments cannot be held. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "starts.h"

static char folder[] = "/tmp/skep-starts.XXXXXX";
static int root = -1;
static struct guard_starts starts;

static void put_file(const char *path, const char *text, mode_t mode)
{
	scoped_fd int fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
}

/* One of this machine: the head of our own. */
static void put_program(const char *path)
{
	char head[64];
	scoped_fd int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	scoped_fd int to = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_true(read(from, head, sizeof(head)) == sizeof(head) && write(to, head, sizeof(head)) == sizeof(head));
}

static uint64_t inode(const char *path)
{
	struct stat st;
	assert_int_equal(fstatat(root, path, &st, 0), 0);
	return st.st_ino;
}

static int plan(const char *programs, enum guard_rung rung, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	SCOPED(profile) struct profile p = PROFILE_INIT;
	char text[2048];

	snprintf(text, sizeof(text),
		 "{'apiVersion':'skep/v1','kind':'BehaviourProfile','metadata':{'name':'p'},'spec':{%s}}", programs);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	if (json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, e) < 0 || profile_decode(doc, &p, e) < 0)
		return -EINVAL;
	int r = starts_plan(&p, root, rung, &starts, e);
	assert_true(r < 0 || starts_are_told(&p) == (strstr(programs, "parents") || strstr(programs, "arguments")));
	return r;
}

static void files(void **state)
{
	struct err e = {0};
	assert_int_equal(plan("'programs':[{'path':'/bin/a','parents':['/bin/*']},{'path':'/lib/**'},"
			      "{'path':'/usr/link','arguments':['x *','y']},{'path':'/srv/gone'}]",
			      GUARD_RUNG_KILL, &e),
			 0);
	assert_int_equal(starts.start_count, 4); /* a, two below lib, and what the link means */
	assert_int_equal(starts.starts[0].inode, inode("bin/a"));
	assert_int_equal(starts.starts[0].flags, GUARD_HAS_PARENTS);
	assert_int_equal(starts.starts[0].parent_end - starts.starts[0].parent_first, 3);
	assert_int_equal(starts.starts[1].flags, 0);
	assert_int_equal(starts.starts[3].inode, inode("bin/b"));
	assert_int_equal(starts.starts[3].flags, GUARD_HAS_ARGUMENTS);
	assert_int_equal(starts.starts[3].pattern_end, 2);
	assert_int_equal(starts.patterns[0].len, 3);
	/* Parents that are not there are nobody. */
	assert_int_equal(plan("'programs':[{'path':'/bin/a','parents':['/bin/none']}]", GUARD_RUNG_KILL, &e), 0);
	assert_int_equal(starts.starts[0].flags, GUARD_HAS_PARENTS);
	assert_int_equal(starts.starts[0].parent_end, 0);
}

static void refused(void **state)
{
	static const struct {
		const char *programs, *said;
		enum guard_rung rung;
	} rows[] = {{"{'path':'/srv/gone','parents':['/bin/a']}", "it is not in the image", GUARD_RUNG_REFUSE},
		    {"{'path':'/data','parents':['/bin/a']}", "it is not in the image", GUARD_RUNG_REFUSE},
		    {"{'path':'/bin/a','parents':['/bin/b']},{'path':'/usr/same'}", "/usr/same is the same file",
		     GUARD_RUNG_REFUSE},
		    {"{'path':'/bin/script','parents':['/bin/b']}", "it is a script", GUARD_RUNG_KILL},
		    {"{'path':'/lib/c','parents':['/bin/b']}", "it is a script", GUARD_RUNG_KILL},
		    {"{'path':'/bin/script','arguments':['b']}", "its interpreter's", GUARD_RUNG_REFUSE}};
	char text[512];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = {0};
		snprintf(text, sizeof(text), "'programs':[%s]", rows[i].programs);
		assert_int_equal(plan(text, rows[i].rung, &e), -EPERM);
		assert_non_null(strstr(err_text(&e), rows[i].said));
		snprintf(text, sizeof(text), "'allowDegraded':true,'programs':[%s]", rows[i].programs);
		assert_int_equal(plan(text, rows[i].rung, &e), 0);
	}
	struct err e = {0};
	assert_int_equal(plan("'programs':[{'path':'/bin/script','parents':['/bin/b']}]", GUARD_RUNG_REFUSE, &e), 0);
}

static void limits(void **state)
{
	struct err e = {0};
	char name[64];
	mkdirat(root, "many", 0755);
	for (int i = 0; i <= GUARD_STARTS_MAX; i++) {
		snprintf(name, sizeof(name), "many/%d", i);
		put_file(name, "x", 0755);
	}
	assert_int_equal(
		plan("'programs':[{'path':'/many/*'},{'path':'/bin/a','arguments':['a']}]", GUARD_RUNG_KILL, &e),
		-E2BIG);
	assert_int_equal(plan("'programs':[{'path':'/bin/a','parents':['/many/*']}]", GUARD_RUNG_KILL, &e), -E2BIG);
	assert_int_equal(path_remove_tree(root, "many"), 0);
	char text[1024];
	snprintf(text, sizeof(text), "'programs':[{'path':'/bin/a','arguments':['%0*d']}]", GUARD_PATTERN_MAX + 1, 0);
	assert_int_equal(plan(text, GUARD_RUNG_KILL, &e), -E2BIG);
}

static int setup(void **state)
{
	if (!mkdtemp(folder))
		return 1;
	root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(root, "bin", 0755);
	mkdirat(root, "lib", 0755);
	mkdirat(root, "lib/deep", 0755);
	mkdirat(root, "usr", 0755);
	put_program("bin/a");
	put_program("bin/b");
	put_file("bin/script", "#!/bin/a\n", 0755);
	put_file("lib/c", "c", 0755);
	put_file("lib/deep/d", "d", 0755);
	put_file("lib/e", "e", 0644);
	put_file("data", "x", 0644);
	return symlinkat("/bin/b", root, "usr/link") < 0 || linkat(root, "bin/a", root, "usr/same", 0) < 0;
}

static int teardown(void **state)
{
	close(root);
	return path_remove_tree(AT_FDCWD, folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(files), cmocka_unit_test(refused),
					   cmocka_unit_test(limits)};
	return cmocka_run_group_tests(tests, setup, teardown);
}
