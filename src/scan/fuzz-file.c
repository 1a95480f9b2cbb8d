/* SPDX-License-Identifier: Apache-2.0 */
/* Files of every kind that is read: the first byte says which, the rest is the file. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "readers.h"

static const char *const paths[] = {
	"etc/os-release",
	"var/lib/dpkg/status",
	"var/lib/dpkg/info/x.list",
	"lib/apk/db/installed",
	"var/lib/pacman/local/x/desc",
	"node_modules/a/package.json",
	"package-lock.json",
	"yarn.lock",
	"pnpm-lock.yaml",
	"a.dist-info/METADATA",
	"requirements.txt",
	"Pipfile.lock",
	"Cargo.lock",
	"specifications/a.gemspec",
	"Gemfile.lock",
	"composer.lock",
	"a.deps.json",
	"packages.lock.json",
	"usr/bin/program",
	"a.jar",
	"var/lib/rpm/rpmdb.sqlite",
	"var/lib/rpm/Packages.db",
	"var/lib/rpm/Packages",
	"var/lib/dpkg/status.d/a.md5sums",
	"go.mod",
	"pom.xml",
	"gradle.lockfile",
	"gradle/verification-metadata.xml",
	"build.sbt.lock",
	"packages.config",
	"a.csproj",
	"bun.lock",
	"deno.lock",
	"mix.lock",
	"rebar.lock",
	"cabal.project.freeze",
	"stack.yaml.lock",
	"pubspec.lock",
	"Podfile.lock",
	"Package.resolved",
	"Cartfile.resolved",
	"conan.lock",
	"renv.lock",
	"DESCRIPTION",
	"conda-meta/a.json",
	"environment.yml",
	"dub.selections.json",
	"vcpkg.json",
	"vcpkg/status",
	"vcpkg.spdx.json",
	"opt/.spdx-a.spdx",
	"a.rockspec",
	".github/workflows/a.yml",
	"wp-content/plugins/a/a.php",
	"var/db/pkg/a/b-1/PF",
	"meta/snap.yaml",
	"snap/manifest.yaml",
	"flatpak/app/a.metainfo.xml",
	"package.json",
	"pylock.toml",
	"Manifest.toml",
	"poetry.lock",
	"vendor/composer/installed.json",
	"conda-linux-64.lock",
	"conda-lock.yml",
	"packrat.lock",
	"paket.lock",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_options options = {.packages = true, .programs = true, .scratch_fd = -1};
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	struct model_part part;

	if (size < 1 || scan_out_new(&o) < 0)
		return 0;
	const char *path = paths[data[0] % ARRAY_LEN(paths)];
	const char *slash = strrchr(path, '/');
	uint8_t *copy = malloc(size > 1 ? size - 1 : 1); /* of its own, so that reading past it is seen */
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	struct scan_file f = {.path = path,
			      .base = slash ? slash + 1 : path,
			      .size = size - 1,
			      .mode = 0100755,
			      .head = copy,
			      .head_len = MIN_OF(size - 1, (size_t)SCAN_HEAD_BYTES),
			      .data = copy,
			      .len = size - 1,
			      .options = &options};
	scan_read(o, &f, scan_wanted(&f, false));
	if (scan_out_finish(o, &part, NULL) == 0)
		for (size_t i = 0; i < part.group_count; i++)
			for (size_t k = 0; k < part.groups[i].package_count; k++)
				if (strlen(part.groups[i].packages[k].name) > SCAN_TEXT_MAX)
					abort();
	free(copy);
	return 0;
}
