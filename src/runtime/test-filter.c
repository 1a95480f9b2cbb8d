/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp filters: compiled, cached, and what the kernel makes of them.
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
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/seccomp.h>
#include "base/path.h"
#include "base/str.h"
#include "filter.h"

static const char profile[] = "{\"ociVersion\":\"1.3.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
			      "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],\"syscalls\":["
			      "{\"names\":[\"read\",\"write\",\"exit_group\",\"getpid\",\"openat2\",\"no_such_call\"],"
			      "\"action\":\"SCMP_ACT_ALLOW\"},"
			      "{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
			      "\"value\":8,\"op\":\"SCMP_CMP_EQ\"},"
			      "{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]},"
			      "{\"names\":[\"getuid\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":42}]}}}";

static void decode(struct oci_spec *spec)
{
	struct err e = {0};
	assert_int_equal(oci_spec_decode(profile, sizeof(profile) - 1, spec, &e), 0);
}

/* Loads the program in a child and returns its exit code after CHECK. */
static int inside(const struct seccomp_program *p, int (*check)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		/* Under the filter a sanitizer that has something to say may not be able to, nor to end. */
		alarm(5);
		struct sock_fprog program = {(unsigned short)p->count, p->code};
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
			_exit(99);
		/* Bare, for what a sanitizer does at exit is not in the profile. */
		syscall(SYS_exit_group, check());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int check_calls(void)
{
	if (syscall(SYS_getpid) < 0)
		return 1;
	if (syscall(SYS_getuid) != -1 || errno != 42)
		return 2;
	if (syscall(SYS_mkdir, "/x", 0) != -1 || errno != EPERM)
		return 3;
	/* Above the highest call that the profile names: as if the kernel did not have it. */
	if (syscall(600) != -1 || errno != ENOSYS)
		return 4;
	if (syscall(SYS_personality, 8) < 0 || syscall(SYS_personality, 0) < 0)
		return 5;
	if (syscall(SYS_personality, 4) != -1 || errno != EPERM)
		return 6;
	return 0;
}

static int make_x32_call(void)
{
	syscall(0x40000000 + SYS_getuid);
	return 7;
}

static int make_32_bit_call(void)
{
	long result;

	/* mkdir(2) by its 32-bit number, which on this side of the gate is another call. */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(39), "b"(0), "c"(0) : "memory");
	return result == -EPERM ? 0 : 8;
}

static void the_kernel_does_what_the_profile_says(void **state)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};
	struct seccomp_program p = {0};
	struct err e = {0};

	decode(&spec);
	assert_int_equal(filter_compile(spec.linux_.seccomp, -1, &p, &e), 0);
	assert_int_equal(inside(&p, check_calls), 0);
	assert_int_not_equal(inside(&p, make_x32_call), 7);
	assert_int_equal(inside(&p, make_32_bit_call), 0);
	filter_done(&p);
}

static void the_second_time_comes_from_the_cache(void **state)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};
	struct seccomp_program first = {0}, second = {0}, third = {0};
	char path[] = "/tmp/skep-filter.XXXXXX";
	struct err e = {0};

	assert_non_null(mkdtemp(path));
	scoped_fd int cache = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	decode(&spec);
	assert_int_equal(filter_compile(spec.linux_.seccomp, cache, &first, &e), 0);
	assert_int_equal(filter_compile(spec.linux_.seccomp, cache, &second, &e), 0);
	assert_int_equal(first.count, second.count);
	assert_memory_equal(first.code, second.code, first.count * sizeof(*first.code));
	/* Another profile is another program. */
	spec.linux_.seccomp->rules.at[0].names.count = 1;
	assert_int_equal(filter_compile(spec.linux_.seccomp, cache, &third, &e), 0);
	assert_true(third.count != first.count ||
		    memcmp(third.code, first.code, first.count * sizeof(*first.code)) != 0);
	filter_done(&first);
	filter_done(&second);
	filter_done(&third);
	assert_int_equal(path_remove_tree(AT_FDCWD, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_does_what_the_profile_says),
		cmocka_unit_test(the_second_time_comes_from_the_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
