/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of mirrors: what is read, and where a mistake is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "model/mirror-config.h"

#define DOCUMENT(spec)                                                                                                 \
	"{\"apiVersion\":\"skep/v1\",\"kind\":\"DatabaseMirrors\",\"metadata\":{\"name\":\"m\"},\"spec\":{" spec "}}"
#define KEYS "\"keys\":[\"/k\"]"

static int decode(const char *text, struct mirror_config *c, char place[MIRROR_PLACE_MAX], struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = MIRROR_CONFIG_BYTES_MAX, .depth_max = 16};

	assert_int_equal(json_parse(text, strlen(text), limits, &doc, NULL), 0);
	return mirror_config_decode(doc, c, place, e);
}

static void a_document_is_read(void **state)
{
	SCOPED(mirror_config) struct mirror_config c = MIRROR_CONFIG_INIT;
	char place[MIRROR_PLACE_MAX];

	assert_int_equal(
		decode(DOCUMENT(KEYS ",\"sources\":[\"Debian\",\"kev\"],\"maxAgeDays\":\"7\",\"mirrors\":["
				     "{\"name\":\"a\",\"address\":\"http://m/x\",\"insecure\":\"true\",\"ca\":\"c\"},"
				     "{\"address\":\"/srv/m\"}]"),
		       &c, place, NULL),
		0);
	assert_string_equal(place, "");
	assert_string_equal(c.name, "m");
	assert_int_equal(c.max_age_days, 7);
	assert_int_equal(c.sources.count, 2);
	assert_int_equal(c.count, 2);
	assert_true(c.mirrors[0].insecure);
	assert_string_equal(c.mirrors[0].ca, "c");
	assert_string_equal(c.mirrors[1].name, "/srv/m");
}

static void mistakes_have_a_place(void **state)
{
	static const struct {
		const char *text, *place, *words;
	} bad[] = {
		{"[]", "", "object"},
		{"{}", "", "apiVersion"},
		{"{\"kind\":\"BehaviourProfile\"}", "kind", "DatabaseMirrors"},
		{"{\"extra\":1}", "extra", "there are apiVersion"},
		{DOCUMENT(""), "", "spec.keys"},
		{DOCUMENT(KEYS), "", "spec.mirrors"},
		{DOCUMENT("\"key\":[\"/k\"]"), "spec.key", "there are keys"},
		{DOCUMENT("\"keys\":\"/k\""), "spec.keys", "list"},
		{DOCUMENT("\"keys\":[\"/k\",7]"), "spec.keys[1]", "text"},
		{DOCUMENT("\"maxAgeDays\":\"soon\""), "spec.maxAgeDays", "days"},
		{DOCUMENT("\"maxAgeDays\":0"), "spec.maxAgeDays", "days"},
		{DOCUMENT("\"mirrors\":[]"), "spec.mirrors", "list"},
		{DOCUMENT("\"mirrors\":[{}]"), "spec.mirrors[0]", "address"},
		{DOCUMENT("\"mirrors\":[{\"address\":\"/m\"},{\"address\":\"ftp://m\"}]"), "spec.mirrors[1].address",
		 "no address"},
		{DOCUMENT("\"mirrors\":[{\"address\":\"/m\",\"insecure\":7}]"), "spec.mirrors[0].insecure", "true"},
		{DOCUMENT("\"mirrors\":[{\"adress\":\"/m\"}]"), "spec.mirrors[0].adress", "there are name, address"},
		{DOCUMENT("\"mirrors\":[{\"address\":\"http://m/\"}]"), "spec.mirrors[0]", "insecure: true"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct mirror_config c;
		struct err e = {0};
		char place[MIRROR_PLACE_MAX];
		int r = decode(bad[i].text, &c, place, &e);
		if (r != -EINVAL || !str_eq(place, bad[i].place) || !strstr(e.text, bad[i].words))
			print_error("%s: %d %s: %s\n", bad[i].text, r, place, e.text);
		assert_int_equal(r, -EINVAL);
		assert_string_equal(place, bad[i].place);
		assert_non_null(strstr(e.text, bad[i].words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_document_is_read),
					   cmocka_unit_test(mistakes_have_a_place)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
