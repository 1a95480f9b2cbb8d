/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base scores of CVSS vectors: version 2.0, 3.0 and 3.1 (first.org/cvss/v3.1/specification-document, section 7.1) and
 * 4.0 (section 8: MacroVectors). Pure. Optional metrics of a vector are checked for form; of version 4.0 those that
 * change the score (threat, environmental) are applied, of the others only the base metrics count.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

#define CVSS_VECTOR_MAX 256

enum cvss_version { CVSS_2_0, CVSS_3_0, CVSS_3_1, CVSS_4_0 };

struct cvss_score {
	enum cvss_version version;
	int tenths; /* 98 is 9.8 */
};

/* "CVSS:3.1/AV:N/..."; a vector without a prefix is one of version 2.0. -EINVAL: no whole vector. */
int cvss_parse(const char *vector, struct cvss_score *ret) must_check;
/* "2.0", "3.0"... */
const char *cvss_version_name(enum cvss_version v);

/* How bad, as a word; the qualitative scale of CVSS 3 and 4, plus what feeds say below it. */
enum vuln_severity_level {
	VULN_SEVERITY_UNKNOWN,
	VULN_SEVERITY_NEGLIGIBLE,
	VULN_SEVERITY_LOW,
	VULN_SEVERITY_MEDIUM,
	VULN_SEVERITY_HIGH,
	VULN_SEVERITY_CRITICAL,
	VULN_SEVERITY_LEVELS,
};

/* "unknown", "negligible", "low"... */
const char *vuln_severity_name(enum vuln_severity_level l);
/* Also the words of vendors, in any case: "moderate", "important", "unimportant"; -EINVAL for another word. */
int vuln_severity_from(const char *word, enum vuln_severity_level *ret) must_check;
/* Of a score: 0 is negligible, then up to 3.9 low, 6.9 medium, 8.9 high. */
enum vuln_severity_level vuln_severity_of_score(int tenths);
