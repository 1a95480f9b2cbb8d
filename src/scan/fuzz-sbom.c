/* SPDX-License-Identifier: Apache-2.0 */
/* SBOMs that somebody wrote. */
#include <stdint.h>

#include "scan/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	struct model_part part;

	if (scan_out_new(&o) == 0 && scan_sbom(data, size, o, NULL) == 0)
		ignore(scan_out_finish(o, &part, NULL)); /* it must only come back */
	return 0;
}
