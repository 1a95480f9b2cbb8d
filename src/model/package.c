/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of package types.
 */
#include "model/package.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/str.h"

static const char *const names[MODEL_PACKAGE_TYPES] = {
	"deb",	 "apk",	      "rpm",	  "alpm",    "npm",	"pypi",	    "golang",  "cargo",
	"maven", "gem",	      "composer", "nuget",   "pub",	"hex",	    "swift",   "cocoapods",
	"conan", "cran",      "conda",	  "hackage", "julia",	"github",   "bitnami", "vcpkg",
	"dub",	 "wordpress", "ebuild",	  "snap",    "flatpak", "luarocks", "generic",
};

const char *model_package_type_name(enum model_package_type t)
{
	return (size_t)t < ARRAY_LEN(names) ? names[t] : "generic";
}

int model_package_type_from(const char *name, enum model_package_type *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, names[i])) {
			*ret = (enum model_package_type)i;
			return 0;
		}
	return -EINVAL;
}

bool model_package_is_os(enum model_package_type t)
{
	return t <= MODEL_PACKAGE_ALPM;
}
