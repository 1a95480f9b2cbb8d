/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A package as it was found: what it calls itself, which file says so, and which release of a distribution stands around
 * it. Plain values; whoever filled them owns the text. Names and versions are as the ecosystem writes them, hostile
 * until escaped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What manages the package; the order is that of model_package_type_name(). */
enum model_package_type {
	MODEL_PACKAGE_DEB,
	MODEL_PACKAGE_APK,
	MODEL_PACKAGE_RPM,
	MODEL_PACKAGE_ALPM, /* pacman */
	MODEL_PACKAGE_NPM,
	MODEL_PACKAGE_PYPI,
	MODEL_PACKAGE_GOLANG,
	MODEL_PACKAGE_CARGO,
	MODEL_PACKAGE_MAVEN, /* name is "group:artifact" */
	MODEL_PACKAGE_GEM,
	MODEL_PACKAGE_COMPOSER, /* name is "vendor/package" */
	MODEL_PACKAGE_NUGET,
	MODEL_PACKAGE_PUB,   /* Dart */
	MODEL_PACKAGE_HEX,   /* Erlang, Elixir */
	MODEL_PACKAGE_SWIFT, /* name is the repository: "github.com/apple/swift-nio" */
	MODEL_PACKAGE_COCOAPODS,
	MODEL_PACKAGE_CONAN,
	MODEL_PACKAGE_CRAN,
	MODEL_PACKAGE_CONDA,
	MODEL_PACKAGE_HACKAGE,
	MODEL_PACKAGE_JULIA,
	MODEL_PACKAGE_GITHUB, /* an action of a workflow: "owner/repository" */
	MODEL_PACKAGE_BITNAMI,
	MODEL_PACKAGE_VCPKG,
	MODEL_PACKAGE_DUB,	 /* D */
	MODEL_PACKAGE_WORDPRESS, /* a plugin, by its folder */
	MODEL_PACKAGE_EBUILD,	 /* Portage: "category/name" */
	MODEL_PACKAGE_SNAP,
	MODEL_PACKAGE_FLATPAK,
	MODEL_PACKAGE_LUAROCKS,
	MODEL_PACKAGE_GENERIC, /* a program that says its name by an ELF package note, say */
	MODEL_PACKAGE_TYPES,
};

/* The type of a package URL (purl-spec): "deb", "npm", "golang"... */
const char *model_package_type_name(enum model_package_type t);
/* -EINVAL for an unknown word. */
int model_package_type_from(const char *name, enum model_package_type *ret);
/* Installed by a distribution's package manager, so that its feed decides. */
bool model_package_is_os(enum model_package_type t);

struct model_package {
	enum model_package_type type;
	const char *name;
	const char *version;	    /* whole: "1:2.3-4", "0:1.2-3.el9"; "" when the file does not say */
	const char *source_name;    /* OS packages: what it was built from; NULL: the same name */
	const char *source_version; /* NULL: the same version */
	const char *arch;	    /* NULL when it has none */
	const char *licence;	    /* as the package writes it, or NULL */
	const char *path;	    /* of the file that says so, without a slash in front */
	bool dev;		    /* a lock says that only development needs it */
	uint32_t layer;		    /* that brought this version, 0 at the bottom */
};

/* os-release(5), as found; each NULL when absent. */
struct model_release {
	const char *id;		/* "debian" */
	const char *id_like;	/* "rhel centos fedora" */
	const char *version_id; /* "12" */
	const char *codename;	/* "bookworm" */
	const char *cpe_name;	/* "cpe:/o:redhat:enterprise_linux:9::baseos" */
	const char *pretty_name;
};
