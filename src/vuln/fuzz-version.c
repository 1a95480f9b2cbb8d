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

typedef int compare_fn(enum vuln_order o, const char *a, const char *b, int *ret);

static void check(compare_fn *compare, enum vuln_order order, const char *a, const char *b)
{
	int there = 9, back = 9, same = 9;
	int r = compare(order, a, b, &there);

	if (r != compare(order, b, a, &back) || (r == 0 && there != -back))
		abort();
	if (r == 0 && (compare(order, a, a, &same) < 0 || same != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[2 * VULN_VERSION_MAX + 4];
	struct cvss_score score;
	if (size < 2 || size >= sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	char *b = strchr(text, '\n');
	if (!b)
		return 0;
	*b++ = '\0';
	enum vuln_order order = (enum vuln_order)(data[0] % VULN_ORDERS);
	check(vuln_version_compare, order, text, b);
	check(vuln_version_compare_any, order, text, b);
	if (cvss_parse(text, &score) == 0 && (score.tenths < 0 || score.tenths > 100))
		abort();
	return 0;
}
