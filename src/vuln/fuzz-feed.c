/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes a feed's file, whatever it is: OSV documents, lines of them, catalogues, tables, archives. What is taken must
 * make an index that opens.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/path.h"
#include "vuln/build.h"

static int build(struct vuln_builder *b, int fd, int out, struct err *e)
{
	struct vuln_piece pieces[VULN_SEGMENT_KINDS];
	struct vuln_part parts[VULN_SEGMENT_KINDS];
	size_t count = 0;
	int r = vuln_build_file(b, fd, "feed", e);

	if (r == 0)
		r = vuln_builder_write(b, fd, pieces, &count, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		parts[i] = (struct vuln_part){fd, pieces[i]};
	return vuln_assemble(out, NULL, parts, count, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_PTR(vuln_builder) struct vuln_builder *b = NULL;
	SCOPED_PTR(vuln_index) struct vuln_index *x = NULL;
	scoped_fd int fd = memfd_create("feed", MFD_CLOEXEC), out = memfd_create("index", MFD_CLOEXEC);
	struct err e;

	if (fd < 0 || out < 0 || fd_write_all(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    vuln_builder_new("feed", 1700000000, &b, &e) < 0)
		return 0;
	if (build(b, fd, out, &e) == 0 && vuln_open(out, &x, &e) < 0)
		abort();
	return 0;
}
