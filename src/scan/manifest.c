/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of manifests. One with a reader says which packages there will be; one without a reader, which wants packages
 * in ranges, is remarked as seen and not judged, so that a folder with nothing else is never reported as empty.
 */
#include "manifest.h"

#include <string.h>

#include "base/str.h"
#include "pin.h"
#include "readers.h"

struct manifest {
	const char *end;	/* of the path: from the beginning of a name, or any end of it after a star */
	scan_manifest_fn *read; /* NULL: none */
	enum model_package_type type;
	const char *word;  /* without a reader: stands in it when packages are wanted */
	const char *below; /* a part of the path, or NULL */
	bool anywhere;	   /* also among the files of installed packages */
};

static const struct manifest manifests[] = {
	{"go.mod", scan_read_go_mod, MODEL_PACKAGE_GOLANG, NULL, NULL, false},
	{"pom.xml", scan_read_pom, MODEL_PACKAGE_MAVEN, NULL, NULL, false},
	{"*gradle.lockfile", scan_read_gradle_lock, MODEL_PACKAGE_MAVEN, NULL, NULL, false},
	{"*.lockfile", scan_read_gradle_lock, MODEL_PACKAGE_MAVEN, NULL, "gradle/dependency-locks/", false},
	{"gradle/verification-metadata.xml", scan_read_gradle_metadata, MODEL_PACKAGE_MAVEN, NULL, NULL, false},
	{"build.sbt.lock", scan_read_sbt_lock, MODEL_PACKAGE_MAVEN, NULL, NULL, false},
	{"packages.config", scan_read_packages_config, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"*.csproj", scan_read_project, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"*.fsproj", scan_read_project, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"*.vbproj", scan_read_project, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"*Packages.props", scan_read_project, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"paket.lock", scan_read_paket_lock, MODEL_PACKAGE_NUGET, NULL, NULL, false},
	{"bun.lock", scan_read_bun_lock, MODEL_PACKAGE_NPM, NULL, NULL, false},
	{"deno.lock", scan_read_deno_lock, MODEL_PACKAGE_NPM, NULL, NULL, false},
	{"mix.lock", scan_read_mix_lock, MODEL_PACKAGE_HEX, NULL, NULL, false},
	{"rebar.lock", scan_read_rebar_lock, MODEL_PACKAGE_HEX, NULL, NULL, false},
	{"cabal.project.freeze", scan_read_cabal_freeze, MODEL_PACKAGE_HACKAGE, NULL, NULL, false},
	{"stack.yaml.lock", scan_read_stack_lock, MODEL_PACKAGE_HACKAGE, NULL, NULL, false},
	{"pubspec.lock", scan_read_pubspec_lock, MODEL_PACKAGE_PUB, NULL, NULL, false},
	{"Podfile.lock", scan_read_podfile_lock, MODEL_PACKAGE_COCOAPODS, NULL, NULL, false},
	{"Package.resolved", scan_read_swift_resolved, MODEL_PACKAGE_SWIFT, NULL, NULL, false},
	{".package.resolved", scan_read_swift_resolved, MODEL_PACKAGE_SWIFT, NULL, NULL, false},
	{"Cartfile.resolved", scan_read_cartfile, MODEL_PACKAGE_SWIFT, NULL, NULL, false},
	{"*conan.lock", scan_read_conan_lock, MODEL_PACKAGE_CONAN, NULL, NULL, false},
	{"renv.lock", scan_read_renv_lock, MODEL_PACKAGE_CRAN, NULL, NULL, false},
	{"DESCRIPTION", scan_read_r_description, MODEL_PACKAGE_CRAN, NULL, NULL, false},
	{"*.json", scan_read_conda_meta, MODEL_PACKAGE_CONDA, NULL, "conda-meta/", true},
	{"environment.yml", scan_read_conda_environment, MODEL_PACKAGE_CONDA, NULL, NULL, false},
	{"environment.yaml", scan_read_conda_environment, MODEL_PACKAGE_CONDA, NULL, NULL, false},
	{"conda.lock", scan_read_conda_explicit, MODEL_PACKAGE_CONDA, NULL, NULL, false},
	{"*-64.lock", scan_read_conda_explicit, MODEL_PACKAGE_CONDA, NULL, "conda-", false},
	{"*-arm64.lock", scan_read_conda_explicit, MODEL_PACKAGE_CONDA, NULL, "conda-", false},
	{"*-aarch64.lock", scan_read_conda_explicit, MODEL_PACKAGE_CONDA, NULL, "conda-", false},
	{"*conda-lock.yml", scan_read_conda_lock, MODEL_PACKAGE_CONDA, NULL, NULL, false},
	{"packrat.lock", scan_read_packrat_lock, MODEL_PACKAGE_CRAN, NULL, NULL, false},
	{"dub.selections.json", scan_read_dub, MODEL_PACKAGE_DUB, NULL, NULL, false},
	{"vcpkg.json", scan_read_vcpkg, MODEL_PACKAGE_VCPKG, NULL, NULL, false},
	{"vcpkg/status", scan_read_vcpkg_status, MODEL_PACKAGE_VCPKG, NULL, NULL, false},
	{"vcpkg.spdx.json", scan_read_spdx, MODEL_PACKAGE_VCPKG, NULL, NULL, false},
	{"*.spdx", scan_read_spdx, MODEL_PACKAGE_BITNAMI, NULL, "/.spdx-", true},
	{"*.rockspec", scan_read_rockspec, MODEL_PACKAGE_LUAROCKS, NULL, NULL, false},
	{"*.yml", scan_read_workflow, MODEL_PACKAGE_GITHUB, NULL, ".github/workflows/", false},
	{"*.yaml", scan_read_workflow, MODEL_PACKAGE_GITHUB, NULL, ".github/workflows/", false},
	{"action.yml", scan_read_workflow, MODEL_PACKAGE_GITHUB, NULL, NULL, false},
	{"action.yaml", scan_read_workflow, MODEL_PACKAGE_GITHUB, NULL, NULL, false},
	{"*.php", scan_read_wordpress, MODEL_PACKAGE_WORDPRESS, NULL, "wp-content/plugins/", true},
	{"CONTENTS", scan_read_portage, MODEL_PACKAGE_EBUILD, NULL, "var/db/pkg/", true},
	{"PF", scan_read_portage, MODEL_PACKAGE_EBUILD, NULL, "var/db/pkg/", true},
	{"meta/snap.yaml", scan_read_snap, MODEL_PACKAGE_SNAP, NULL, NULL, false},
	{"snap/manifest.yaml", scan_read_snap_manifest, MODEL_PACKAGE_DEB, NULL, NULL, false},
	{"usr/share/snappy/dpkg.yaml", scan_read_snap_manifest, MODEL_PACKAGE_DEB, NULL, NULL, true},
	{"*.metainfo.xml", scan_read_flatpak, MODEL_PACKAGE_FLATPAK, NULL, "flatpak/app/", true},
	{"*.appdata.xml", scan_read_flatpak, MODEL_PACKAGE_FLATPAK, NULL, "flatpak/app/", true},
	/* Manifests with ranges, and locks without a reader. */
	{"package.json", NULL, MODEL_PACKAGE_NPM, "ependencies\"", NULL, false},
	{"bower.json", NULL, MODEL_PACKAGE_NPM, "ependencies\"", NULL, false},
	{"bun.lockb", NULL, MODEL_PACKAGE_NPM, "", NULL, false},
	{"composer.json", NULL, MODEL_PACKAGE_COMPOSER, "\"require", NULL, false},
	{"Gemfile", NULL, MODEL_PACKAGE_GEM, "gem ", NULL, false},
	{"gems.rb", NULL, MODEL_PACKAGE_GEM, "gem ", NULL, false},
	{"Pipfile", NULL, MODEL_PACKAGE_PYPI, "packages]", NULL, false},
	{"pyproject.toml", NULL, MODEL_PACKAGE_PYPI, "dependencies", NULL, false},
	{"setup.py", NULL, MODEL_PACKAGE_PYPI, "install_requires", NULL, false},
	{"setup.cfg", NULL, MODEL_PACKAGE_PYPI, "install_requires", NULL, false},
	{"Cargo.toml", NULL, MODEL_PACKAGE_CARGO, "dependencies", NULL, false},
	{"*build.gradle", NULL, MODEL_PACKAGE_MAVEN, "dependencies", NULL, false},
	{"*build.gradle.kts", NULL, MODEL_PACKAGE_MAVEN, "dependencies", NULL, false},
	{"build.sbt", NULL, MODEL_PACKAGE_MAVEN, "ependencies", NULL, false},
	{"project.json", NULL, MODEL_PACKAGE_NUGET, "\"frameworks\"", NULL, false},
	{"mix.exs", NULL, MODEL_PACKAGE_HEX, "deps", NULL, false},
	{"rebar.config", NULL, MODEL_PACKAGE_HEX, "deps", NULL, false},
	{"pubspec.yaml", NULL, MODEL_PACKAGE_PUB, "dependencies:", NULL, false},
	{"Package.swift", NULL, MODEL_PACKAGE_SWIFT, ".package(", NULL, false},
	{"Podfile", NULL, MODEL_PACKAGE_COCOAPODS, "pod ", NULL, false},
	{"Cartfile", NULL, MODEL_PACKAGE_SWIFT, "", NULL, false},
	{"conanfile.txt", NULL, MODEL_PACKAGE_CONAN, "requires]", NULL, false},
	{"conanfile.py", NULL, MODEL_PACKAGE_CONAN, "requires", NULL, false},
	{"stack.yaml", NULL, MODEL_PACKAGE_HACKAGE, "resolver", NULL, false},
	{"*.cabal", NULL, MODEL_PACKAGE_HACKAGE, "build-depends", NULL, false},
	{"dub.json", NULL, MODEL_PACKAGE_DUB, "\"dependencies\"", NULL, false},
	{"dub.sdl", NULL, MODEL_PACKAGE_DUB, "dependency ", NULL, false},
};

static bool is_named(const struct manifest *m, const struct scan_file *f, size_t len)
{
	bool any = *m->end == '*';
	const char *end = m->end + any;
	size_t want = strlen(end);

	if (len < want || f->path[len - 1] != end[want - 1] || memcmp(f->path + len - want, end, want) != 0)
		return false;
	if (!any && len > want && f->path[len - want - 1] != '/')
		return false;
	return !m->below || strstr(f->path, m->below);
}

static const struct manifest *manifest_of(const struct scan_file *f)
{
	size_t len = strlen(f->path);

	for (size_t i = 0; len && i < ARRAY_LEN(manifests); i++)
		if (is_named(&manifests[i], f, len))
			return manifests[i].anywhere || !scan_is_vendored(f->path) ? &manifests[i] : NULL;
	return NULL;
}

static enum scan_want wants(const struct scan_file *f)
{
	return manifest_of(f) ? SCAN_YES : SCAN_NO;
}

static int read_manifest(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	const struct manifest *m = manifest_of(f);

	if (m && m->read)
		return m->read(o, f, e);
	if (m && (!*m->word || memmem(f->data, f->len, m->word, strlen(m->word))))
		scan_unpinned(o, f, m->type,
			      *m->word ? "it wants ranges of versions and no lock says which are used"
				       : "this kind of lock has no reader");
	return 0;
}

const struct scan_reader scan_manifest = {
	.name = "manifest",
	.wants = wants,
	.bytes_max = SCAN_JSON_BYTES_MAX,
	.read = read_manifest,
	.grave = true,
};

/* ---- JSON as people write it ---- */

/* Behind a quote at TEXT[I]: where the string ends, its closing quote. */
static size_t string_end(const char *text, size_t len, size_t i)
{
	for (i++; i < len && text[i] != '"'; i++)
		i += text[i] == '\\';
	return i < len ? i : len - 1;
}

/* The comment at TEXT[I], if there is one: its length. */
static size_t comment_length(const char *text, size_t len, size_t i)
{
	const char *end = NULL;

	if (i + 1 >= len || text[i] != '/')
		return 0;
	if (text[i + 1] == '/')
		end = memchr(text + i, '\n', len - i);
	else if (text[i + 1] == '*' && (end = memmem(text + i + 2, len - i - 2, "*/", 2)))
		end += 2;
	else
		return 0;
	return end ? (size_t)(end - text) - i : len - i;
}

int scan_json_relaxed(const struct scan_file *f, struct json **ret, struct err *e)
{
	SCOPED(buf) struct buf plain = BUF_INIT(SCAN_JSON_BYTES_MAX);
	const char *text = (const char *)f->data;
	size_t comma = SIZE_MAX; /* of PLAIN: one with nothing but blanks behind it */

	for (size_t i = 0, skip; i < f->len; i++) {
		if ((skip = comment_length(text, f->len, i))) {
			i += skip - 1;
			continue;
		}
		if ((text[i] == ']' || text[i] == '}') && comma != SIZE_MAX)
			plain.data[comma] = ' ';
		if (text[i] == '"') {
			size_t end = string_end(text, f->len, i);
			buf_add(&plain, text + i, end - i);
			i = end;
		}
		if (text[i] == ',')
			comma = plain.len;
		else if (!strchr(" \t\r\n", text[i]))
			comma = SIZE_MAX;
		buf_add_char(&plain, text[i]);
		if (buf_error(&plain) < 0)
			return buf_error(&plain);
	}
	struct scan_file copy = *f;
	copy.data = (const uint8_t *)buf_str(&plain);
	copy.len = plain.len;
	return scan_json(&copy, ret, e);
}
