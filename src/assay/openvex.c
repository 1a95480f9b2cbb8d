/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings as OpenVEX, for others to read or to be written on by a person.
 */
#include <stdio.h>

#include "vuln/vex.h"
#include "words.h"

void assay_openvex(const struct assay_report *r, struct buf *b)
{
	struct json_out o = JSON_OUT_PRETTY(b);
	char uuid[WORDS_UUID_MAX], id[WORDS_UUID_MAX + 16];

	words_uuid(r, uuid);
	snprintf(id, sizeof(id), "urn:uuid:%s", uuid);
	vuln_openvex_begin(&o, id, "skep", r->now_s);
	for (size_t i = 0; i < r->finding_count; i++)
		vuln_openvex_finding(&o, &r->inventory.packages[r->findings[i].package].package, &r->inventory.release,
				     &r->findings[i].vuln);
	vuln_openvex_end(&o);
}
