/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for how bad.
 */
#include <string.h>

#include "base/str.h"
#include "order.h"
#include "vuln/cvss.h"

static const char *const names[VULN_SEVERITY_LEVELS] = {"unknown", "negligible", "low", "medium", "high", "critical"};

const char *vuln_severity_name(enum vuln_severity_level l)
{
	return (size_t)l < ARRAY_LEN(names) ? names[l] : "unknown";
}

int vuln_severity_from(const char *word, enum vuln_severity_level *ret)
{
	static const struct {
		const char *word;
		enum vuln_severity_level level;
	} others[] = {
		{"moderate", VULN_SEVERITY_MEDIUM},
		{"important", VULN_SEVERITY_HIGH},
		{"unimportant", VULN_SEVERITY_NEGLIGIBLE},
		{"none", VULN_SEVERITY_NEGLIGIBLE},
	};
	struct piece p = {word, strlen(word)};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (piece_equals(p, names[i])) {
			*ret = (enum vuln_severity_level)i;
			return 0;
		}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (piece_equals(p, others[i].word)) {
			*ret = others[i].level;
			return 0;
		}
	return -EINVAL;
}

enum vuln_severity_level vuln_severity_of_score(int tenths)
{
	return tenths >= 90   ? VULN_SEVERITY_CRITICAL
	       : tenths >= 70 ? VULN_SEVERITY_HIGH
	       : tenths >= 40 ? VULN_SEVERITY_MEDIUM
	       : tenths > 0   ? VULN_SEVERITY_LOW
			      : VULN_SEVERITY_NEGLIGIBLE;
}
