/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: read, refused by name, and written in one form whatever the order they came in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/profile.h"

#define HEAD "{\"apiVersion\":\"skep/v1\",\"kind\":\"BehaviourProfile\",\"metadata\":{\"name\":\"web\"},\"spec\":{"
#define TAIL "}}"

static int decode(const char *text, struct profile *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	assert_int_equal(json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, e), 0);
	return profile_decode(doc, ret, e);
}

static void one_form(void **state)
{
	static const char *const same[] = {
		HEAD "\"syscalls\":[\"write\",\"read\",\"read\"],\"users\":[33,0],\"mode\":\"alert\","
		     "\"limits\":{\"processes\":20,\"memory\":\"64m\"},\"allowDegraded\":false,"
		     "\"files\":{\"write\":[\"/tmp/**\"],\"read\":[\"/etc/*.conf\",\"/app\"],\"create\":[]},"
		     "\"programs\":[{\"path\":\"/usr/bin/b\"},{\"parents\":[\"/bin/sh\"],\"path\":\"/bin/a\"}]" TAIL,
		HEAD "\"mode\":\"alert\",\"programs\":[{\"path\":\"/bin/a\",\"parents\":[\"/bin/sh\"]},{\"path\":\"/"
		     "usr/bin/b\"}],"
		     "\"files\":{\"read\":[\"/app\",\"/etc/*.conf\"],\"write\":[\"/tmp/**\"]},"
		     "\"syscalls\":[\"read\",\"write\"],\"users\":[\"0\",\"33\"],"
		     "\"limits\":{\"memory\":67108864,\"processes\":20}" TAIL,
	};
	SCOPED(buf) struct buf first = BUF_INIT(1 << 16);

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(buf) struct buf out = BUF_INIT(1 << 16);
		struct err e = {0};
		if (decode(same[i], &p, &e) < 0)
			fail_msg("%s", err_text(&e));
		profile_encode(&p, i ? &out : &first);
		if (i)
			assert_string_equal(buf_str(&out), buf_str(&first));
		assert_int_equal(p.mode, PROFILE_ALERT);
		assert_int_equal(p.limits.memory_bytes, 64 << 20);
		assert_int_equal(p.lists[PROFILE_SYSCALLS].count, 2);
		assert_string_equal(p.programs[0].path, "/bin/a");
	}
	assert_null(strchr(buf_str(&first), ' '));
}

static void parts_have_modes(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf out = BUF_INIT(1 << 16);
	struct err e = {0};

	/* The whole's mode may come behind those of its parts. */
	assert_int_equal(decode(HEAD
				"\"modes\":{\"network\":\"alert\",\"files\":\"enforce\"},\"mode\":\"observe\"" TAIL,
				&p, &e),
			 0);
	assert_int_equal(p.modes[PROFILE_NETWORK], PROFILE_ALERT);
	assert_int_equal(p.modes[PROFILE_FILES], PROFILE_ENFORCE);
	assert_int_equal(p.modes[PROFILE_CALLS], PROFILE_OBSERVE);
	profile_encode(&p, &out);
	assert_non_null(strstr(buf_str(&out), "\"modes\":{\"files\":\"enforce\",\"network\":\"alert\"}"));
	profile_set_mode(&p, PROFILE_ENFORCE);
	buf_reset(&out);
	profile_encode(&p, &out);
	assert_null(strstr(buf_str(&out), "modes"));
}

static void mistakes_are_named(void **state)
{
	static const char *const rows[][2] = {
		{"{}", "apiVersion: skep/v1"},
		{"[]", "kind BehaviourProfile is expected"},
		{"{\"apiVersion\":\"skep/v2\",\"kind\":\"BehaviourProfile\",\"spec\":{}}",
		 "apiVersion: \"skep/v1\" is expected"},
		{"{\"apiVersion\":\"skep/v1\",\"kind\":\"BehaviourProfile\",\"spec\":{}}", "metadata.name is needed"},
		{HEAD "\"modes\":1" TAIL, "spec: \"modes\" is no member"},
		{HEAD "\"modes\":{\"disk\":\"alert\"}" TAIL, "spec: modes: \"disk\" has no mode"},
		{HEAD "\"modes\":{\"files\":\"off\"}" TAIL, "files: \"off\" is none of observe, alert and enforce"},
		{HEAD "\"mode\":\"strict\"" TAIL, "spec: mode: \"strict\" is none of"},
		{HEAD "\"files\":{\"reed\":[]}" TAIL, "spec: files: \"reed\" is no member of files"},
		{HEAD "\"files\":{\"read\":[\"/a\",\"etc\"]}" TAIL,
		 "spec: files: read: [1]: \"etc\" is no absolute path"},
		{HEAD "\"files\":{\"read\":[\"/a/../b\"]}" TAIL, "no absolute path"},
		{HEAD "\"network\":{\"connect\":[\"tcp 1.2.3.4\"]}" TAIL, "is no endpoint"},
		{HEAD "\"network\":{\"connect\":[\"tcp 1.2.3.4/33 80\"]}" TAIL, "is no endpoint"},
		{HEAD "\"network\":{\"connect\":[\"tcp any 80-70\"]}" TAIL, "is no endpoint"},
		{HEAD "\"capabilities\":[\"CAP_CHOWN\"]" TAIL, "NET_BIND_SERVICE"},
		{HEAD "\"namespaces\":[\"usr\"]" TAIL, "is none of cgroup, ipc"},
		{HEAD "\"memory\":[\"all\"]" TAIL, "write-execute"},
		{HEAD "\"users\":[-1]" TAIL, "no number of a user"},
		{HEAD "\"limits\":{\"memory\":\"lots\"}" TAIL, "limits: memory: \"lots\" is no amount"},
		{HEAD "\"programs\":[{\"digest\":\"sha256:0\"}]" TAIL, "programs: [0]: digest"},
		{HEAD "\"programs\":[{}]" TAIL, "a program needs a path"},
		{HEAD "\"allowDegraded\":\"maybe\"" TAIL, "true or false"},
		{HEAD "\"syscalls\":[\"a\\nb\"]" TAIL, "in one line"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		struct err e = {0};
		if (decode(rows[i][0], &p, &e) >= 0 || !strstr(err_text(&e), rows[i][1]))
			fail_msg("%s: \"%s\", expected \"%s\"", rows[i][0], err_text(&e), rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_form), cmocka_unit_test(parts_have_modes),
					   cmocka_unit_test(mistakes_are_named)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
