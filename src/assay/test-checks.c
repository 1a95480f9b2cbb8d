/* SPDX-License-Identifier: Apache-2.0 */
/* Every check of an image's configuration fires on its bad example and not on its good one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/checks.h"
#include "base/str.h"

static size_t count_of(const char *rule, const struct oci_image_config *c, const char *name,
		       struct assay_inventory *inv)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct assay_report r = {.name = name};
	size_t found = 0;

	if (inv)
		r.inventory = *inv;
	assert_int_equal(0, assay_checks(c, &a, &r, NULL));
	for (size_t i = 0; i < r.issue_count; i++) {
		found += str_eq(r.issues[i].rule, rule);
		assert_non_null(r.issues[i].fix);
	}
	return found;
}

static size_t of_step(const char *rule, const char *step)
{
	struct oci_history history = {.created_by = step};
	struct oci_image_config c = {.history = &history, .history_count = 1};

	return count_of(rule, &c, "x:1", NULL);
}

static void steps_of_the_build(void **state)
{
	static const struct {
		const char *rule, *bad, *good;
	} rows[] = {
		{"history-secret", "RUN |1 NPM_TOKEN=abc123 /bin/sh -c npm ci",
		 "RUN --mount=type=secret,id=npm npm ci"},
		{"history-secret", "/bin/sh -c DB_PASSWORD=x ./configure",
		 "/bin/sh -c DB_PASSWORD_FILE=/run/s ./configure"},
		{"history-secret", "/bin/sh -c API_KEY=abc make", "/bin/sh -c API_KEY=$KEY make"},
		{"add-url", "ADD https://example.org/x.tar.gz /opt", "ADD x.tar.gz /opt"},
		{"add-url", "/bin/sh -c #(nop) ADD http://example.org/x in /",
		 "ADD --checksum=sha256:00 https://example.org/x /opt"},
		{"pipe-to-shell", "RUN curl -fsSL https://example.org | sh",
		 "RUN curl -o x https://example.org && sha256sum -c x.sum"},
		{"pipe-to-shell", "RUN wget -qO- https://example.org |sudo bash -",
		 "RUN wget -q https://example.org || exit 1"},
		{"unverified-packages", "RUN apt-get install -y --allow-unauthenticated x", "RUN apt-get install -y x"},
		{"unverified-tls", "RUN curl -k https://example.org", "RUN curl https://example.org"},
		{"chmod-777", "RUN chmod -R 777 /app", "RUN chmod 755 /app"},
		{"update-alone", "RUN apt-get update", "RUN apt-get update && apt-get install -y x"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (of_step(rows[i].rule, rows[i].bad) != 1)
			fail_msg("%s does not see: %s", rows[i].rule, rows[i].bad);
		if (of_step(rows[i].rule, rows[i].good) != 0)
			fail_msg("%s sees: %s", rows[i].rule, rows[i].good);
	}
}

static void users(void **state)
{
	static const char *const roots[] = {NULL, "", "root", "0", "0:0", "root:root"};
	static const char *const others[] = {"app", "1000", "1000:0", "rooty"};

	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		struct oci_image_config c = {.user = roots[i]};
		assert_int_equal(1, count_of("root-user", &c, "x:1", NULL));
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct oci_image_config c = {.user = others[i]};
		assert_int_equal(0, count_of("root-user", &c, "x:1", NULL));
	}
}

static void variables_ports_and_the_rest(void **state)
{
	const char *bad[] = {"DB_PASSWORD=hunter2", "AWS_SECRET_ACCESS_KEY=x", "PATH=/bin"};
	const char *good[] = {"DB_PASSWORD_FILE=/run/secrets/db", "TOKEN=", "PASSWORD=${PW}", "PATH=/bin"};
	const char *bad_ports[] = {"22/tcp", "9229"}, *good_ports[] = {"8080/tcp", "2222/tcp"};
	struct oci_image_config b = {.env = {bad, 3}, .exposed_ports = {bad_ports, 2}};
	struct oci_image_config g = {.env = {good, 4}, .exposed_ports = {good_ports, 2}, .has_healthcheck = true};

	assert_int_equal(2, count_of("env-secret", &b, "x:1", NULL));
	assert_int_equal(0, count_of("env-secret", &g, "x:1", NULL));
	assert_int_equal(2, count_of("debug-port", &b, "x:1", NULL));
	assert_int_equal(0, count_of("debug-port", &g, "x:1", NULL));
	assert_int_equal(1, count_of("no-healthcheck", &b, "x:1", NULL));
	assert_int_equal(0, count_of("no-healthcheck", &g, "x:1", NULL));
	assert_int_equal(1, count_of("latest-tag", &g, "registry.example.org:5000/x:latest", NULL));
	assert_int_equal(0, count_of("latest-tag", &g, "registry.example.org:5000/x:1.2", NULL));
}

static void what_lies_in_the_image(void **state)
{
	static const char *const rules[] = {"setuid", "setgid", "world-writable", "shell", "package-manager"};
	struct assay_remark remarks[ARRAY_LEN(rules)] = {0};
	struct assay_package packages[] = {
		{.package = {.type = MODEL_PACKAGE_DEB, .name = "openssh-server", .version = "1"}}};
	struct assay_inventory inv = {
		.remarks = remarks, .remark_count = ARRAY_LEN(rules), .packages = packages, .package_count = 1};
	struct assay_inventory clean = {0};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		remarks[i].remark = (struct model_part_remark){
			.kind = MODEL_REMARK_FILE, .rule = rules[i], .path = "x", .text = "y"};
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		assert_int_equal(1, count_of(rules[i], NULL, "x", &inv));
		assert_int_equal(0, count_of(rules[i], NULL, "x", &clean));
	}
	assert_int_equal(1, count_of("ssh-server", NULL, "x", &inv));
	assert_int_equal(0, count_of("ssh-server", NULL, "x", &clean));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_the_build),
		cmocka_unit_test(users),
		cmocka_unit_test(variables_ports_and_the_rest),
		cmocka_unit_test(what_lies_in_the_image),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
