/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What cannot be honoured is refused by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "validate.h"

#define FRAME(linux_part)                                                                                              \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/"                            \
	"\",\"args\":[\"sh\"]},\"linux\":{" linux_part "}}"
#define MOUNT "\"namespaces\":[{\"type\":\"mount\"}]"

static int check(const char *text, struct err *e)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};

	assert_int_equal(oci_spec_decode(text, strlen(text), &spec, e), 0);
	return validate_spec(&spec, e);
}

static void a_plain_container_is_fine(void **state)
{
	struct err e = {0};
	assert_int_equal(check(FRAME(MOUNT), &e), 0);
	assert_int_equal(check(FRAME("\"namespaces\":[]"), &e), 0);
}

static void settings_without_their_namespace_are_refused(void **state)
{
	static const struct {
		const char *text, *names;
	} bad[] = {
		{FRAME("\"namespaces\":[],\"maskedPaths\":[\"/proc/kcore\"]"), "new mount namespace"},
		{FRAME("\"namespaces\":[],\"readonlyPaths\":[\"/proc/sys\"]"), "new mount namespace"},
		{FRAME("\"namespaces\":[{\"type\":\"mount\",\"path\":\"/proc/1/ns/mnt\"}],"
		       "\"maskedPaths\":[\"/proc/kcore\"]"),
		 "new mount namespace"},
		{FRAME(MOUNT "},\"domainname\":\"a\",\"x\":{"), "UTS"},
		{FRAME("\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"}],"
		       "\"sysctl\":{\"kernel.domainname\":\"b\"}},\"domainname\":\"a\",\"x\":{"),
		 "both set"},
		{FRAME(MOUNT ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}"), "network"},
		{FRAME(MOUNT ",\"sysctl\":{\"kernel.shmmax\":\"1\"}"), "ipc"},
		{FRAME(MOUNT ",\"sysctl\":{\"kernel/core_pattern\":\"x\"}"), "core_pattern"},
		{FRAME(MOUNT ",\"sysctl\":{\"net.ipv4.conf..all\":\"1\"}"), "not a kernel setting"},
		{FRAME(MOUNT ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]"), "user namespace"},
		{FRAME("\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]"), "uidMappings"},
		{FRAME(MOUNT ",\"timeOffsets\":{\"boottime\":{\"secs\":1}}"), "time namespace"},
		{FRAME(MOUNT ",\"rootfsPropagation\":\"sideways\""), "rootfsPropagation"},
		{FRAME(MOUNT ",\"intelRdt\":{\"closID\":\"x\"}"), "intelRdt"},
		{FRAME(MOUNT ",\"netDevices\":{\"eth0\":{}}"), "network namespace"},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = {0};
		if (check(bad[i].text, &e) == 0 || !strstr(e.text, bad[i].names))
			fail_msg("%s: %s", bad[i].text, e.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_container_is_fine),
		cmocka_unit_test(settings_without_their_namespace_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
