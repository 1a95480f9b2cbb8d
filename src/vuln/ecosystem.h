/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ecosystems that advisories name (OSV schema, "Defined ecosystems") and what they mean: the order of versions, the
 * spelling of names, and whether names are those of source or binary packages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/package.h"
#include "vuln/version.h"

#define ECOSYSTEM_NAME_MAX 200
#define PACKAGE_NAME_MAX 1024

struct ecosystem {
	const char *base; /* before the colon */
	enum vuln_order order;
	bool is_os;	/* what follows the colon is a release; that of a language is a registry and left out */
	bool by_source; /* OS: rows name source packages */
	/* Language: writes the one spelling of a name in place; NULL: names are as they are written. */
	void (*normalize)(char *name);
};

/* By the whole name, "Debian:12"; NULL for one that is not known. */
const struct ecosystem *ecosystem_find(const char *name);
/* Of a package of a language; NULL for others. */
const struct ecosystem *ecosystem_of_type(enum model_package_type t);

/* NAME in its one spelling; -EINVAL when it is too long. */
int ecosystem_package_name(const struct ecosystem *e, const char *name, char ret[PACKAGE_NAME_MAX]) must_check;
/* Compares with a bound of a range: "0" is before everything, and parts that an npm bound leaves out are 0. */
int ecosystem_compare_bound(const struct ecosystem *e, const char *version, const char *bound, int *ret) must_check;
