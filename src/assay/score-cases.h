/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scores that people expect, written down before the weights were set: each case has the lowest and the highest score
 * that is right. test-score-cases.c compares the formula with them and generates the table in docs/score.md. For that
 * test only.
 */
#pragma once

#include "assay/report.h"

#define MISSING (-1.0) /* EPSS unknown */
#define CASE_FINDINGS 5
#define CASE_ISSUES 3

enum case_flags {
	OPEN = 1,      /* no fix is known */
	LOCAL = 2,     /* the vector says AV:L */
	EXPLOITED = 4, /* in CISA's catalogue */
	MALICIOUS = 8, /* the package is malware */
	DISTRO = 16,   /* a package of a distribution, else one of npm */
};

struct case_finding {
	unsigned times; /* each in a package of its own */
	int tenths;	/* CVSS; -1: none, the feed has only the word */
	enum vuln_severity_level level;
	unsigned flags;
	double epss;
};

struct case_issue {
	unsigned times;
	enum model_part_remark_kind kind;
	enum vuln_severity_level level;
};

struct score_case {
	const char *what;
	int least, most;
	bool root, ports, setuid, end_of_life;
	double years; /* since the build */
	struct case_finding findings[CASE_FINDINGS];
	struct case_issue issues[CASE_ISSUES];
};

#define CRITICAL VULN_SEVERITY_CRITICAL
#define HIGH VULN_SEVERITY_HIGH
#define MEDIUM VULN_SEVERITY_MEDIUM
#define LOW VULN_SEVERITY_LOW
#define NEGLIGIBLE VULN_SEVERITY_NEGLIGIBLE
#define UNKNOWN VULN_SEVERITY_UNKNOWN
#define EXPOSED .root = true, .ports = true
#define CONFIG MODEL_REMARK_CONFIG
#define F(tenths, level, flags, epss)                                                                                  \
	{                                                                                                              \
		1, tenths, level, flags, epss                                                                          \
	}
#define BASE_LOW                                                                                                       \
	{                                                                                                              \
		40, 33, LOW, DISTRO | OPEN, 0.001                                                                      \
	}

static const struct score_case score_cases[] = {
	/* nothing, or next to it */
	{"nothing found", 0, 0},
	{"nothing found; starts as root, port open", 0, 0, EXPOSED},
	{"nothing found; built a month ago", 0, 0, .years = 0.08},
	{"nothing found; built two years ago", 1, 15, .years = 2},
	{"nothing found; release past its end of life", 15, 30, .end_of_life = true},
	{"1 negligible", 0, 1, .findings = {F(-1, NEGLIGIBLE, DISTRO, MISSING)}},
	{"1 low, no fix", 0, 2, .findings = {F(33, LOW, DISTRO | OPEN, 0.001)}},
	{"1 low, fixable", 0, 2, .findings = {F(33, LOW, 0, 0.001)}},
	{"10 low, fixable", 0, 5, .findings = {{10, 33, LOW, 0, 0.001}}},
	{"1 of unknown severity", 0, 5, .findings = {F(-1, UNKNOWN, 0, MISSING)}},
	{"1 medium, 5.3", 0, 5, .findings = {F(53, MEDIUM, 0, 0.002)}},
	{"1 medium, 6.5; root, port open", 0, 6, EXPOSED, .findings = {F(65, MEDIUM, 0, 0.002)}},
	/* base images */
	{"Debian base image: 60 low and negligible, no fix", 0, 15, .root = true, .setuid = true,
	 .findings = {BASE_LOW, {20, -1, NEGLIGIBLE, DISTRO | OPEN, 0.0005}},
	 .issues = {{9, MODEL_REMARK_FILE, LOW}, {1, CONFIG, MEDIUM}}},
	{"Debian base image: 40 low, 10 medium, no fix", 0, 15, .root = true, .setuid = true,
	 .findings = {BASE_LOW, {10, 55, MEDIUM, DISTRO | OPEN, 0.001}},
	 .issues = {{9, MODEL_REMARK_FILE, LOW}, {1, CONFIG, MEDIUM}}},
	{"Debian base image: 9.8 that Debian calls low, 40 low, no fix", 0, 15, .root = true,
	 .findings = {F(98, LOW, DISTRO | OPEN, 0.005), BASE_LOW}},
	{"Debian 12 base image: 1 critical, 1 high, 14 medium, 47 negligible, 8 unknown, no fix", 0, 15, .root = true,
	 .setuid = true,
	 .findings = {F(98, CRITICAL, DISTRO | OPEN, 0.005),
		      F(81, HIGH, DISTRO | OPEN, 0.003),
		      {14, 55, MEDIUM, DISTRO | OPEN, 0.001},
		      {47, -1, NEGLIGIBLE, DISTRO | OPEN, 0.0005},
		      {8, -1, UNKNOWN, DISTRO | OPEN, 0.001}},
	 .issues = {{9, MODEL_REMARK_FILE, LOW}, {1, CONFIG, MEDIUM}}},
	{"Alpine base image: no finding", 0, 5, .root = true, .issues = {{0}, {1, CONFIG, MEDIUM}}},
	{"1 critical of a distribution, no fix", 5, 30, .findings = {F(98, CRITICAL, DISTRO | OPEN, 0.005)}},
	{"1 critical of a distribution, fix not installed", 35, 60, .findings = {F(98, CRITICAL, DISTRO, 0.005)}},
	{"base image behind by 5 high and 20 medium fixes", 20, 65, .root = true,
	 .findings = {{5, 75, HIGH, DISTRO, 0.003}, {20, 55, MEDIUM, DISTRO, 0.001}}},
	{"base image behind by 3 critical, 20 high and 60 medium fixes", 80, 99, .root = true,
	 .findings = {{3, 98, CRITICAL, DISTRO, 0.01}, {20, 78, HIGH, DISTRO, 0.005}, {60, 55, MEDIUM, DISTRO, 0.001}}},
	{"release past its end of life, 40 medium, no fix", 20, 60, .end_of_life = true, .root = true,
	 .findings = {{40, 55, MEDIUM, DISTRO | OPEN, 0.001}}},
	/* by severity */
	{"1 high, 7.5", 2, 15, .findings = {F(75, HIGH, 0, 0.005)}},
	{"1 high, 8.8", 8, 30, .findings = {F(88, HIGH, 0, 0.005)}},
	{"1 high, 7.8, local", 1, 10, .findings = {F(78, HIGH, LOCAL, 0.001)}},
	{"1 high, no vector", 3, 20, .findings = {F(-1, HIGH, 0, MISSING)}},
	{"1 critical, 9.1, remote, fixable", 35, 60, .findings = {F(91, CRITICAL, 0, 0.01)}},
	{"1 critical, 9.8, remote, fixable", 35, 60, .findings = {F(98, CRITICAL, 0, 0.01)}},
	{"1 critical, 10.0, remote, fixable", 35, 60, .findings = {F(100, CRITICAL, 0, 0.01)}},
	{"1 critical, 9.8, EPSS missing", 35, 60, .findings = {F(98, CRITICAL, 0, MISSING)}},
	{"1 critical, no vector", 35, 60, .findings = {F(-1, CRITICAL, 0, MISSING)}},
	{"1 critical, 9.8; root, port open, setuid", 40, 60, EXPOSED, .setuid = true,
	 .findings = {F(98, CRITICAL, 0, 0.01)}},
	{"1 critical of npm, 9.8, no fix", 35, 60, .findings = {F(98, CRITICAL, OPEN, 0.01)}},
	{"1 critical, 9.3, local", 15, 40, .findings = {F(93, CRITICAL, LOCAL, 0.001)}},
	{"2 critical, 9.8", 50, 80, .findings = {{2, 98, CRITICAL, 0, 0.01}}},
	{"5 critical, 9.8", 80, 99, .findings = {{5, 98, CRITICAL, 0, 0.01}}},
	{"10 high, 7.5", 30, 70, .findings = {{10, 75, HIGH, 0, 0.003}}},
	{"50 medium, 5.5", 5, 40, .findings = {{50, 55, MEDIUM, 0, 0.001}}},
	{"200 low", 5, 40, .findings = {{200, 33, LOW, 0, 0.0005}}},
	/* chances of exploitation */
	{"1 high, 7.5, EPSS 10 %", 10, 35, .findings = {F(75, HIGH, 0, 0.1)}},
	{"1 high, 7.5, EPSS 50 %", 40, 70, .findings = {F(75, HIGH, 0, 0.5)}},
	{"1 high, 7.5, EPSS 95 %", 60, 85, .findings = {F(75, HIGH, 0, 0.95)}},
	{"1 critical, 9.8, EPSS 10 %", 40, 65, .findings = {F(98, CRITICAL, 0, 0.1)}},
	{"1 critical, 9.8, EPSS 50 %", 60, 85, .findings = {F(98, CRITICAL, 0, 0.5)}},
	{"1 critical, 9.8, EPSS 95 %", 85, 99, .findings = {F(98, CRITICAL, 0, 0.95)}},
	{"1 medium, 5.3, EPSS 90 %", 40, 75, .findings = {F(53, MEDIUM, 0, 0.9)}},
	/* known exploitation */
	{"Log4Shell", 90, 100, .findings = {F(100, CRITICAL, EXPLOITED, 0.97)}},
	{"Log4Shell, EPSS missing", 90, 100, .findings = {F(100, CRITICAL, EXPLOITED, MISSING)}},
	{"log4j-core 2.14.0: Log4Shell and three later ones", 95, 100,
	 .findings = {F(100, CRITICAL, EXPLOITED, 0.97), F(90, CRITICAL, EXPLOITED, 0.97), F(59, MEDIUM, 0, 0.66),
		      F(66, MEDIUM, 0, 0.5)}},
	{"xz 5.6.1: 10.0, not in CISA's catalogue", 90, 100, .findings = {F(100, CRITICAL, DISTRO, 0.86)}},
	{"Shellshock, port open", 90, 100, .ports = true, .findings = {F(98, CRITICAL, EXPLOITED | DISTRO, 0.94)}},
	{"Shellshock, port open, EPSS missing", 90, 100, .ports = true,
	 .findings = {F(98, CRITICAL, EXPLOITED | DISTRO, MISSING)}},
	{"Spring4Shell", 90, 100, .findings = {F(98, CRITICAL, EXPLOITED, 0.94)}},
	{"Heartbleed; root, port open", 85, 100, EXPOSED, .findings = {F(75, HIGH, EXPLOITED | DISTRO, 0.94)}},
	{"Baron Samedit (sudo), local", 70, 95, .findings = {F(78, HIGH, EXPLOITED | DISTRO | LOCAL, 0.92)}},
	{"PwnKit (polkit), local, EPSS missing", 70, 95,
	 .findings = {F(78, HIGH, EXPLOITED | DISTRO | LOCAL, MISSING)}},
	{"exploited, medium, 5.3", 70, 90, .findings = {F(53, MEDIUM, EXPLOITED, MISSING)}},
	{"exploited, low by the distribution's word, no fix", 70, 90,
	 .findings = {F(-1, LOW, EXPLOITED | DISTRO | OPEN, MISSING)}},
	{"exploited, high, 8.8, no fix", 75, 95, .findings = {F(88, HIGH, EXPLOITED | OPEN, 0.3)}},
	{"HTTP/2 rapid reset, port open", 80, 98, .ports = true, .findings = {F(75, HIGH, EXPLOITED, 0.94)}},
	{"3 exploited, high", 95, 100, .findings = {{3, 78, HIGH, EXPLOITED, 0.5}}},
	/* malware and secrets */
	{"a package that is malware", 90, 100, .findings = {F(-1, CRITICAL, MALICIOUS, MISSING)}},
	{"malware in a file", 90, 100, .issues = {{1, MODEL_REMARK_MALWARE, CRITICAL}}},
	{"a leaked private key", 90, 100, .issues = {{1, MODEL_REMARK_SECRET, CRITICAL}}},
	{"a leaked private key and Log4Shell", 95, 100, .findings = {F(100, CRITICAL, EXPLOITED, 0.97)},
	 .issues = {{1, MODEL_REMARK_SECRET, CRITICAL}}},
	/* configuration and files */
	{"starts as root, 1 medium and 1 low issue of the configuration", 0, 10, .root = true,
	 .issues = {{1, CONFIG, MEDIUM}, {1, CONFIG, LOW}}},
	{"30 setuid programs", 0, 10, .issues = {{30, MODEL_REMARK_FILE, LOW}}},
	{"1 high issue of the configuration", 5, 20, .issues = {{0}, {1, CONFIG, HIGH}}},
	/* whole images */
	{"application with 2 high and 6 medium fixes on a current base image", 5, 30, .ports = true,
	 .findings = {{2, 75, HIGH, 0, 0.004}, {6, 60, MEDIUM, 0, 0.002}, BASE_LOW}},
	{"application with 1 critical and 4 high fixes", 45, 75, .ports = true,
	 .findings = {F(98, CRITICAL, 0, 0.02), {4, 78, HIGH, 0, 0.004}}},
	{"application not updated for three years", 90, 100, EXPOSED, .end_of_life = true, .years = 3,
	 .findings = {{4, 98, CRITICAL, 0, 0.05}, {30, 78, HIGH, 0, 0.01}, {80, 55, MEDIUM, 0, 0.002}}},
};
