/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of text say of files as their ecosystems write them, and of files that are not what they say. */
#include "test-kit.h"

static void dpkg(void **state)
{
	kit_check("var/lib/dpkg/status",
		  "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl (3.0.15-1)\n"
		  "Version: 3.0.15-1~deb12u1\nDescription: x\n y\n .\n\n"
		  "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
		  "Package: half\nStatus: install ok half-configured\nVersion: 2:1.0-1\nSource: other\n",
		  "libssl3 3.0.15-1~deb12u1 <openssl 3.0.15-1\nhalf 2:1.0-1 <other\n");
	kit_check("var/lib/dpkg/status.d/base-files", "Package: base-files\nVersion: 12.4\n", "base-files 12.4\n");
	kit_check("var/lib/dpkg/status", "Package: a\nStatus: install ok installed\n",
		  "! dpkg status: an installed package has no version\n");
	kit_check("var/lib/dpkg/status", "garbage\n",
		  "! dpkg status: a line is neither \"Field: value\" nor a continuation\n");
	kit_check("opt/var/lib/dpkg/status", "Package: a\nVersion: 1\n", "");
}

static void dpkg_files_belong_to_packages(void **state)
{
	struct scan_out *o = NULL;
	struct model_part part;
	const char *list = "/.\n/usr\n/usr/lib/libx.so\n/etc/x.conf\n";

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "var/lib/dpkg/info/x.list", list, strlen(list));
	assert_int_equal(0, scan_out_finish(o, &part, NULL));
	assert_int_equal(1, part.group_count);
	const struct model_part_group *g = &part.groups[0];
	assert_true(model_part_has(g->owned, g->owned_count, model_part_owned_hash("etc/x.conf", 10)));
	/* /lib and /usr/lib are one place. */
	assert_true(model_part_has(g->owned, g->owned_count, model_part_owned_hash("lib/libx.so", 11)));
	assert_false(model_part_has(g->owned, g->owned_count, model_part_owned_hash("etc/y.conf", 10)));
	scan_out_free(o);
}

static void apk(void **state)
{
	kit_check("lib/apk/db/installed",
		  "C:Q1x=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\n"
		  "P:ssl_client\nV:1.36.1-r5\no:busybox\n\n",
		  "musl 1.2.4-r2 <musl\nssl_client 1.36.1-r5 <busybox\n");
	kit_check("lib/apk/db/installed", "P:musl\n\n", "! apk database: a package has no version\n");
}

static void pacman(void **state)
{
	kit_check("var/lib/pacman/local/zlib-1/desc",
		  "%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-2\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n\n%LICENSE%\ncustom\n",
		  "zlib 1:1.3.1-2 <zlib\n");
}

/* What the copyright file of a package says of its licence. */
static void licence(const char *text, const char *expect)
{
	struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "usr/share/doc/x/copyright", text, strlen(text));
	assert_int_equal(*expect ? 1 : 0, o->part.remark_count);
	if (*expect)
		assert_string_equal(expect, o->part.remarks[0].text);
	scan_out_free(o);
}

static void copyright(void **state)
{
#define FORM "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
	licence(FORM "\nFiles: *\nLicense: GPL-2+\n text\n\nLicense: Expat\n\nLicense: GPL-2+\n",
		"GPL-2.0-or-later AND MIT");
	licence(FORM "License: GPL-1+ or Artistic\nLicense: LGPLv2.1 and BSD-3-clause, ISC\n",
		"(GPL-1.0-or-later OR Artistic-1.0-Perl) AND LGPL-2.1-only AND BSD-3-Clause AND ISC");
	licence(FORM "License: MIT or GPL-3\n", "MIT OR GPL-3.0-only");
	licence(FORM "License: GPL-2+ with OpenSSL exception\nLicense:\nLicense: Permission to use\n",
		"GPL-2.0-or-later");
	licence("By me.\nSee /usr/share/common-licenses/GPL-2.\nand /usr/share/common-licenses/Apache-2.0\n",
		"GPL-2.0-only AND Apache-2.0");
	licence("GPL 2 or any later version: '/usr/share/common-licenses/LGPL-2.1'", "LGPL-2.1-or-later");
	licence("/usr/share/common-licenses/GPL", "GPL-1.0-or-later");
	licence("nothing", "");
	licence("", "");
	kit_check("usr/share/doc/x/y/copyright", FORM "License: MIT\n", "");
}

#define PAGE 512

static void put_big(uint8_t *at, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* rpm's header of TEXTS, by the tags from 1000 on; NULL leaves a tag out. Returns its length. */
static size_t make_header(uint8_t *at, const char *const *texts, size_t count)
{
	uint32_t entries = 0, bytes = 0;

	for (size_t i = 0; i < count; i++)
		entries += texts[i] != NULL;
	uint8_t *entry = at + 8, *data = entry + 16 * entries;
	for (size_t i = 0; i < count; i++) {
		if (!texts[i])
			continue;
		put_big(entry, 1000 + (uint32_t)i);
		put_big(entry + 4, 6);
		put_big(entry + 8, bytes);
		put_big(entry + 12, 1);
		memcpy(data + bytes, texts[i], strlen(texts[i]) + 1);
		bytes += (uint32_t)strlen(texts[i]) + 1;
		entry += 16;
	}
	put_big(at, entries);
	put_big(at + 4, bytes);
	return 8 + 16 * entries + bytes;
}

/* A Berkeley DB hash whose values are small enough to lie on the page, one of them without a release. */
static void small_headers_of_rpm_are_packages(void **state)
{
	static const char *const whole[] = {"one", "1.0", "1.el7"}, *const part[] = {"two", "2.0", NULL};
	uint8_t db[2 * PAGE] = {0}, *page = db + PAGE, value[256];
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	size_t at = PAGE;

	memcpy(db + 12, "\x61\x15\x06\x00", 4);
	db[21] = PAGE >> 8;
	page[25] = 13;
	page[20] = 6;
	for (size_t i = 0; i < 3; i++) {
		/* The first value, four bytes, counts packages. */
		size_t len = i ? make_header(value, i == 1 ? whole : part, 3) : 4;
		size_t starts[2] = {at - 5, at - 5 - (len + 1)};
		at = starts[1];
		page[starts[0]] = page[starts[1]] = 1;
		memcpy(page + starts[1] + 1, value, len);
		for (size_t k = 0; k < 2; k++) {
			page[26 + 2 * (2 * i + k)] = (uint8_t)starts[k];
			page[27 + 2 * (2 * i + k)] = (uint8_t)(starts[k] >> 8);
		}
	}
	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "var/lib/rpm/Packages", db, sizeof(db));
	kit_describe(o, &b);
	assert_string_equal("one 1.0-1.el7\ntwo 2.0\n", buf_str(&b));
}

static void a_journal_is_said(void **state)
{
	kit_check("var/lib/rpm/rpmdb.sqlite-wal", "x",
		  "! rpm database's journal: it holds changes that are not in the database; run rpm --rebuilddb when "
		  "building\n");
}

static void release(void **state)
{
	struct scan_out *o = NULL;
	const char *text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n"
			   "VERSION_CODENAME=bookworm\n";

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "usr/lib/os-release", "ID=other\n", 9);
	kit_read(o, "etc/os-release", text, strlen(text));
	kit_read(o, "usr/lib/os-release", "ID=other\n", 9);
	assert_string_equal("debian", o->part.release.id);
	assert_string_equal("12", o->part.release.version_id);
	assert_string_equal("Debian GNU/Linux 12 (bookworm)", o->part.release.pretty_name);
	scan_out_free(o);
}

static void npm(void **state)
{
	kit_check("app/node_modules/lodash/package.json",
		  "{\"name\":\"lodash\",\"version\":\"4.17.4\",\"license\":\"MIT\"}", "lodash 4.17.4\n");
	kit_check("app/node_modules/@a/b/package.json", "{\"name\":\"@a/b\",\"version\":\"1.0.0\"}", "@a/b 1.0.0\n");
	kit_check("app/node_modules/lodash/fp/package.json", "{\"name\":\"x\",\"version\":\"1\"}", "");
	kit_check("app/package.json", "{\"name\":\"app\",\"version\":\"1\"}", "");
	kit_check("app/package-lock.json",
		  "{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"app\",\"version\":\"1.0.0\"},"
		  "\"node_modules/a\":{\"version\":\"1.1.0\"},\"node_modules/a/node_modules/@s/"
		  "b\":{\"version\":\"2.0.0\"},"
		  "\"node_modules/local\":{\"link\":true}}}",
		  "a 1.1.0\n@s/b 2.0.0\n");
	kit_check("app/package-lock.json",
		  "{\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"1.0.0\",\"dependencies\":{\"b\":{"
		  "\"version\":"
		  "\"2.0.0\"}}},\"c\":{\"version\":\"npm:real@3.0.0\"},\"d\":{\"version\":\"git+ssh://x\"}}}",
		  "a 1.0.0\nb 2.0.0\nreal 3.0.0\nd \n");
	kit_check("app/package-lock.json", "[1,", "! npm lock: not valid JSON at byte 3: unexpected end of data\n");
}

static void yarn_and_pnpm(void **state)
{
	kit_check("app/yarn.lock",
		  "# yarn lockfile v1\n\n\n\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":\n  version \"7.2.0\"\n  "
		  "resolved "
		  "\"x\"\n\nlodash@^4.0.0:\n  version \"4.17.4\"\n",
		  "@babel/core 7.2.0\nlodash 4.17.4\n");
	kit_check("app/yarn.lock",
		  "__metadata:\n  version: 6\n\n\"app@workspace:.\":\n  version: "
		  "0.0.0-use.local\n\n\"lodash@npm:^4\":\n  "
		  "version: 4.17.21\n",
		  "lodash 4.17.21\n");
	kit_check("app/pnpm-lock.yaml",
		  "lockfileVersion: '6.0'\n\npackages:\n\n  /lodash@4.17.4:\n    resolution: {}\n\n  "
		  "/@a/b@1.0.0(react@18.0.0):\n    dev: true\n\n  'c@2.0.0':\n    dev: false\nsnapshots:\n  x@1:\n",
		  "lodash 4.17.4\n@a/b 1.0.0 (dev)\nc 2.0.0\n");
	kit_check("app/pnpm-lock.yaml", "packages:\n  /lodash/4.17.4:\n  /a/1.0.0_react@18.0.0:\n",
		  "lodash 4.17.4\na 1.0.0\n");
}

static void python(void **state)
{
	kit_check("usr/lib/python3/dist-packages/Jinja2-3.1.dist-info/METADATA",
		  "Metadata-Version: 2.1\nName: Jinja2\nVersion: 3.1.2\nLicense: BSD-3-Clause\n\nName: not this\n",
		  "Jinja2 3.1.2\n");
	kit_check("x/six.egg-info/PKG-INFO", "Name: six\nVersion: 1.16.0\n", "six 1.16.0\n");
	kit_check("x/six-1.16.egg-info", "Name: six\nVersion: 1.16.0\n", "six 1.16.0\n");
	kit_check("x/a.dist-info/METADATA", "Name: a\n", "! Python metadata: no name or no version\n");
	kit_check("app/requirements.txt",
		  "# words\nflask==2.0.1\nrequests[security] == 2.25.0 ; python_version<'3'\nuvicorn>=0.1\n-r other\n"
		  "star==1.*\npinned===1.0 --hash=x\n",
		  "flask 2.0.1\nrequests 2.25.0\npinned 1.0\n! seen, not judged: pypi packages, 2 named without the "
		  "version that will be used: uvicorn>=0.1, star==1.*\n");
	kit_check("app/Pipfile.lock",
		  "{\"default\":{\"flask\":{\"version\":\"==2.0\"}},\"develop\":{\"x\":{\"git\":\"y\"}}}",
		  "flask 2.0\nx  (dev)\n");
	kit_check("app/poetry.lock",
		  "[[package]]\nname = \"a\"\nversion = \"1.0\"\n\n[package.dependencies]\nname = "
		  "\"no\"\n\n[[package]]\nname "
		  "= \"b\"\nversion = \"2.0\"\n\n[metadata]\nversion = \"9\"\n",
		  "a 1.0\nb 2.0\n");
}

static void others(void **state)
{
	kit_check("app/Cargo.lock",
		  "version = 3\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\nsource = \"x\"\n",
		  "time 0.1.43\n");
	kit_check("usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.3.gemspec",
		  "Gem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.3\"\n  s.licenses = "
		  "[\"MIT\".freeze]\nend\n",
		  "rack 2.2.3\n");
	kit_check("app/Gemfile.lock",
		  "GIT\n  remote: x\n  specs:\n    local (1.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    "
		  "nokogiri "
		  "(1.10.4-x86_64-linux)\n      mini_portile2 (~> 2.4.0)\n    rack (2.2.3)\n\nPLATFORMS\n  ruby\n",
		  "local 1.0\nnokogiri 1.10.4\nrack 2.2.3\n");
	kit_check("app/composer.lock",
		  "{\"packages\":[{\"name\":\"a/b\",\"version\":\"v1.2.3\"}],\"packages-dev\":[{\"name\":\"c/"
		  "d\",\"version\":"
		  "\"2.0\"}]}",
		  "a/b 1.2.3\nc/d 2.0 (dev)\n");
	kit_check("app/vendor/composer/installed.json", "[{\"name\":\"a/b\",\"version\":\"1.0\"}]", "a/b 1.0\n");
	kit_check("app/x.deps.json",
		  "{\"libraries\":{\"App/1.0.0\":{\"type\":\"project\"},\"Newtonsoft.Json/"
		  "12.0.1\":{\"type\":\"package\"}}}",
		  "Newtonsoft.Json 12.0.1\n");
	kit_check("app/packages.lock.json",
		  "{\"dependencies\":{\"net6.0\":{\"Newtonsoft.Json\":{\"type\":\"Direct\",\"resolved\":\"12.0.1\"}}}}",
		  "Newtonsoft.Json 12.0.1\n");
}

/* Each row is what other tools' users met: the name or the version was taken from the wrong place, or not at all. */
static void names_and_versions_come_from_their_own_place(void **state)
{
	static const struct {
		const char *path, *text, *expected;
	} rows[] = {
		{"x/yarn.lock",
		 "__metadata:\n  version: 6\n\n\"alias@npm:lodash@^4\":\n  version: 4.17.4\n  resolution: "
		 "\"lodash@npm:4.17.4\"\n  "
		 "dependencies:\n    version: ^1\n\n\"patched@patch:lodash@npm%3A4.17.15#./p::version=4.17.15\":\n  "
		 "version: 4.17.15\n  "
		 "resolution: \"lodash@patch:lodash@npm%3A4.17.15#./p\"\n\n\"w@workspace:w\":\n  version: "
		 "0.0.0-use.local\n  resolution: "
		 "\"w@workspace:w\"\n",
		 "lodash 4.17.4\nlodash 4.17.15\n"},
		{"x/yarn.lock",
		 "\"@a/b@^2.0.0\":\n  \"integrity\" \"x\"\n  \"version\" \"2.0.0\"\n\n\"c@npm:real@^1\":\n  version "
		 "\"1.0.0\"\n",
		 "@a/b 2.0.0\nreal 1.0.0\n"},
		{"x/package-lock.json",
		 "{\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"https://x/a/-/"
		 "a-1.2.3.tgz\"},\"b\":{\"version\":"
		 "\"git+ssh://x/b.git#01\"},\"@s/c\":{\"version\":\"npm:@t/"
		 "d@2.0.0\",\"dev\":true},\"w\":{\"version\":\"file:w\"}}}",
		 "a 1.2.3\nb \n@t/d 2.0.0 (dev)\n"},
		{"x/package-lock.json",
		 "{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"x\",\"version\":\"1\"},\"node_modules/"
		 "w\":{\"link\":true,\"resolved\":"
		 "\"packages/w\"},\"packages/w\":{\"name\":\"w\",\"version\":\"0.1.0\"},\"node_modules/"
		 "alias\":{\"name\":\"real\",\"version\":"
		 "\"3.0.0\",\"dev\":true}}}",
		 "w 0.1.0\nreal 3.0.0 (dev)\n"},
		{"x/pnpm-lock.yaml",
		 "lockfileVersion: 5.3\npackages:\n\n  /@a/b/1.0.0:\n    dev: true\n\n  registry.example/c/2.0.0:\n    "
		 "dev: false\n\n  "
		 "github.com/o/r/0123:\n    name: r\n    version: 3.0.0\n\n  file:d.tgz:\n    name: d\n    version: "
		 "4.0.0\n",
		 "@a/b 1.0.0 (dev)\nc 2.0.0\nr 3.0.0\nd 4.0.0\n"},
		{"x/pnpm-lock.yaml",
		 "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    x: 1\n---\nlockfileVersion: '9.0'\npackages:\n\n  "
		 "a.b@1.0.0(@c/d@2.0.0):\n"
		 "    resolution: {}\n\n  e@https://codeload.github.com/o/e/tar.gz/0123:\n    resolution: {}\n    "
		 "version: 5.0.0\nsnapshots:\n  "
		 "z@1.0.0: {}\n",
		 "a.b 1.0.0\ne 5.0.0\n"},
		{"x/poetry.lock",
		 "[[package]]\nname = \"first\"\nversion = \"1.0.0\" # words\ncategory = "
		 "\"dev\"\n\n[package.extras]\nname = \"no\"\n\n"
		 "[package.source]\nname = \"mirror\"\nversion = \"9\"\n\n[[package]]\nname = \"second\"\nversion = "
		 "\"2\"\ngroups = [\"main\", "
		 "\"dev\"]\n[[package]]\nname = \"third\"\nversion = \"3\"\ngroups = [\"dev\"]\n",
		 "first 1.0.0 (dev)\nsecond 2\nthird 3 (dev)\n"},
		{"x/Cargo.lock",
		 "[[package]]\nname = \"a\"\nversion = \"1.0.0\" \"\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n",
		 "a 1.0.0\nb 2.0.0\n"},
		{"x/uv.lock",
		 "[[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\ndependencies = [\n    { "
		 "name = \"a\" },\n]\n"
		 "[[package]]\nname = \"a\"\nversion = \"1\"\n",
		 "a 1\n"},
		{"x/requirements-dev.txt",
		 "colorama==0.4.6 ; sys_platform == 'win32'\nattrs==23.1.0 --hash=sha256:00\nidna==3.4 \\\n    "
		 "--hash=sha256:11\n"
		 "a[b] (==1.0)\nc==2.0 --config-settings=\"x==y\"\n",
		 "colorama 0.4.6\nattrs 23.1.0\nidna 3.4\na 1.0\nc 2.0\n"},
		{"x/requirements.txt", "{{ name }}==1.0\nx=={{ version }}\ny=={version}\n",
		 "! seen, not judged: pypi packages, 3 named without the version that will be used: {{ name }}==1.0, "
		 "x=={{ version }}, "
		 "y=={version}\n"},
		{"x/requirements.lock", "a==1.0 -C bar\nb==2.0 text --hash=x\n",
		 "a 1.0\n! seen, not judged: pypi packages, 1 named without the version that will be used: b==2.0 "
		 "text\n"},
		{"x/nested/egg-name/egg-info/PKG-INFO", "Name: a\nVersion: 1.0\n", "a 1.0\n"},
		{"x/DIST-INFO/METADATA", "Name: a\nVersion: 1.0\n", "a 1.0\n"},
		{"x/Gemfile.lock",
		 "GIT\n  remote: x\n  specs:\n    hanami (2.0.0)\n\nPATH\n  remote: .\n  specs:\n    ours (0.1.0)\n    "
		 "  rack\n\nGEM\n  specs:\n    "
		 "rack (2.2.3)\n\nDEPENDENCIES\n  ours!\n",
		 "hanami 2.0.0\nours 0.1.0\nrack 2.2.3\n"},
		{"x/vendor/composer/installed.json",
		 "{\"packages\":[{\"name\":\"a/b\",\"version\":\"v1.0\"},{\"name\":\"c/"
		 "d\",\"version\":\"2\"}],\"dev\":true,"
		 "\"dev-package-names\":[\"c/d\"]}",
		 "a/b 1.0\nc/d 2 (dev)\n"},
		{"x/a.deps.json",
		 "{\"libraries\":{\"runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/"
		 "6.0.1\":{\"type\":\"runtimepack\"}}}",
		 "Microsoft.NETCore.App.Runtime.linux-x64 6.0.1\n"},
		{"x/a-1.0/src/a.egg-info/PKG-INFO", "Name: a\nVersion: 1.0\n", "a 1.0\n"},
		{"x/node_modules/v/package.json", "{\"name\":\"v\",\"version\":\"1\",\"engines\":{\"vscode\":\"^1\"}}",
		 ""},
		{"x/node_modules/u/package.json", "{\"name\":\"u\",\"version\":\"1\",\"unity\":\"2020.1\"}", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		kit_check(rows[i].path, rows[i].text, rows[i].expected);
}

static void requirements_may_be_in_utf_16(void **state)
{
	static const char text[] = "\xff\xfe"
				   "a\0=\0=\0"
				   "1\0\n";
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "requirements.txt", text, sizeof(text));
	kit_describe(o, &b);
	assert_string_equal("a 1\n", buf_str(&b));
}

/* A file that goes on after what was taken as a name must not make a name of megabytes. */
static void long_names_are_cut(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	struct scan_out *o = NULL;

	buf_add_str(&b, "Package: ");
	for (int i = 0; i < 20000; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "\nVersion: 1\n");
	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "var/lib/dpkg/status", buf_str(&b), b.len);
	assert_int_equal(1, o->part.group_count);
	assert_int_equal(SCAN_TEXT_MAX, strlen(o->part.groups[0].packages[0].name));
	scan_out_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dpkg),
		cmocka_unit_test(dpkg_files_belong_to_packages),
		cmocka_unit_test(apk),
		cmocka_unit_test(pacman),
		cmocka_unit_test(copyright),
		cmocka_unit_test(release),
		cmocka_unit_test(small_headers_of_rpm_are_packages),
		cmocka_unit_test(a_journal_is_said),
		cmocka_unit_test(npm),
		cmocka_unit_test(yarn_and_pnpm),
		cmocka_unit_test(python),
		cmocka_unit_test(others),
		cmocka_unit_test(requirements_may_be_in_utf_16),
		cmocka_unit_test(names_and_versions_come_from_their_own_place),
		cmocka_unit_test(long_names_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
