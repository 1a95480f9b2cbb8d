/* SPDX-License-Identifier: Apache-2.0 */
/* Loaders of real programs, and files that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "interpreter.h"

static void of_a_real_program(void **state)
{
	char name[INTERPRETER_MAX];
	scoped_fd int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(interpreter_read(fd, name), 0);
	assert_non_null(strstr(name, "ld-"));
}

static int of_bytes(const void *bytes, size_t len)
{
	char name[INTERPRETER_MAX];
	scoped_fd int fd = memfd_create("elf", MFD_CLOEXEC);
	assert_int_equal(write(fd, bytes, len), len);
	return interpreter_read(fd, name);
}

static void of_files_that_lie(void **state)
{
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr h;
		char name[16];
	} good = {.e = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64},
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1},
		  .h = {.p_type = PT_INTERP, .p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), .p_filesz = 9},
		  .name = "/lib/ld."},
	  bad;
	assert_int_equal(of_bytes(&good, sizeof(good)), 0);
	assert_int_equal(of_bytes("", 0), -ENOENT);
	assert_int_equal(of_bytes("#!/bin/sh\n", 10), -ENOENT);
	bad = good;
	bad.h.p_filesz = 100000;
	assert_int_equal(of_bytes(&bad, sizeof(bad)), -ENOENT);
	bad = good;
	bad.h.p_offset = UINT64_MAX;
	assert_int_equal(of_bytes(&bad, sizeof(bad)), -ENOENT);
	bad = good;
	bad.e.e_phoff = UINT64_MAX - 8;
	assert_int_equal(of_bytes(&bad, sizeof(bad)), -ENOENT);
	bad = good;
	bad.e.e_phnum = 60000;
	assert_int_equal(of_bytes(&bad, sizeof(bad)), -ENOENT);
	bad = good;
	memcpy(bad.name, "relative", 9);
	assert_int_equal(of_bytes(&bad, sizeof(bad)), -ENOENT);
	for (size_t len = 0; len < sizeof(good) - 8; len++)
		assert_int_equal(of_bytes(&good, len), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(of_a_real_program), cmocka_unit_test(of_files_that_lie)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
