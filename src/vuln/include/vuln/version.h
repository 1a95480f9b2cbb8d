/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of versions, as each ecosystem defines it. Pure: two strings go in, an order comes out, no memory is
 * taken. Versions are outside bytes: whatever they hold, the answer is an order or -EINVAL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "model/package.h"

/* The most bytes of a version that is compared; a longer one is invalid. */
#define VULN_VERSION_MAX 512

enum vuln_order {
	VULN_ORDER_DPKG,     /* deb-version(7) */
	VULN_ORDER_APK,	     /* apk-tools 2.14 and 3: apk-package(5) */
	VULN_ORDER_RPM,	     /* rpm-version(7), with ~ and ^ */
	VULN_ORDER_ALPM,     /* vercmp(8) */
	VULN_ORDER_NPM,	     /* semver.org 2.0.0 as npm reads it (loose: a leading v or =, "1.2.3beta") */
	VULN_ORDER_PEP440,   /* Python: PEP 440 */
	VULN_ORDER_GO,	     /* module versions, with or without v; toolchain versions "go1.20rc1" */
	VULN_ORDER_CARGO,    /* semver.org 2.0.0, strictly */
	VULN_ORDER_MAVEN,    /* org.apache.maven.artifact.versioning.ComparableVersion */
	VULN_ORDER_GEM,	     /* Gem::Version */
	VULN_ORDER_COMPOSER, /* composer/semver's normalization, then version_compare() */
	VULN_ORDER_NUGET,    /* NuGetVersion: four parts, labels without case */
	VULN_ORDERS,
};

/* "dpkg", "pep440"..., for explanations. */
const char *vuln_order_name(enum vuln_order o);
/* -EINVAL for an unknown word. */
int vuln_order_from(const char *name, enum vuln_order *ret) must_check;

/* The order that a package manager uses; false for MODEL_PACKAGE_GENERIC, whose versions have none. */
bool vuln_order_of_type(enum model_package_type t, enum vuln_order *ret) must_check;

/*
 * Sets *RET to -1, 0 or 1 as A is before, the same as, or after B. -EINVAL when one of them is no version of the
 * ecosystem (or too long); *RET is untouched then. Orders that take any text as a version (rpm, alpm, Maven) never fail
 * but for length.
 */
int vuln_version_compare(enum vuln_order o, const char *a, const char *b, int *ret) must_check;

/*
 * The same, also for texts that are no versions of the ecosystem but stand in feeds and registries all the same
 * ("0.1-bulbasaur" on PyPI): by the order that OSV's own code documents for them. -EINVAL where there is none, and for a
 * text without a digit.
 */
int vuln_version_compare_any(enum vuln_order o, const char *a, const char *b, int *ret) must_check;

/* Whether V is a version of the ecosystem. */
bool vuln_version_is_valid(enum vuln_order o, const char *v);
