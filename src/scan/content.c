/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for small contents is kept from file to file; the scratch file is truncated for each, written, and mapped when
 * it is complete: of a large file only what a reader looks at is in memory.
 */
#include "content.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static int begin_in_file(struct scan_content *c, uint64_t size, struct err *e)
{
	if (c->scratch_fd < 0)
		return err_set(e, -EFBIG, "no scratch file for large contents");
	if (ftruncate(c->scratch_fd, 0) < 0 || ftruncate(c->scratch_fd, (off_t)size) < 0)
		return err_sys(e, -errno, "scratch file");
	c->in_file = true;
	c->len = size;
	return 0;
}

int scan_content_begin(struct scan_content *c, uint64_t size, struct err *e)
{
	unmap(c);
	c->len = 0;
	c->in_file = false;
	if (size > SCAN_MEMORY_FILE_MAX)
		return begin_in_file(c, size, e);
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

static int write_at(int fd, uint64_t offset, const uint8_t *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = pwrite(fd, data, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n < 0 ? -errno : -EIO, "writing the scratch file");
		data += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int scan_content_write(struct scan_content *c, uint64_t offset, const void *data, size_t len, struct err *e)
{
	if (offset > c->len || len > c->len - offset)
		return err_set(e, -EBADMSG, "content beyond the size of the file");
	if (c->in_file)
		return write_at(c->scratch_fd, offset, data, len, e);
	if (len)
		memcpy(c->memory + offset, data, len);
	return 0;
}

int scan_content_finish(struct scan_content *c, const uint8_t **ret, struct err *e)
{
	static const uint8_t nothing[1];

	if (c->in_file && !c->mapped) {
		int r = scan_content_map(c, c->scratch_fd, c->len, e);
		if (r < 0)
			return r;
	}
	*ret = c->mapped ? c->mapped : c->memory ? c->memory : nothing;
	return 0;
}
