/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of manifests and locks say, of each kind, and what is said of those that cannot be judged. */
#include "test-kit.h"

#define RANGES(type)                                                                                                   \
	"! seen, not judged: " type " packages, it wants ranges of versions and no lock says which are used\n"

struct row {
	const char *path, *text, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kit_check(rows[i].path, rows[i].text, rows[i].expected);
}

static void every_kind_is_read(void **state)
{
	static const struct row rows[] = {
		{"x/go.mod",
		 "module x\n\ngo 1.19\ntoolchain go1.21.4\nrequire example.com/one v1.2.3 // indirect\nrequire "
		 "(\n\tgolang.org/x/net "
		 "v0.1.0\n\t\"example.com/local\" v1.0.0\n\texample.com/old v1.0.0\n)\nreplace golang.org/x/net => "
		 "golang.org/x/net "
		 "v0.0.1\nreplace (\n\texample.com/local => ../local\n\texample.com/old v1.0.0 => example.com/fork "
		 "v2.0.0\n)\n"
		 "exclude example.com/one v1.0.0\n",
		 "stdlib 1.21.4\nexample.com/one v1.2.3\ngolang.org/x/net v0.0.1\nexample.com/fork v2.0.0\n"},
		{"x/bun.lock",
		 "{ // words\n\"lockfileVersion\": 1, \"workspaces\": {\"\": {\"devDependencies\": {\"d\": "
		 "\"^1\",},},},\n\"packages\": "
		 "{\"lodash\": [\"lodash@4.17.4\", \"\", {}, \"sha512-x\"], \"@a/b\": [\"@a/b@1.0.0\",], \"d\": "
		 "[\"d@1.1.0\"],"
		 "\"w\": [\"w@workspace:w\"], \"g\": [\"g@github:a/g#0123\"],\n}}",
		 "lodash 4.17.4\n@a/b 1.0.0\nd 1.1.0 (dev)\ng \n"},
		{"x/deno.lock", "{\"version\":\"4\",\"npm\":{\"chalk@5.3.0\":{},\"@a/b@1.0.0_c@2.0.0\":{}}}",
		 "chalk 5.3.0\n@a/b 1.0.0\n"},
		{"x/pylock.toml",
		 "lock-version = \"1.0\"\n[[packages]]\nname = \"django\"\nversion = '3.2' # "
		 "words\n[packages.vcs]\nname = \"no\"\n",
		 "django 3.2\n"},
		{"x/pylock.dev.toml", "[[packages]]\nname = \"a\"\nversion = \"1\"\n", "a 1\n"},
		{"x/gradle.lockfile",
		 "# "
		 "words\norg.apache.logging.log4j:log4j-core:2.14.0=runtimeClasspath\njunit:junit:4.13="
		 "testCompileClasspath,"
		 "testRuntimeClasspath\nempty=annotationProcessor\n",
		 "org.apache.logging.log4j:log4j-core 2.14.0\njunit:junit 4.13 (dev)\n"},
		{"x/gradle/verification-metadata.xml",
		 "<?xml version=\"1.0\"?><verification-metadata xmlns=\"x\"><components><component group=\"a.b\" "
		 "name=\"c\" version=\"1.0\">"
		 "<artifact name=\"c.jar\"/></component></components></verification-metadata>",
		 "a.b:c 1.0\n"},
		{"x/build.sbt.lock",
		 "{\"dependencies\":[{\"org\":\"a\",\"name\":\"b\",\"version\":\"1\",\"configurations\":[\"compile\"]},"
		 "{\"org\":\"a\",\"name\":"
		 "\"t\",\"version\":\"2\",\"configurations\":[\"test\"]}]}",
		 "a:b 1\na:t 2 (dev)\n"},
		{"x/packages.config",
		 "<packages><package id=\"Newtonsoft.Json\" version=\"12.0.1\" /><package id=\"D\" version=\"1.0.0\" "
		 "developmentDependency=\"true\"/></packages>",
		 "Newtonsoft.Json 12.0.1\nD 1.0.0 (dev)\n"},
		{"x/a.csproj",
		 "<Project><ItemGroup><PackageReference Include=\"A\" Version=\"1.2.3\"/><PackageReference "
		 "Include=\"B\"><Version>[2.0.0]"
		 "</Version></PackageReference></ItemGroup></Project>",
		 "A 1.2.3\nB 2.0.0\n"},
		{"x/Directory.Packages.props",
		 "<Project><ItemGroup><PackageVersion Include=\"A\" Version=\"1.2.3\"/></ItemGroup></Project>",
		 "A 1.2.3\n"},
		{"x/mix.lock",
		 "%{\n  \"phoenix\": {:hex, :phoenix, \"1.4.0\", \"abc\", [:mix], [], \"hexpm\", \"x\"},\n  \"alias\": "
		 "{:hex, :real, "
		 "\"2.0.0\", \"x\"},\n  \"g\": {:git, \"https://x/g.git\", \"0123\", []},\n}\n",
		 "phoenix 1.4.0\nreal 2.0.0\ng 0123\n"},
		{"x/rebar.lock",
		 "{\"1.2.0\",\n[{<<\"certifi\">>,{pkg,<<\"certifi\">>,<<\"2.9.0\">>},1},\n "
		 "{<<\"x\">>,{git,\"y\"},0}]}.\n",
		 "certifi 2.9.0\nx \n"},
		{"x/pubspec.lock",
		 "packages:\n  http:\n    dependency: transitive\n    description:\n      name: other\n      version: "
		 "\"9\"\n    source: hosted\n"
		 "    version: \"0.13.0\"\n  lints:\n    dependency: \"direct dev\"\n    version: \"2.0.0\"\nsdks:\n  "
		 "dart: \">=2\"\n",
		 "http 0.13.0\nlints 2.0.0 (dev)\n"},
		{"x/Package.resolved",
		 "{\"pins\":[{\"identity\":\"swift-nio\",\"location\":\"https://github.com/apple/"
		 "swift-nio.git\",\"state\":{\"version\":"
		 "\"2.0.0\"}},{\"identity\":\"b\",\"location\":\"git@github.com/a/"
		 "b\",\"state\":{\"branch\":\"main\"}}],\"version\":2}",
		 "github.com/apple/swift-nio 2.0.0\ngithub.com/a/b main\n"},
		{"x/Package.resolved",
		 "{\"object\":{\"pins\":[{\"package\":\"A\",\"repositoryURL\":\"https://g/a/"
		 "A.git\",\"state\":{\"version\":\"1\"}}]}}",
		 "g/a/A 1\n"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

static void every_other_kind_is_read(void **state)
{
	static const struct row rows[] = {
		{"x/Podfile.lock",
		 "PODS:\n  - AFNetworking (2.5.0):\n    - AFNetworking/UIKit (= 2.5.0)\n  - \"A/B "
		 "(1.0)\"\n\nDEPENDENCIES:\n  - X (~> 1)\n",
		 "AFNetworking 2.5.0\nA/B 1.0\n"},
		{"x/Cartfile.resolved", "github \"a/b\" \"1.2.3\"\ngit \"https://x/y\" \"2\"\n",
		 "github.com/a/b 1.2.3\nhttps://x/y 2\n"},
		{"x/conan.lock",
		 "{\"version\":\"0.5\",\"requires\":[\"zlib/1.2.11#abc%1\"],\"build_requires\":[\"cmake/3.22@a/b\"]}",
		 "zlib 1.2.11\ncmake 3.22 (dev)\n"},
		{"x/conan.lock",
		 "{\"graph_lock\":{\"nodes\":{\"0\":{\"ref\":\"mine\"},\"1\":{\"ref\":\"bzip2/1.0.8#x:y\"}}}}",
		 "bzip2 1.0.8\n"},
		{"x/renv.lock",
		 "{\"R\":{\"Version\":\"4.0\"},\"Packages\":{\"jsonlite\":{\"Package\":\"jsonlite\",\"Version\":\"1."
		 "0\"}}}",
		 "jsonlite 1.0\n"},
		{"usr/lib/R/library/ggplot2/DESCRIPTION", "Package: ggplot2\nVersion: 3.4.0\nLicense: MIT\n",
		 "ggplot2 3.4.0\n"},
		{"x/DESCRIPTION", "Package: words\n", ""},
		{"opt/conda/conda-meta/openssl-1.1.1a-0.json",
		 "{\"name\":\"openssl\",\"version\":\"1.1.1a\",\"build\":\"0\"}", "openssl 1.1.1a\n"},
		{"x/cabal.project.freeze",
		 "active-repositories: x\nconstraints: any.aeson ==2.0.3.0,\n             any.text ==1.2, text "
		 "-developer\n",
		 "aeson 2.0.3.0\ntext 1.2\n"},
		{"x/stack.yaml.lock",
		 "packages:\n- completed:\n    hackage: fuzzyset-0.2.4@sha256:f1,1\n    pantry-tree:\n      size: 1\n  "
		 "original:\n    hackage: "
		 "fuzzyset-0.2.4\nsnapshots: []\n",
		 "fuzzyset 0.2.4\n"},
		{"x/Manifest.toml",
		 "julia_version = \"1.9.0\"\n\n[[deps.JSON]]\ndeps = [\"Dates\"]\nuuid = \"x\"\nversion = "
		 "\"0.21.4\"\n\n[[deps.Dates]]\nuuid = "
		 "\"y\"\n",
		 "JSON 0.21.4\n"},
		{"x/Manifest.toml", "[[JSON]]\nversion = \"0.21.1\"\n", "JSON 0.21.1\n"},
		{"x/dub.selections.json",
		 "{\"fileVersion\":1,\"versions\":{\"vibe-d\":\"0.9.5\",\"p\":{\"path\":\"../p\"}}}",
		 "vibe-d 0.9.5\np \n"},
		{"x/vcpkg.json",
		 "{\"dependencies\":[\"zlib\"],\"overrides\":[{\"name\":\"zlib\",\"version\":\"1.2.13\"}]}",
		 "zlib 1.2.13\n"},
		{"x/vcpkg_installed/vcpkg/status",
		 "Package: zlib\nVersion: 1.2.13\nArchitecture: x64-linux\nStatus: install ok installed\n\nPackage: "
		 "gone\nVersion: 1\nStatus: purge ok "
		 "not-installed\n",
		 "zlib 1.2.13\n"},
		{"x/share/zlib/vcpkg.spdx.json",
		 "{\"packages\":[{\"SPDXID\":\"SPDXRef-port\",\"name\":\"zlib\",\"versionInfo\":\"1.2.13\"},{"
		 "\"SPDXID\":\"SPDXRef-binary\",\"name\":\"z\"}]}",
		 "zlib 1.2.13\n"},
		{"opt/bitnami/redis/.spdx-redis.spdx",
		 "{\"packages\":[{\"name\":\"redis\",\"externalRefs\":[{\"referenceType\":\"purl\","
		 "\"referenceLocator\":\"pkg:bitnami/redis@7.2.4-0\"}]}]}",
		 "redis 7.2.4-0\n"},
		{"x/.github/workflows/ci.yml",
		 "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - name: b\n        uses: "
		 "'actions/cache/restore@v3' # words\n      - "
		 "uses: a/b@0123456789012345678901234567890123456789 # v1.2.3\n      - uses: ./local\n      - uses: "
		 "docker://x@1\n",
		 "actions/checkout v4\nactions/cache v3\na/b v1.2.3\n"},
		{"var/www/wp-content/plugins/akismet/akismet.php",
		 "<?php\n/*\n * Plugin Name: Akismet Anti-spam\n * Version: 5.3\n */\n", "akismet 5.3\n"},
		{"var/www/wp-content/plugins/akismet/lib/x.php", "/* Plugin Name: no\nVersion: 1 */", ""},
		{"var/db/pkg/app-arch/bzip2-1.0.8-r4/CONTENTS", "obj /bin/bzip2 x 1\n", "app-arch/bzip2 1.0.8-r4\n"},
		{"snap/x/1/meta/snap.yaml", "name: core\nversion: 16-2.45\n", "core 16-2.45\n"},
		{"snap/x/1/snap/manifest.yaml",
		 "name: x\nprimed-stage-packages:\n- libc6=2.31-0ubuntu9\n- libx:amd64=1\nother:\n- no=1\n",
		 "libc6 2.31-0ubuntu9\nlibx 1\n"},
		{"var/lib/flatpak/app/org.x.Y/current/active/files/share/metainfo/org.x.Y.metainfo.xml",
		 "<component><id>org.x.Y</id><releases><release version=\"2.0\"/><release "
		 "version=\"1.0\"/></releases></component>",
		 "org.x.Y 2.0\n"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

static void locks_of_fewer_users_are_read(void **state)
{
	static const struct row rows[] = {
		{"x/paket.lock",
		 "NUGET\n  remote: x\n    NUnit (2.6.4)\n      NUnit.Console (>= 3.0.0)\nGITHUB\n  remote: a/b\n    "
		 "a/b (1.0)\n",
		 "NUnit 2.6.4\n"},
		{"x/packrat.lock", "PackratFormat: 1.4\n\nPackage: markdown\nSource: CRAN\nVersion: 1.0\n",
		 "markdown 1.0\n"},
		{"x/conda-linux-64.lock", "# x\n@EXPLICIT\nhttps://c/linux-64/libgcc-ng-11.2.0-h1_0.tar.bz2#12\n",
		 "libgcc-ng 11.2.0\n"},
		{"x/conda-lock.yml",
		 "metadata:\n  name: no\npackage:\n- name: zlib\n  version: 1.2.13\n  manager: conda\n  "
		 "dependencies:\n    version: 9\n- name: "
		 "flask\n  version: 2.0\n  manager: pip\n",
		 "zlib 1.2.13\nflask 2.0\n"},
		{"x/rebar.lock",
		 "{\"1.2.0\",\n[{<<\"hg_dep\">>,\n  {hg,\"https://x\",\n "
		 "{ref,\"fc94\"}},0},{<<\"a\">>,{pkg,<<\"b\">>,<<\"1\">>},0}]}.\n",
		 "hg_dep fc94\nb 1\n"},
		{"x/a-1.0-1.rockspec", "package = \"a\"\nversion = \"1.0-1\"\n", "a 1.0-1\n"},
		{"x/environment.yml",
		 "name: x\ndependencies:\n  - conda-forge::numpy=1.24.0=py\n  - pip=21.0\n  - pip:\n    - "
		 "flask==2.0.1\n",
		 "numpy 1.24.0\npip 21.0\nflask 2.0.1\n"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

static void poms_are_read_with_their_properties(void **state)
{
	kit_check("x/pom.xml",
		  "<project xmlns=\"x\"><!-- <dependency> "
		  "--><parent><groupId>p</groupId><version>9</version></parent><artifactId>b</artifactId>"
		  "<properties><v>2.14</v><w>${v}.0</w></"
		  "properties><dependencyManagement><dependencies><dependency><groupId>m</groupId>"
		  "<artifactId>managed</artifactId><version>3.0</version></dependency></dependencies></"
		  "dependencyManagement><dependencies>"
		  "<dependency><groupId>a</groupId><artifactId>one</artifactId><version>${w}</version></dependency>"
		  "<dependency><groupId>m</groupId><artifactId>managed</artifactId></dependency>"
		  "<dependency><groupId>${project.groupId}</groupId><artifactId>own</"
		  "artifactId><version>${project.version}</version></dependency>"
		  "<dependency><groupId>t</groupId><artifactId>test</artifactId><version>[1.0]</version><scope>test</"
		  "scope></dependency>"
		  "<dependency><groupId>r</groupId><artifactId>range</artifactId><version>[1.0,2.0)</version></"
		  "dependency>"
		  "<dependency><groupId>u</groupId><artifactId>unknown</artifactId></dependency></dependencies></"
		  "project>",
		  "a:one 2.14.0\nm:managed 3.0\np:own 9\nt:test 1.0 (dev)\n! seen, not judged: maven packages, 2 named "
		  "without the version "
		  "that will be used: r:range, u:unknown\n");
	kit_check("x/pom.xml", "<project><a>${a}</a><properties><a>${a}</a></properties></project>", "");
	kit_check("x/pom.xml", "<project><dependencies>", "! manifest: not well-formed XML: it ends too early\n");
	kit_check("x/pom.xml", "<project></projects>", "! manifest: not well-formed XML: </projects> closes nothing\n");
	kit_check("x/pom.xml", "words", "! manifest: not well-formed XML: it ends too early\n");
}

/* Nothing read is not nothing found. */
static void what_cannot_be_judged_is_said(void **state)
{
	static const struct row rows[] = {
		{"x/package.json", "{\"dependencies\":{\"a\":\"^1\"}}", RANGES("npm")},
		{"x/package.json", "{\"name\":\"a\"}", ""},
		{"x/node_modules/a/package.json", "{\"dependencies\":{\"a\":\"^1\"}}", ""},
		{"x/composer.json", "{\"require\":{\"a/b\":\"^1\"}}", RANGES("composer")},
		{"x/Gemfile", "gem 'rack'\n", RANGES("gem")},
		{"x/Pipfile", "[packages]\nflask = '*'\n", RANGES("pypi")},
		{"x/pyproject.toml", "[project]\ndependencies = ['a>1']\n", RANGES("pypi")},
		{"x/pyproject.toml", "[tool.black]\n", ""},
		{"x/setup.py", "setup(install_requires=['a'])", RANGES("pypi")},
		{"x/Cargo.toml", "[dependencies]\na = \"1\"\n", RANGES("cargo")},
		{"x/build.gradle.kts", "dependencies { }", RANGES("maven")},
		{"x/mix.exs", "defp deps do", RANGES("hex")},
		{"x/pubspec.yaml", "dependencies:\n  http: ^1\n", RANGES("pub")},
		{"x/Package.swift", ".package(url: \"x\", from: \"1\")", RANGES("swift")},
		{"x/Podfile", "pod 'A', '~> 1'\n", RANGES("cocoapods")},
		{"x/conanfile.txt", "[requires]\nzlib/[>1]\n", RANGES("conan")},
		{"x/bun.lockb", "#!", "! seen, not judged: npm packages, this kind of lock has no reader\n"},
		{"x/vcpkg.json", "{\"dependencies\":[{\"name\":\"zlib\"}]}",
		 "! seen, not judged: vcpkg packages, 1 named without the version that will be used: zlib\n"},
		{"x/a.csproj", "<Project><PackageReference Include=\"A\" Version=\"1.*\"/></Project>",
		 "! seen, not judged: nuget packages, 1 named without the version that will be used: A\n"},
		{"x/go.mod", "words\n", "! manifest: no module line\n"},
		{"x/yarn.lock", "this is not yarn\n[[package]]\n", "! yarn lock: line 1: no entry of a lock of yarn\n"},
		{"x/pnpm-lock.yaml", "words\n", "! pnpm lock: no lockfileVersion\n"},
		{"x/Cargo.lock", "words\n", "! lock file: line 1: not a lock in TOML\n"},
		{"x/Gemfile.lock", "<<<<<<< HEAD\n", "! Gemfile.lock: line 1: no section of a Gemfile.lock\n"},
		{"x/composer.lock", "{}", "! Composer packages: no list of packages\n"},
		{"x/packages.lock.json", "{}", "! packages.lock.json: no dependencies\n"},
		{"x/a.deps.json", "{}", "! deps.json: neither libraries nor a runtime target\n"},
		{"x/package-lock.json", "{}", "! npm lock: neither packages nor dependencies\n"},
		{"x/Pipfile.lock", "{}", "! Pipfile.lock: neither default nor develop\n"},
		{"x/mix.lock", "%{\n  \"bunt\":\n}\n", "! manifest: an entry says nothing of its package\n"},
		{"x/rebar.lock", "words\n", "! manifest: not a list of Erlang\n"},
		{"x/Gemfile.lock", "GEM\n  specs:\n    invalid-name\n",
		 "! Gemfile.lock: line 3: a gem without a version\n"},
		{"x/mix.lock", "words\n", "! manifest: not a map of Elixir\n"},
		{"x/pubspec.lock", "words\n", "! manifest: no packages\n"},
		{"x/Podfile.lock", "words\n", "! manifest: no PODS\n"},
		{"x/gradle.lockfile", "words\n", "! manifest: a line is not GROUP:ARTIFACT:VERSION\n"},
		{"x/Package.resolved", "{}", "! manifest: no list of pins\n"},
		{"x/bun.lock", "{}", "! manifest: neither packages nor workspaces\n"},
	};

	check_rows(rows, ARRAY_LEN(rows));
}

/* Text that is cut anywhere is either read as far as it goes, or an error; never read past its end. */
static void cut_text_is_survived(void **state)
{
	static const char xml[] = "<a b=\"c\"><![CDATA[x]]><!-- y --><?p?><d/></a>";
	static const char json[] = "{\"packages\":{\"a\":[\"a@1\",/*x*/\"\\\"\",],},//\n}";

	for (size_t n = 0; n < sizeof(xml); n++) {
		struct scan_out *o = NULL;
		assert_int_equal(0, scan_out_new(&o));
		char *copy = malloc(n + 1);
		assert_non_null(copy);
		memcpy(copy, xml, n);
		kit_read(o, "pom.xml", copy, n);
		assert_int_equal(n + 1 < sizeof(xml), o->part.remark_count);
		memcpy(copy, json, MIN_OF(n, sizeof(json)));
		kit_read(o, "bun.lock", copy, MIN_OF(n, sizeof(json) - 1));
		free(copy);
		scan_out_free(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(every_other_kind_is_read),
		cmocka_unit_test(locks_of_fewer_users_are_read),
		cmocka_unit_test(poms_are_read_with_their_properties),
		cmocka_unit_test(what_cannot_be_judged_is_said),
		cmocka_unit_test(cut_text_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
