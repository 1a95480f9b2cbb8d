/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: blobs are checked on the way in, names and ids find images, removing keeps what others need, and what a
 * crash left behind is swept.
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
#include <sys/stat.h>

#include "base/path.h"
#include "oci/source.h"
#include "oci/store.h"
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

static void put(const struct oci_tmp *t, const char *text, size_t len, struct digest *ret)
{
	assert_int_equal(digest_of(text, len, ret), 0);
	assert_int_equal(path_write_file(t->fd, digest_hex(ret), text, len, 0644, false), 0);
}

/* An image of one layer with a file of this content. */
static struct digest add_image(struct oci_store *s, const char *content, const char *name)
{
	SCOPED(buf) struct buf layer = BUF_INIT(1 << 16);
	struct digest layer_digest, config, manifest;
	struct oci_image image = {0};
	struct oci_tmp t;
	char text[2048];

	make_tar(&layer, &(struct make_entry){.path = "x", .content = content}, 1);
	assert_int_equal(oci_store_tmp(s, &t, NULL), 0);
	put(&t, layer.data, layer.len, &layer_digest);
	snprintf(text, sizeof(text), "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}", layer_digest.text);
	put(&t, text, strlen(text), &config);
	snprintf(text, sizeof(text),
		 "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/"
		 "vnd.oci.image.config.v1+json\",\"digest\":\"%s\","
		 "\"size\":1},\"layers\":[{\"mediaType\":\"application/"
		 "vnd.oci.image.layer.v1.tar\",\"digest\":\"%s\",\"size\":9}]}",
		 config.text, layer_digest.text);
	put(&t, text, strlen(text), &manifest);
	assert_int_equal(oci_store_adopt_blobs(s, &t, NULL), 0);
	oci_store_tmp_drop(s, &t);
	assert_int_equal(oci_store_add_image(s, &manifest, name, &image, NULL), 0);
	oci_image_done(&image);
	return manifest;
}

static void refuses_a_blob_that_lies(void **state)
{
	SCOPED_PTR(oci_store) struct oci_store *s = NULL;
	struct oci_tmp t;
	struct err e = {0};
	struct digest d;

	assert_int_equal(oci_store_open(root, &s, NULL), 0);
	assert_int_equal(oci_store_tmp(s, &t, NULL), 0);
	put(&t, "good", 4, &d);
	assert_int_equal(path_write_file(t.fd, digest_hex(&d), "evil", 4, 0644, false), 0);
	assert_int_equal(oci_store_adopt_blobs(s, &t, &e), -EBADMSG);
	assert_int_equal(unlinkat(t.fd, digest_hex(&d), 0), 0);
	/* A link of the worker's making must not be hashed as if it were the blob. */
	assert_int_equal(symlinkat("/etc/passwd", t.fd, digest_hex(&d)), 0);
	assert_int_equal(oci_store_adopt_blobs(s, &t, &e), -EBADMSG);
	oci_store_tmp_drop(s, &t);
}

static void finds_and_removes(void **state)
{
	SCOPED_PTR(oci_store) struct oci_store *s = NULL;
	SCOPED(oci_image) struct oci_image a = {0}, b = {0}, by_id = {0}, gone = {0};
	struct err e = {0};
	char text[300];
	bool deleted = false;
	int fd = -1;

	assert_int_equal(oci_store_open(root, &s, NULL), 0);
	struct digest manifest = add_image(s, "one", "one:1");
	add_image(s, "one", "uno:1");
	add_image(s, "two", "two:latest");
	assert_int_equal(oci_store_find(s, "one:1", &a, &e), 0);
	assert_int_equal(a.names.count, 2);
	assert_int_equal(oci_store_find(s, "two", &b, &e), 0);
	snprintf(text, sizeof(text), "%.8s", a.id);
	assert_int_equal(oci_store_find(s, text, &by_id, &e), 0);
	assert_string_equal(by_id.id, a.id);
	oci_image_done(&by_id);
	by_id = (struct oci_image){0};
	snprintf(text, sizeof(text), "one@%s", manifest.text);
	assert_int_equal(oci_store_find(s, text, &by_id, &e), 0);
	assert_int_equal(oci_store_find(s, "three", &gone, &e), -ENOENT);
	assert_non_null(strstr(e.text, "three:latest"));

	assert_int_equal(oci_store_remove(s, "uno:1", &deleted, &e), 0);
	assert_false(deleted);
	assert_int_equal(oci_store_pin(s, "c0ffee", &a, &e), 0);
	assert_int_equal(oci_store_remove(s, "one:1", &deleted, &e), -EBUSY);
	assert_int_equal(oci_store_unpin(s, "c0ffee", &e), 0);
	assert_int_equal(oci_store_remove(s, "one:1", &deleted, &e), 0);
	assert_true(deleted);
	assert_int_equal(oci_store_find(s, "one:1", &gone, &e), -ENOENT);
	assert_true(oci_store_open_blob(s, &manifest, &fd, &e) < 0);
	assert_int_equal(oci_store_open_blob(s, &b.manifest, &fd, &e), 0);
	close(fd);
}

static void layers_have_slots_of_their_own_bytes(void **state)
{
	SCOPED_PTR(oci_store) struct oci_store *s = NULL;
	SCOPED(oci_image) struct oci_image a = {0}, b = {0};
	struct oci_tmp t;
	int fd = -1;

	assert_int_equal(oci_store_open(root, &s, NULL), 0);
	add_image(s, "one", "one:1");
	add_image(s, "two", "two:1");
	assert_int_equal(oci_store_find(s, "one:1", &a, NULL), 0);
	assert_int_equal(oci_store_find(s, "two:1", &b, NULL), 0);
	assert_string_not_equal(a.layers.items[0], b.layers.items[0]);
	assert_int_equal(oci_store_open_layer(s, a.layers.items[0], &fd, NULL), -ENOENT);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(oci_store_tmp(s, &t, NULL), 0);
		assert_int_equal(path_write_file(t.fd, "x", "1", 1, 0644, false), 0);
		assert_int_equal(oci_store_publish_layer(s, &t, a.layers.items[0], NULL), 0);
	}
	assert_int_equal(oci_store_open_layer(s, a.layers.items[0], &fd, NULL), 0);
	close(fd);
}

static void sweeps_what_a_crash_left(void **state)
{
	struct oci_store *s = NULL, *second = NULL;
	struct oci_tmp t;
	struct stat st;
	char path[200];

	assert_int_equal(oci_store_open(root, &s, NULL), 0);
	assert_int_equal(oci_store_tmp(s, &t, NULL), 0);
	assert_int_equal(path_write_file(t.fd, "half", "1", 1, 0644, false), 0);
	snprintf(path, sizeof(path), "%s/tmp/%s/half", root, t.name);
	/* Another process must not sweep while this one works. */
	assert_int_equal(oci_store_open(root, &second, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	oci_store_free(second);
	close(t.fd);
	oci_store_free(s);
	assert_int_equal(oci_store_open(root, &s, NULL), 0);
	assert_true(stat(path, &st) < 0);
	oci_store_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refuses_a_blob_that_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_and_removes, setup, teardown),
		cmocka_unit_test_setup_teardown(layers_have_slots_of_their_own_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(sweeps_what_a_crash_left, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
