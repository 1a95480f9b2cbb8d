/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the decoder of config.json, which engines fill with what image authors wrote.
 */
#include <stdint.h>

#include "oci/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};
	struct err e = {0};

	ignore(oci_spec_decode((const char *)data, size, &spec, &e)); /* a refusal is a fine outcome */
	return 0;
}
