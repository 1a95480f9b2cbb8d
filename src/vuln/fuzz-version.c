/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the orders of versions: the first byte chooses one, then two versions parted by a newline. An order must not
 * depend on which is asked first, and a version is the same as itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vuln/cvss.h"
#include "vuln/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2 * VULN_VERSION_MAX + 4];
	struct cvss_score score;
	int there = 9, back = 9, same = 9;

	if (size < 2 || size >= sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	char *b = strchr(text, '\n');
	if (!b)
		return 0;
	*b++ = '\0';
	enum vuln_order order = (enum vuln_order)(data[0] % VULN_ORDERS);
	int r = vuln_version_compare(order, text, b, &there);
	if (r != vuln_version_compare(order, b, text, &back) || (r == 0 && there != -back))
		abort();
	if (r == 0 && (vuln_version_compare(order, text, text, &same) < 0 || same != 0))
		abort();
	if (cvss_parse(text, &score) == 0 && (score.tenths < 0 || score.tenths > 100))
		abort();
	return 0;
}
