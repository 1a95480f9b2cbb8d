/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes VEX documents of the three formats: what is read is applied to a finding.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vuln/vex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ids[] = {"CVE-2024-1"};
	static const struct model_package package = {.type = MODEL_PACKAGE_NPM, .name = "a", .version = "1.0.0"};
	struct vuln_finding finding = {.id = ids[0], .ids = ids, .id_count = 1};
	struct vuln_findings findings = {.items = &finding, .count = 1};
	SCOPED(arena) struct arena a = ARENA_INIT(16u << 20);
	SCOPED_PTR(vuln_vex) struct vuln_vex *v = NULL;
	struct err e;

	if (vuln_vex_new(&v) < 0 || vuln_vex_add(v, (const char *)data, size, "doc", &e) < 0)
		return 0;
	if (vuln_vex_apply(v, &package, "pkg:oci/web", &findings, &a, &e) == 0 && finding.suppressed &&
	    strlen(finding.suppressed) == 0)
		abort();
	return 0;
}
