/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration to start from is one that the decoder takes, and is as strict as it says.
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
#include "runtime/container.h"

static void decode(bool rootless, struct oci_spec *spec)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	struct err e = {0};

	assert_int_equal(container_spec_json(rootless, &b), 0);
	assert_int_equal(oci_spec_decode(buf_str(&b), b.len, spec, &e), 0);
}

static void it_reads_back_strict(void **state)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};

	decode(false, &spec);
	assert_true(spec.root_readonly && spec.process.no_new_privileges && spec.process.terminal);
	assert_true(spec.process.capabilities.inheritable == 0 && spec.process.capabilities.ambient == 0);
	assert_int_equal(__builtin_popcountll(spec.process.capabilities.bounding), 3);
	assert_non_null(oci_spec_namespace(&spec, OCI_NS_PID));
	assert_null(oci_spec_namespace(&spec, OCI_NS_USER));
}

static void without_privilege_it_maps_the_caller(void **state)
{
	SCOPED(oci_spec) struct oci_spec spec = {0};

	decode(true, &spec);
	assert_non_null(oci_spec_namespace(&spec, OCI_NS_USER));
	assert_int_equal(spec.linux_.uid_mappings.count, 1);
	assert_int_equal(spec.linux_.uid_mappings.at[0].host_id, geteuid());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_back_strict),
		cmocka_unit_test(without_privilege_it_maps_the_caller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
