/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes image references: what is accepted must format and read back to itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2048], again[1024];
	struct oci_ref ref, name, back;
	struct err e = {0};

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (oci_ref_parse(text, &ref, &e) < 0)
		return 0;
	if (ref.transport != OCI_TRANSPORT_NAME && oci_ref_default_name(&ref, &name) < 0)
		abort();
	if (ref.transport == OCI_TRANSPORT_NAME &&
	    (oci_ref_format_name(&ref, again, sizeof(again)) < 0 || oci_ref_parse_name(again, &back, &e) < 0 ||
	     memcmp(&ref, &back, sizeof(ref)) != 0))
		abort();
	return 0;
}
