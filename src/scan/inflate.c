/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip by ISA-L, four times as fast as zlib. Inflating is nearly all of what a layer costs, and only skep-scan links the
 * library: it is there as a shared one alone, and the programs beside it are static.
 */
#include "inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "base/cleanup.h"

static int reset(void *state)
{
	struct inflate_state *s = state;

	isal_inflate_reset(s);
	s->crc_flag = ISAL_GZIP;
	return 0;
}

static void *open_state(void)
{
	struct inflate_state *s = malloc(sizeof(*s));

	if (s)
		isal_inflate_init(s);
	return s;
}

static int step(void *state, const uint8_t **in, size_t *in_len, uint8_t *out, size_t *len, bool *ret_ended)
{
	struct inflate_state *s = state;
	size_t room = MIN_OF(*len, (size_t)1 << 30);

	s->next_in = (uint8_t *)*in;
	s->avail_in = (uint32_t)*in_len;
	s->next_out = out;
	s->avail_out = (uint32_t)room;
	int r = isal_inflate(s);
	*in += *in_len - s->avail_in;
	*in_len = s->avail_in;
	*len = room - s->avail_out;
	*ret_ended = s->block_state == ISAL_BLOCK_FINISH;
	return r == ISAL_DECOMP_OK || r == ISAL_END_INPUT ? 0 : -EBADMSG;
}

const struct oci_inflater scan_inflater = {open_state, reset, step, free};
