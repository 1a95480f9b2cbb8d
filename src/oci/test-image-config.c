/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configurations: what is read and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "oci/image-config.h"

#define D "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D "\"]}"

static int decode(const char *text, struct arena *a, struct oci_image_config *c, struct err *e)
{
	return oci_image_config_decode(text, strlen(text), a, c, e);
}

static void reads_all_members(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	struct oci_image_config c;

	assert_int_equal(
		decode("{\"os\":\"linux\",\"architecture\":\"amd64\",\"created\":\"2024-01-01T00:00:00Z\"," ROOTFS
		       ",\"config\":{\"User\":\"1000:5\",\"Env\":[\"A=b\",\"C=\"],\"Entrypoint\":[\"/e\"],\"Cmd\":null,"
		       "\"WorkingDir\":\"/w\",\"Volumes\":{\"/v\":{}},\"ExposedPorts\":{\"80/tcp\":{}},"
		       "\"Labels\":{\"a\":\"1\"},\"StopSignal\":\"SIGINT\"}}",
		       &a, &c, NULL),
		0);
	assert_string_equal(c.user, "1000:5");
	assert_int_equal(c.env.count, 2);
	assert_string_equal(c.env.items[1], "C=");
	assert_int_equal(c.entrypoint.count, 1);
	assert_int_equal(c.cmd.count, 0);
	assert_string_equal(c.working_dir, "/w");
	assert_string_equal(c.volumes.items[0], "/v");
	assert_string_equal(c.label_values.items[0], "1");
	assert_string_equal(c.stop_signal, "SIGINT");
	assert_int_equal(c.diff_id_count, 1);
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{"[]", -EINVAL},
		{"{}", -EOPNOTSUPP},
		{"{\"rootfs\":{\"type\":\"files\"}}", -EOPNOTSUPP},
		{"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"x\"]}}", -EINVAL},
		{"{\"os\":\"windows\"," ROOTFS "}", -EOPNOTSUPP},
		{"{" ROOTFS ",\"config\":{\"Env\":[\"NOVALUE\"]}}", -EINVAL},
		{"{" ROOTFS ",\"config\":{\"Env\":[\"=x\"]}}", -EINVAL},
		{"{" ROOTFS ",\"config\":{\"Env\":[5]}}", -EINVAL},
		{"{" ROOTFS ",\"config\":{\"Env\":[\"A=\\u0000\"]}}", -EINVAL},
		{"{" ROOTFS ",\"config\":{\"Labels\":{\"a\":5}}}", -EINVAL},
		{"{" ROOTFS ",\"config\":{\"User\":7}}", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
		struct oci_image_config c;
		struct err e = {0};
		int r = decode(bad[i].text, &a, &c, &e);
		if (r != bad[i].error)
			print_error("%s: %d %s\n", bad[i].text, r, e.text);
		assert_int_equal(r, bad[i].error);
		assert_true(str_starts_with(e.text, "image configuration: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_all_members), cmocka_unit_test(refuses)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
