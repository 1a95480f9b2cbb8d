/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer format of recordings: any bytes as a file. Behind a first byte 'R' the bytes are what a block unpacks to, so that the
 * checksum of the packing does not keep the fuzzer from what is inside.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int begin(void *ctx, const struct recording_head *head)
{
	if (!memchr(head->hostname, 0, sizeof(head->hostname)))
		abort();
	return 0;
}

/* What the reader hands on can be looked at whole. */
static int each(void *ctx, const struct event *event)
{
	struct event_view view;
	unsigned *sum = ctx;
	if (event->size < sizeof(*event) || event->size % 8)
		abort();
	for (uint32_t i = 0; i < event->size; i++)
		*sum += ((const unsigned char *)event)[i];
	if (event_view(event, event->size, &view) == 0 && view.event != event)
		abort();
	return 0;
}

static void write_block(int fd, const uint8_t *data, size_t size)
{
	static const char head[] = "{\"version\":1,\"boot\":1,\"hostname\":\"h\"}";
	char packed[2048];
	size_t n = ZSTD_compress(packed, sizeof(packed), data, size, 1);
	uint32_t length = sizeof(head) - 1, lengths[2] = {(uint32_t)size, (uint32_t)n};
	if (ZSTD_isError(n) || write(fd, "SKEPREC1", 8) != 8 || write(fd, &length, sizeof(length)) != sizeof(length) ||
	    write(fd, head, length) != (ssize_t)length || write(fd, lengths, sizeof(lengths)) != sizeof(lengths) ||
	    write(fd, packed, n) != (ssize_t)n)
		return; /* the reader says so */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];
	unsigned sum = 0;
	struct err e = {0};
	if (fd < 0) {
		fd = memfd_create("recording", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return 0;
	if (size && data[0] == 'R')
		write_block(fd, data + 1, size - 1);
	else if (write(fd, data, size) != (ssize_t)size)
		return 0;
	if (recording_read(path, begin, each, &sum, &e) < 0 && !err_text(&e)[0])
		abort(); /* every refusal has words */
	return 0;
}
