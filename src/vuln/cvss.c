/* SPDX-License-Identifier: Apache-2.0 */
#include "vuln/cvss.h"
int cvss_parse(const char *vector, struct cvss_score *ret)
{
	return -22;
}
const char *cvss_version_name(enum cvss_version v)
{
	return "3.1";
}
