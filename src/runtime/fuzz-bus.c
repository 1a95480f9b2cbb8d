/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the decoder of bus messages, and the readers of values on whatever body it found.
 */
#include <stdint.h>
#include <string.h>

#include "bus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bus_message m;

	if (size > BUS_MESSAGE_MAX || bus_decode(data, size, &m) < 0)
		return 0;
	/* Every string is inside the message and ends there. */
	size_t sum = strlen(m.interface) + strlen(m.member) + strlen(m.error) + strlen(m.signature);
	if (sum > size || m.body_len > size)
		__builtin_trap();
	struct bus_reader r = {.data = m.body, .len = m.body_len};
	for (size_t i = 0; m.signature[i] && !r.bad; i++) {
		if (m.signature[i] == 'u')
			bus_get_u32(&r);
		else if (m.signature[i] == 'g' || m.signature[i] == 'v')
			bus_get_signature(&r);
		else
			bus_get_str(&r);
	}
	return 0;
}
