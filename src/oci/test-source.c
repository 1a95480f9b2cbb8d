/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading images out of folders and archives: docker's archive with links between layers, and archives that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "oci/manifest.h"
#include "oci/source.h"
#include "test-make.h"
#include "test/scratch.h"

static char root[SCRATCH_PATH_MAX];
static int root_fd;

static int setup(void **state)
{
	root_fd = scratch_make(root);
	return root_fd < 0;
}

static int teardown(void **state)
{
	return scratch_remove(root, root_fd);
}

static int read_archive(const char *ref_text, const struct make_entry *made, size_t count,
			struct oci_source_result *result, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	SCOPED_PTR(oci_tree) struct oci_tree *tree = NULL;
	struct oci_ref ref;
	scoped_fd int out = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int archive = memfd_create("archive", MFD_CLOEXEC);

	make_tar(&b, made, count);
	assert_int_equal(fd_write_all(archive, b.data, b.len), 0);
	assert_int_equal(oci_ref_parse(ref_text, &ref, NULL), 0);
	int r = oci_tree_open(archive, out, &tree, e);
	struct oci_source_job job = {.ref = &ref, .tree = tree, .blobs_fd = out, .have_fd = -1};
	return r < 0 ? r : oci_source_read(&job, result, e);
}

#define CONFIG "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D "\",\"" D "\"]}}"
#define D "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SAVED(config, layers) "[{\"Config\":\"" config "\",\"RepoTags\":[\"web:1\"],\"Layers\":[" layers "]}]"

static void reads_docker_archives(void **state)
{
	static const struct make_entry made[] = {
		{.path = "c.json", .content = CONFIG},
		{.path = "a/layer.tar", .content = "layer"},
		{.path = "b/layer.tar", .type = '2', .link = "../a/layer.tar"},
		{.path = "manifest.json", .content = SAVED("c.json", "\"a/layer.tar\",\"b/layer.tar\"")},
	};
	SCOPED(arena) struct arena a = ARENA_INIT(1 << 20);
	SCOPED(buf) struct buf b = BUF_INIT(1 << 16);
	struct oci_source_result result;
	struct oci_manifest m;
	struct err e = {0};
	scoped_fd int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(read_archive("docker-archive:x:web:1", made, ARRAY_LEN(made), &result, &e), 0);
	assert_string_equal(result.names, "web:1");
	assert_int_equal(path_read_file(dir, digest_hex(&result.manifest), &b), 0);
	assert_int_equal(oci_manifest_decode(buf_str(&b), b.len, &a, &m, NULL), 0);
	assert_int_equal(m.layer_count, 2);
	assert_true(digest_equal(&m.layers[0].digest, &m.layers[1].digest));
	assert_int_equal(read_archive("docker-archive:x:web:2", made, ARRAY_LEN(made), &result, &e), -ENOENT);
}

static void refuses_what_does_not_fit(void **state)
{
	const struct make_entry cases[][3] = {
		{{.path = "x", .content = "x"}},
		{{.path = "manifest.json", .content = "{}"}},
		{{.path = "manifest.json", .content = SAVED("c.json", "\"l\"")}},
		{{.path = "manifest.json", .content = SAVED("c.json", "")}, {.path = "c.json", .content = CONFIG}},
		{{.path = "manifest.json", .content = SAVED("c.json", "\"l\"")},
		 {.path = "l", .type = '2', .link = "../../etc/passwd"},
		 {.path = "c.json", .content = CONFIG}},
		{{.path = "manifest.json", .content = SAVED("c.json", "\"l\"")},
		 {.path = "l", .type = '2', .link = "l"}},
		{{.path = "manifest.json", .content = SAVED("c.json", "\"../etc/passwd\"")}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct oci_source_result result;
		struct err e = {0};
		size_t count = 0;
		while (count < 3 && cases[i][count].path)
			count++;
		assert_true(read_archive("docker-archive:x", cases[i], count, &result, &e) < 0);
		assert_true(e.text[0] != '\0');
	}
}

static void refuses_a_wrong_digest(void **state)
{
	char index[1024], path[200];
	const char *manifest = "{\"schemaVersion\":2}";
	struct oci_source_result result;
	struct err e = {0};

	snprintf(index, sizeof(index),
		 "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		 "\"digest\":\"" D "\",\"size\":1}]}");
	snprintf(path, sizeof(path), "blobs/sha256/%s", strchr(D, ':') + 1);
	const struct make_entry made[] = {
		{.path = "oci-layout", .content = "{\"imageLayoutVersion\":\"1.0.0\"}"},
		{.path = "index.json", .content = index},
		{.path = path, .content = manifest},
	};
	assert_int_equal(read_archive("oci-archive:x", made, ARRAY_LEN(made), &result, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "damaged"));
}

static void folders_do_not_lead_out(void **state)
{
	SCOPED_PTR(oci_tree) struct oci_tree *tree = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(1 << 16);
	struct err e = {0};
	scoped_fd int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(symlinkat("/etc/passwd", dir, "absolute"), 0);
	assert_int_equal(symlinkat("../../etc/passwd", dir, "relative"), 0);
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(oci_tree_open(dir, dir, &tree, &e), 0);
	assert_true(oci_tree_read(tree, "absolute", &b, &e) < 0);
	assert_true(oci_tree_read(tree, "relative", &b, &e) < 0);
	assert_true(oci_tree_read(tree, "../../etc/passwd", &b, &e) < 0);
	assert_int_equal(oci_tree_read(tree, "fifo", &b, &e), -EINVAL);
	assert_int_equal(oci_tree_read(tree, "absent", &b, &e), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_docker_archives, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_does_not_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_a_wrong_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(folders_do_not_lead_out, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
