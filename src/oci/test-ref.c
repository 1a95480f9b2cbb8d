/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references: what is understood, what is refused, and names made from paths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "oci/ref.h"

static void understands_transports(void **state)
{
	static const struct {
		const char *text;
		enum oci_transport transport;
		const char *path, *name, *tag;
	} cases[] = {
		{"web", OCI_TRANSPORT_NAME, "", "web", "latest"},
		{"team/web:1.2", OCI_TRANSPORT_NAME, "", "team/web", "1.2"},
		{"host.example:5000/team/web", OCI_TRANSPORT_NAME, "", "host.example:5000/team/web", "latest"},
		{"localhost/web_x--y.z", OCI_TRANSPORT_NAME, "", "localhost/web_x--y.z", "latest"},
		{"oci:/a/b:c", OCI_TRANSPORT_LAYOUT, "/a/b", "", "c"},
		{"oci:dir", OCI_TRANSPORT_LAYOUT, "dir", "", ""},
		{"oci-archive:x.tar:web:1", OCI_TRANSPORT_OCI_ARCHIVE, "x.tar", "", "web:1"},
		{"docker-archive:x.tar:web:1", OCI_TRANSPORT_DOCKER_ARCHIVE, "x.tar", "web", "1"},
		{"dir:/a:b", OCI_TRANSPORT_DIR, "/a:b", "", ""},
		{"rootfs:/", OCI_TRANSPORT_ROOTFS, "/", "", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oci_ref r;
		struct err e = {0};
		assert_int_equal(oci_ref_parse(cases[i].text, &r, &e), 0);
		assert_int_equal(r.transport, cases[i].transport);
		assert_string_equal(r.path, cases[i].path);
		assert_string_equal(r.name, cases[i].name);
		assert_string_equal(r.tag, cases[i].tag);
	}
}

static void refuses_bad_names(void **state)
{
	static const char *const bad[] = {
		"",	  "Web",	 "web:",       "web:-x", "web/",     "/web",	      "web//x",
		"a..b",	  "a___b",	 "-a",	       "a-",	 "web:a b",  "web@sha256:12", "web@md5:aa",
		"oci:",	  "oci:dir:a b", "http://x/y", "a:b:c",	 "we\x01.b", "host:x/web",    "..",
		"a/../b",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct oci_ref r;
		struct err e = {0};
		int got = oci_ref_parse(bad[i], &r, &e);
		if (got >= 0)
			print_error("accepted: %s\n", bad[i]);
		assert_true(got < 0);
		assert_true(e.text[0] != '\0');
	}
}

static void refuses_long_names(void **state)
{
	char text[400];
	struct oci_ref r;

	memset(text, 'a', sizeof(text));
	text[OCI_REF_NAME_MAX] = '\0';
	assert_int_equal(oci_ref_parse(text, &r, NULL), 0);
	text[OCI_REF_NAME_MAX] = 'a';
	text[OCI_REF_NAME_MAX + 1] = '\0';
	assert_int_equal(oci_ref_parse(text, &r, NULL), -ENAMETOOLONG);
}

static void makes_names_from_paths(void **state)
{
	static const char *const cases[][2] = {
		{"oci:/tmp/My Image", "my-image:latest"},
		{"oci:bb:v1", "bb:v1"},
		{"oci-archive:/x/web.tar.gz", "web:latest"},
		{"oci:dir:team/web:3", "team/web:3"},
		{"dir:///", "image:latest"},
		{"docker-archive:x.tar:web:1", "web:1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oci_ref r, name;
		char text[600];
		assert_int_equal(oci_ref_parse(cases[i][0], &r, NULL), 0);
		assert_int_equal(oci_ref_default_name(&r, &name), 0);
		assert_int_equal(oci_ref_format_name(&name, text, sizeof(text)), 0);
		assert_string_equal(text, cases[i][1]);
	}
}

static void transports_have_names(void **state)
{
	for (enum oci_transport t = OCI_TRANSPORT_NAME; t <= OCI_TRANSPORT_ROOTFS; t++) {
		enum oci_transport back;
		assert_int_equal(oci_transport_from(oci_transport_name(t), &back), 0);
		assert_int_equal(back, t);
	}
	enum oci_transport none;
	assert_int_equal(oci_transport_from("ftp", &none), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_transports), cmocka_unit_test(refuses_bad_names),
		cmocka_unit_test(refuses_long_names),	  cmocka_unit_test(makes_names_from_paths),
		cmocka_unit_test(transports_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
