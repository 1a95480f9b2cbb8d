/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of ecosystems.
 */
#include "ecosystem.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "order.h"

static void small_letters(char *name)
{
	for (; *name; name++)
		*name = to_lower(*name);
}

/* PEP 503: small letters, and each run of "-", "_" and "." is one dash. */
static void normalize_python(char *name)
{
	char *to = name;

	for (const char *from = name; *from; from++) {
		bool separator = strchr("-_.", *from) != NULL;
		if (separator && to > name && to[-1] == '-')
			continue;
		*to++ = separator ? '-' : to_lower(*from);
	}
	*to = '\0';
}

static const struct ecosystem ecosystems[] = {
	{"Debian", VULN_ORDER_DPKG, true, true, NULL},
	{"Ubuntu", VULN_ORDER_DPKG, true, true, NULL},
	{"Alpine", VULN_ORDER_APK, true, true, NULL},
	{"Alpaquita", VULN_ORDER_APK, true, true, NULL},
	{"BellSoft Hardened Containers", VULN_ORDER_APK, true, true, NULL},
	{"Wolfi", VULN_ORDER_APK, true, true, NULL},
	{"Chainguard", VULN_ORDER_APK, true, true, NULL},
	{"MinimOS", VULN_ORDER_APK, true, true, NULL},
	{"Red Hat", VULN_ORDER_RPM, true, false, NULL},
	{"AlmaLinux", VULN_ORDER_RPM, true, false, NULL},
	{"Rocky Linux", VULN_ORDER_RPM, true, true, NULL},
	{"openSUSE", VULN_ORDER_RPM, true, true, NULL},
	{"SUSE", VULN_ORDER_RPM, true, true, NULL},
	{"Mageia", VULN_ORDER_RPM, true, true, NULL},
	{"openEuler", VULN_ORDER_RPM, true, true, NULL},
	{"Photon OS", VULN_ORDER_RPM, true, true, NULL},
	{"Azure Linux", VULN_ORDER_RPM, true, true, NULL},
	{"npm", VULN_ORDER_NPM, false, false, NULL},
	{"PyPI", VULN_ORDER_PEP440, false, false, normalize_python},
	{"Go", VULN_ORDER_GO, false, false, NULL},
	{"crates.io", VULN_ORDER_CARGO, false, false, NULL},
	{"Maven", VULN_ORDER_MAVEN, false, false, NULL},
	{"RubyGems", VULN_ORDER_GEM, false, false, NULL},
	{"Packagist", VULN_ORDER_COMPOSER, false, false, small_letters},
	{"NuGet", VULN_ORDER_NUGET, false, false, small_letters},
	{"Pub", VULN_ORDER_NPM, false, false, NULL},
	{"Hex", VULN_ORDER_NPM, false, false, NULL},
	{"SwiftURL", VULN_ORDER_NPM, false, false, small_letters},
	{"ConanCenter", VULN_ORDER_NPM, false, false, NULL},
	{"CRAN", VULN_ORDER_RPM, false, false, NULL},
	{"Hackage", VULN_ORDER_RPM, false, false, NULL},
	{"Julia", VULN_ORDER_NPM, false, false, NULL},
	{"GitHub Actions", VULN_ORDER_NPM, false, false, small_letters},
	{"Bitnami", VULN_ORDER_NPM, false, false, NULL},
};

const struct ecosystem *ecosystem_find(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < ARRAY_LEN(ecosystems); i++)
		if (strlen(ecosystems[i].base) == len && strncmp(ecosystems[i].base, name, len) == 0)
			return &ecosystems[i];
	return NULL;
}

const struct ecosystem *ecosystem_of_type(enum model_package_type t)
{
	static const char *const of[MODEL_PACKAGE_TYPES] = {
		[MODEL_PACKAGE_NPM] = "npm",
		[MODEL_PACKAGE_PYPI] = "PyPI",
		[MODEL_PACKAGE_GOLANG] = "Go",
		[MODEL_PACKAGE_CARGO] = "crates.io",
		[MODEL_PACKAGE_MAVEN] = "Maven",
		[MODEL_PACKAGE_GEM] = "RubyGems",
		[MODEL_PACKAGE_COMPOSER] = "Packagist",
		[MODEL_PACKAGE_NUGET] = "NuGet",
		[MODEL_PACKAGE_PUB] = "Pub",
		[MODEL_PACKAGE_HEX] = "Hex",
		[MODEL_PACKAGE_SWIFT] = "SwiftURL",
		[MODEL_PACKAGE_CONAN] = "ConanCenter",
		[MODEL_PACKAGE_CRAN] = "CRAN",
		[MODEL_PACKAGE_HACKAGE] = "Hackage",
		[MODEL_PACKAGE_JULIA] = "Julia",
		[MODEL_PACKAGE_GITHUB] = "GitHub Actions",
		[MODEL_PACKAGE_BITNAMI] = "Bitnami",
	};

	return (size_t)t < ARRAY_LEN(of) && of[t] ? ecosystem_find(of[t]) : NULL;
}

int ecosystem_package_name(const struct ecosystem *e, const char *name, char ret[PACKAGE_NAME_MAX])
{
	size_t len = strlen(name);

	if (!len || len >= PACKAGE_NAME_MAX)
		return -EINVAL;
	memcpy(ret, name, len + 1);
	if (e->normalize)
		e->normalize(ret);
	return 0;
}

/* "13.0" as "13.0.0": what advisories write and npm would refuse. */
static bool complete_npm(const char *bound, char text[VULN_VERSION_MAX])
{
	size_t dots = 0, len = strspn(bound, "0123456789.");

	for (size_t i = 0; i < len; i++)
		dots += bound[i] == '.';
	if (!len || dots > 1)
		return false;
	int n = snprintf(text, VULN_VERSION_MAX, "%.*s%s%s", (int)MIN_OF(len, VULN_VERSION_MAX), bound,
			 dots ? ".0" : ".0.0", bound + len);
	return n > 0 && n < VULN_VERSION_MAX;
}

int ecosystem_compare_bound(const struct ecosystem *e, const char *version, const char *bound, int *ret)
{
	char text[VULN_VERSION_MAX];

	if (str_eq(bound, "0")) {
		*ret = 1;
		return 0;
	}
	int r = vuln_version_compare(e->order, version, bound, ret);
	if (r == -EINVAL && (e->order == VULN_ORDER_NPM || e->order == VULN_ORDER_CARGO) && complete_npm(bound, text))
		r = vuln_version_compare(e->order, version, text, ret);
	if (r == -EINVAL)
		r = vuln_version_compare_any(e->order, version, bound, ret);
	return r;
}
