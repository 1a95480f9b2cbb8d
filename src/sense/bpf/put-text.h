/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parameters of text and bytes. Kernel pointers travel as numbers between functions, so that the verifier checks each
 * function once.
 */
#pragma once

#include "record.h"

/* A user string, at most TEXT_ROOM bytes. */
__noinline int put_text(uint64_t address, uint32_t kind)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at)
		return 0;
	long n = bpf_probe_read_user_str(at + sizeof(struct event_param), TEXT_ROOM, (void *)address);
	if (n < 0 || n > TEXT_ROOM)
		n = 0;
	put_head(s, at, kind, n, n == 0);
	return 0;
}

/* A kernel string. */
__noinline int put_kernel_text(uint64_t address, uint32_t kind, uint32_t aux)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at)
		return 0;
	long n = bpf_probe_read_kernel_str(at + sizeof(struct event_param), TEXT_ROOM, (void *)address);
	if (n < 0 || n > TEXT_ROOM)
		n = 0;
	put_head(s, at, kind, n, aux);
	return 0;
}

/* User bytes; aux is 1 when there are more than MOST. */
__noinline int put_bytes(uint64_t address, uint64_t length, uint64_t most, uint32_t kind)
{
	struct scratch *s = scratch();
	uint64_t used;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at)
		return 0;
	uint32_t cut = length > most;
	if (cut)
		length = most;
	if (length > TEXT_ROOM)
		length = TEXT_ROOM;
	BOUND(length, 2 * TEXT_ROOM - 1);
	if (bpf_probe_read_user(at + sizeof(struct event_param), length, (void *)address) < 0)
		length = 0;
	put_head(s, at, kind, length, cut);
	return 0;
}

/* Kernel bytes, at most 128. */
static __always_inline void put_kernel_bytes(struct scratch *s, uint64_t address, uint64_t length, uint32_t kind)
{
	uint64_t used;
	uint8_t *at = room(s, &used);
	if (!at)
		return;
	if (length > 128)
		length = 128;
	BOUND(length, 255);
	if (bpf_probe_read_kernel(at + sizeof(struct event_param), length, (void *)address) < 0)
		length = 0;
	put_head(s, at, kind, length, 0);
}
