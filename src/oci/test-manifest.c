/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and indexes: what is read, what is refused, and how an index entry is chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "oci/manifest.h"

#define D "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define CONFIG "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" D "\",\"size\":2}"
#define LAYER(media) "{\"mediaType\":\"application/vnd." media "\",\"digest\":\"" D "\",\"size\":3}"
#define HEAD "\"schemaVersion\":2,"
#define ENTRY(extra)                                                                                                   \
	"{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" D "\",\"size\":3" extra "}"

static void reads_a_manifest(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	SCOPED(buf) struct buf b = BUF_INIT(1 << 16);
	struct oci_manifest m, again;
	const char *text = "{" HEAD CONFIG ",\"layers\":[" LAYER("oci.image.layer.v1.tar+gzip") "," LAYER(
		"docker.image.rootfs.diff.tar.gzip") "," LAYER("oci.image.layer.v1.tar+zstd") "]}";

	assert_int_equal(oci_manifest_decode(text, strlen(text), &a, &m, NULL), 0);
	assert_int_equal(m.layer_count, 3);
	assert_int_equal(m.layers[1].media, OCI_MEDIA_LAYER_GZIP);
	assert_int_equal(m.layers[2].media, OCI_MEDIA_LAYER_ZSTD);
	assert_int_equal(m.layers[2].size, 3);
	oci_manifest_encode(&m, &b);
	assert_int_equal(oci_manifest_decode(buf_str(&b), b.len, &a, &again, NULL), 0);
	assert_int_equal(again.layer_count, 3);
	assert_true(digest_equal(&again.config.digest, &m.config.digest));
}

static void refuses_bad_manifests(void **state)
{
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{"[]", -EINVAL},
		{"{" CONFIG ",\"layers\":[]}", -EOPNOTSUPP},
		{"{\"schemaVersion\":1," CONFIG ",\"layers\":[]}", -EOPNOTSUPP},
		{"{" HEAD "\"layers\":[]}", -EINVAL},
		{"{" HEAD CONFIG "}", -EINVAL},
		{"{" HEAD CONFIG ",\"layers\":[],\"manifests\":[]}", -EINVAL},
		{"{" HEAD CONFIG ",\"layers\":[" LAYER("unknown.layer") "]}", -EOPNOTSUPP},
		{"{" HEAD CONFIG ",\"layers\":[{\"digest\":\"" D "\"}]}", -EINVAL},
		{"{" HEAD CONFIG ",\"layers\":[5]}", -EINVAL},
		{"{" HEAD "\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," CONFIG ",\"layers\":[]}",
		 -EOPNOTSUPP},
		{"{" HEAD "\"config\":" LAYER("oci.empty.v1+json") ",\"layers\":[]}", -EOPNOTSUPP},
		{"{" HEAD "\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:../../etc\",\"size\":1},\"layers\":[]}",
		 -EINVAL},
		{"{" HEAD "\"config\":{\"mediaType\":\"a\\u0000b\",\"digest\":\"" D "\",\"size\":1},\"layers\":[]}",
		 -EINVAL},
		{"{" HEAD "\"config\":{\"mediaType\":\"a\",\"digest\":\"" D "\",\"size\":-1},\"layers\":[]}", -ERANGE},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
		struct oci_manifest m;
		struct err e = {0};
		int r = oci_manifest_decode(bad[i].text, strlen(bad[i].text), &a, &m, &e);
		if (r != bad[i].error)
			print_error("%s: %d %s\n", bad[i].text, r, e.text);
		assert_int_equal(r, bad[i].error);
		assert_true(str_starts_with(e.text, "manifest: "));
	}
}

static void reads_an_artifact(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	SCOPED(buf) struct buf b = BUF_INIT(1 << 16);
	struct oci_desc files[] = {{.media_text = "application/octet-stream", .size = 3, .title = "a"},
				   {.media_text = "text/plain", .size = 4, .title = "b"}};
	struct oci_manifest m = {.artifact_type = "application/x", .layers = files, .layer_count = 2}, again;

	assert_int_equal(digest_of(OCI_EMPTY_CONFIG, 2, &m.config.digest), 0);
	files[0].digest = files[1].digest = m.config.digest;
	m.config.size = 2;
	oci_artifact_encode(&m, &b);
	assert_int_equal(oci_artifact_decode(buf_str(&b), b.len, &a, &again, NULL), 0);
	assert_string_equal(again.artifact_type, "application/x");
	assert_non_null(oci_artifact_find(&again, "b"));
	assert_int_equal(oci_artifact_find(&again, "b")->size, 4);
	assert_null(oci_artifact_find(&again, "c"));
	/* It is no image. */
	assert_int_equal(oci_manifest_decode(buf_str(&b), b.len, &a, &again, NULL), -EOPNOTSUPP);
}

static void refuses_too_many_layers(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	struct oci_manifest m;

	buf_add_str(&b, "{" HEAD CONFIG ",\"layers\":[");
	for (int i = 0; i <= OCI_LAYERS_MAX; i++)
		buf_printf(&b, "%s" LAYER("oci.image.layer.v1.tar"), i ? "," : "");
	buf_add_str(&b, "]}");
	assert_int_equal(oci_manifest_decode(buf_str(&b), b.len, &a, &m, NULL), -E2BIG);
}

static int choose(const char *entries, const char *tag, const struct oci_desc **ret, struct arena *a, struct err *e)
{
	char text[4096];
	struct oci_index index;

	snprintf(text, sizeof(text), "{" HEAD "\"manifests\":[%s]}", entries);
	int r = oci_index_decode(text, strlen(text), a, &index, e);
	return r < 0 ? r : oci_index_choose(&index, tag, ret, e);
}

#define NAMED(name) ENTRY(",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" name "\"}")
static void chooses_an_entry(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	const struct oci_desc *d = NULL;
	struct err e = {0};
	const char *two =
		NAMED("v1") ",{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":3,\"digest\":"
			    "\"sha256:0000000000000000000000000000000000000000000000000000000000000000\","
			    "\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}";

	assert_int_equal(choose(NAMED("v1"), "", &d, &a, &e), 0);
	assert_int_equal(choose(two, "v1", &d, &a, &e), 0);
	assert_string_equal(d->ref_name, "v1");
	assert_int_equal(choose(two, NULL, &d, &a, &e), 0);
	assert_string_equal(d->ref_name, "latest");
	assert_int_equal(choose(two, "v9", &d, &a, &e), -ENOENT);
	assert_non_null(strstr(e.text, "v1"));
	assert_int_equal(choose(ENTRY(",\"platform\":{\"os\":\"linux\",\"architecture\":\"vax\"}"), "", &d, &a, &e),
			 -ENOENT);
	assert_int_equal(choose("", "", &d, &a, &e), -ENOENT);
}

static void media_types_come_back(void **state)
{
	for (enum oci_media m = OCI_MEDIA_INDEX; m <= OCI_MEDIA_LAYER_ZSTD; m++)
		assert_int_equal(oci_media_from(oci_media_text(m)), m);
	assert_int_equal(oci_media_from("text/plain"), OCI_MEDIA_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_manifest),  cmocka_unit_test(refuses_bad_manifests),
		cmocka_unit_test(reads_an_artifact), cmocka_unit_test(refuses_too_many_layers),
		cmocka_unit_test(chooses_an_entry),  cmocka_unit_test(media_types_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
