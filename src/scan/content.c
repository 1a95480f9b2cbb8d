/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for small contents is kept from file to file; the scratch file is truncated and mapped anew for each.
 */
#include "content.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "scan/scan.h"

static void unmap(struct scan_content *c)
{
	if (c->mapped)
		munmap(c->mapped, c->len);
	c->mapped = NULL;
}

void scan_content_done(struct scan_content *c)
{
	unmap(c);
	free(c->memory);
	c->memory = NULL;
}

static int begin_mapped(struct scan_content *c, uint64_t size, struct err *e)
{
	if (c->scratch_fd < 0)
		return err_set(e, -EFBIG, "no scratch file for large contents");
	if (ftruncate(c->scratch_fd, 0) < 0 || ftruncate(c->scratch_fd, (off_t)size) < 0)
		return err_sys(e, -errno, "scratch file");
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, c->scratch_fd, 0);
	if (p == MAP_FAILED)
		return err_sys(e, -errno, "scratch file");
	c->mapped = p;
	return 0;
}

int scan_content_begin(struct scan_content *c, uint64_t size, struct err *e)
{
	unmap(c);
	c->len = 0;
	if (size > SCAN_MEMORY_FILE_MAX) {
		int r = begin_mapped(c, size, e);
		c->len = r == 0 ? size : 0;
		return r;
	}
	if (size > c->capacity) {
		size_t more = MIN_OF((size_t)size * 2, (size_t)SCAN_MEMORY_FILE_MAX);
		uint8_t *bigger = realloc(c->memory, more);
		if (!bigger)
			return err_set(e, -ENOMEM, "out of memory");
		c->memory = bigger;
		c->capacity = more;
	}
	if (size)
		memset(c->memory, 0, size);
	c->len = size;
	return 0;
}

int scan_content_map(struct scan_content *c, int fd, uint64_t size, struct err *e)
{
	unmap(c);
	c->len = 0;
	void *p = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (p == MAP_FAILED)
		return err_sys(e, size ? -errno : -EFBIG, "mapping the file");
	c->mapped = p;
	c->len = size;
	return 0;
}

int scan_content_write(struct scan_content *c, uint64_t offset, const void *data, size_t len, struct err *e)
{
	if (offset > c->len || len > c->len - offset)
		return err_set(e, -EBADMSG, "content beyond the size of the file");
	if (len)
		memcpy((c->mapped ? c->mapped : c->memory) + offset, data, len);
	return 0;
}

const uint8_t *scan_content_data(struct scan_content *c)
{
	static const uint8_t nothing[1];

	return c->mapped ? c->mapped : c->memory ? c->memory : nothing;
}
