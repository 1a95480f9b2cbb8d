/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs, written and read again, and those that other tools write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/purl.h"

static const struct {
	struct model_package package;
	struct model_release release;
	const char *url;
} rows[] = {
	{{.type = MODEL_PACKAGE_DEB,
	  .name = "libssl3",
	  .version = "1:3.0-1~deb12u1+b2",
	  .source_name = "openssl",
	  .source_version = "3.0-1",
	  .arch = "amd64"},
	 {.id = "debian", .version_id = "12"},
	 "pkg:deb/debian/libssl3@1:3.0-1~deb12u1%2Bb2?arch=amd64&distro=debian-12&upstream=openssl%403.0-1"},
	{{.type = MODEL_PACKAGE_APK, .name = "musl", .version = "1.2.4-r2"},
	 {.id = "alpine", .version_id = "3.18.4"},
	 "pkg:apk/alpine/musl@1.2.4-r2?distro=alpine-3.18.4"},
	{{.type = MODEL_PACKAGE_RPM, .name = "bind", .version = "32:9.11-1.el8", .arch = "x86_64"},
	 {.id = "rhel", .version_id = "8.9"},
	 "pkg:rpm/redhat/bind@9.11-1.el8?arch=x86_64&distro=rhel-8.9&epoch=32"},
	{{.type = MODEL_PACKAGE_NPM, .name = "@babel/core", .version = "7.0.0"}, {0}, "pkg:npm/%40babel/core@7.0.0"},
	{{.type = MODEL_PACKAGE_GOLANG, .name = "github.com/a/b", .version = "v1.0.0"},
	 {0},
	 "pkg:golang/github.com/a/b@v1.0.0"},
	{{.type = MODEL_PACKAGE_MAVEN, .name = "org.a:b", .version = "1.0"}, {0}, "pkg:maven/org.a/b@1.0"},
	{{.type = MODEL_PACKAGE_COMPOSER, .name = "a/b", .version = "1.0"}, {0}, "pkg:composer/a/b@1.0"},
	{{.type = MODEL_PACKAGE_PYPI, .name = "jinja2", .version = "3.1"}, {0}, "pkg:pypi/jinja2@3.1"},
	{{.type = MODEL_PACKAGE_GEM, .name = "rack", .version = ""}, {0}, "pkg:gem/rack"},
};

static void same(const char *a, const char *b)
{
	assert_string_equal(a ? a : "-", b ? b : "-");
}

static void both_ways(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(MODEL_PURL_MAX);
		SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
		struct model_package p = {0};
		struct model_release r;
		model_purl_format(&rows[i].package, &rows[i].release, &b);
		assert_string_equal(rows[i].url, buf_str(&b));
		assert_int_equal(0, model_purl_parse(buf_str(&b), &a, &p, &r));
		assert_int_equal(rows[i].package.type, p.type);
		same(rows[i].package.name, p.name);
		same(rows[i].package.version, p.version);
		same(rows[i].package.source_name, p.source_name);
		same(rows[i].package.source_version, p.source_version);
		same(rows[i].package.arch, p.arch);
		same(rows[i].release.version_id, r.version_id);
	}
}

static void as_others_write_them(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct model_package p = {0};
	struct model_release r;

	assert_int_equal(0, model_purl_parse("pkg:NPM/@babel/core@7.0.0#sub/path", &a, &p, &r));
	assert_string_equal("@babel/core", p.name);
	assert_string_equal("7.0.0", p.version);
	assert_int_equal(0, model_purl_parse("pkg:rpm/fedora/curl@7.50-1?upstream=curl-7.50-1.src.rpm", &a, &p, &r));
	assert_string_equal("curl", p.source_name);
	assert_int_equal(-EOPNOTSUPP, model_purl_parse("pkg:oci/x/y@1", &a, &p, &r));
	assert_int_equal(-EINVAL, model_purl_parse("npm/x", &a, &p, &r));
	assert_int_equal(-EINVAL, model_purl_parse("pkg:npm/x@%zz", &a, &p, &r));
	assert_int_equal(-EINVAL, model_purl_parse("pkg:npm/", &a, &p, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways), cmocka_unit_test(as_others_write_them)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
