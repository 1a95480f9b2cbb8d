/* SPDX-License-Identifier: Apache-2.0 */
/* PT_INTERP, read with every number checked against a limit (System V ABI, "Program Interpreter"). */
#include "interpreter.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { HEADERS_MAX = 128 };

static int read_name(int fd, const Elf64_Phdr *h, char ret[INTERPRETER_MAX])
{
	if (h->p_filesz < 2 || h->p_filesz > INTERPRETER_MAX ||
	    pread(fd, ret, h->p_filesz, (off_t)h->p_offset) != (ssize_t)h->p_filesz)
		return -ENOENT;
	ret[h->p_filesz - 1] = '\0';
	return ret[0] == '/' && !strpbrk(ret, "\n*") ? 0 : -ENOENT;
}

int interpreter_read(int fd, char ret[INTERPRETER_MAX])
{
	Elf64_Ehdr e;
	Elf64_Phdr h;

	if (pread(fd, &e, sizeof(e), 0) != sizeof(e) || memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 ||
	    e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_phentsize != sizeof(h) || e.e_phnum > HEADERS_MAX)
		return -ENOENT;
	for (unsigned i = 0; i < e.e_phnum; i++) {
		if (e.e_phoff > INT32_MAX || pread(fd, &h, sizeof(h), (off_t)(e.e_phoff + i * sizeof(h))) != sizeof(h))
			return -ENOENT;
		if (h.p_type == PT_INTERP)
			return h.p_offset <= INT32_MAX ? read_name(fd, &h, ret) : -ENOENT;
	}
	return -ENOENT;
}
