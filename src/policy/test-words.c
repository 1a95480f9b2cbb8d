/* SPDX-License-Identifier: Apache-2.0 */
/* The page. */
#include "test-kit.h"

static void a_page(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf page = BUF_INIT(1 << 16);
	kit_profile(
		"'programs':[{'path':'/bin/app','parents':['/bin/sh'],'arguments':['-d']}],'files':{'read':['/etc/a','/"
		"etc/b']},"
		"'network':{'listen':['tcp any 80']},'users':[33],'limits':{'processes':5,'cpu':1500,'memory':'64m'}",
		&p);
	profile_words(&p, &page);
	assert_string_equal(buf_str(&page), "web\n"
					    "mode            enforce; denies what is not here\n\n"
					    "starts          /bin/app, from /bin/sh, with -d\n"
					    "reads           /etc/a, /etc/b\n"
					    "writes          nothing\n"
					    "makes, removes  nothing\n"
					    "executes        nothing\n"
					    "connects to     nothing\n"
					    "listens on      tcp any 80\n"
					    "sockets         nothing\n"
					    "as user         33\n"
					    "capabilities    nothing\n"
					    "namespaces      nothing\n"
					    "mounts          nothing\n"
					    "memory          nothing\n"
					    "calls           nothing\n"
					    "at most         5 processes, 64 MiB, 1.5 processors\n");
}

static void long_lists_are_folded(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf page = BUF_INIT(1 << 16);
	kit_profile("'syscalls':['accept','bind','chdir','clone','close','connect','dup','epoll_create','execve','exit'"
		    ",'fcntl',"
		    "'fork','futex','getpid','ioctl','listen','lseek','mmap','mprotect','open','openat','pipe','poll']",
		    &p);
	profile_words(&p, &page);
	for (const char *line = buf_str(&page), *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		assert_true(end - line <= 100);
	}
	assert_non_null(strstr(buf_str(&page), "\n                "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_page), cmocka_unit_test(long_lists_are_folded)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
