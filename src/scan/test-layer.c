/* SPDX-License-Identifier: Apache-2.0 */
/* Layers and folders: what is kept of them, what hides what, and what a hostile one comes to. */
#include "test-kit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/scratch.h"

/* One ustar header and its content, padded. */
static void add_entry(struct buf *b, const char *path, char type, unsigned mode, const char *link, const char *content)
{
	char head[512] = {0};
	size_t len = content ? strlen(content) : 0;
	unsigned sum = 0;

	snprintf(head, 100, "%s", path);
	snprintf(head + 100, 8, "%07o", mode);
	snprintf(head + 108, 8, "%07o", 0);
	snprintf(head + 116, 8, "%07o", 0);
	snprintf(head + 124, 12, "%011o", (unsigned)len);
	snprintf(head + 136, 12, "%011o", 0);
	memset(head + 148, ' ', 8);
	head[156] = type;
	snprintf(head + 157, 100, "%s", link ? link : "");
	memcpy(head + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(head); i++)
		sum += (unsigned char)head[i];
	snprintf(head + 148, 8, "%06o", sum);
	buf_add(b, head, sizeof(head));
	buf_add(b, content, len);
	while (b->len % 512 && !buf_error(b))
		buf_add_char(b, '\0');
	assert_int_equal(0, buf_error(b));
}

static int scan(struct buf *b, struct scan_out **ret, struct err *e)
{
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	struct scan_options options = {.packages = true, .programs = true, .files = true, .scratch_fd = -1};
	char end[1024] = {0};

	buf_add(b, end, sizeof(end));
	assert_int_equal(0, scan_out_new(ret));
	assert_int_equal(0, oci_stream_open_memory(b->data, b->len, &s, NULL));
	return scan_layer(s, &options, *ret, e);
}

static bool has(const uint64_t *list, size_t count, const char *path)
{
	return model_part_has(list, count, model_part_path_hash(path, strlen(path)));
}

static void a_layer_says_what_it_hides(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	struct model_part p;

	add_entry(&b, "./etc/", '5', 0755, NULL, NULL);
	add_entry(&b, "./etc/.wh.gone", '0', 0644, NULL, "");
	add_entry(&b, "opt/.wh..wh..opq", '0', 0644, NULL, "");
	add_entry(&b, "/app//link", '2', 0777, "x", NULL);
	add_entry(&b, "app/node_modules/a/package.json", '0', 0644, NULL, "{\"name\":\"a\",\"version\":\"1\"}");
	add_entry(&b, "app/node_modules/b/package.json", '1', 0644, "app/node_modules/a/package.json", NULL);
	add_entry(&b, "bin/su", '0', 04755, NULL, "x");
	assert_int_equal(0, scan(&b, &o, NULL));
	assert_int_equal(0, scan_out_finish(o, &p, NULL));
	assert_true(has(p.names, p.name_count, "etc/gone"));
	assert_true(has(p.names, p.name_count, "app/link"));
	assert_false(has(p.names, p.name_count, "etc"));
	assert_true(has(p.folders, p.folder_count, "etc"));
	assert_true(has(p.opaques, p.opaque_count, "opt"));
	assert_int_equal(2, p.group_count); /* the hard link says the same under its own name */
	assert_string_equal("app/node_modules/b/package.json", p.groups[1].path);
	assert_int_equal(1, p.remark_count);
	assert_string_equal("setuid", p.remarks[0].rule);
}

static void paths_that_lead_out_are_refused(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	struct err e = {0};

	add_entry(&b, "a/../../etc/passwd", '0', 0644, NULL, "x");
	assert_int_equal(-EXDEV, scan(&b, &o, &e));
}

static void damage_is_said(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	struct err e = {0};

	add_entry(&b, "a", '0', 0644, NULL, "x");
	b.data[10] = 'z'; /* the checksum is wrong now */
	assert_int_equal(-EBADMSG, scan(&b, &o, &e));
}

static void write_file(int root, const char *path, const char *text, mode_t mode)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(strlen(text), write(fd, text, strlen(text)));
	assert_int_equal(0, fchmod(fd, mode));
	close(fd);
}

static void a_folder_is_read_without_what_packages_own(void **state)
{
	static const char *const folders[] = {"var", "var/lib",		 "var/lib/dpkg",       "var/lib/dpkg/info",
					      "app", "app/node_modules", "app/node_modules/a", "app/node_modules/b"};
	struct scan_options options = {.packages = true, .scratch_fd = -1};
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	char path[SCRATCH_PATH_MAX];
	int root = scratch_make(path);

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		assert_int_equal(0, mkdirat(root, folders[i], 0755));
	write_file(root, "var/lib/dpkg/status", "Package: node-a\nStatus: install ok installed\nVersion: 1\n", 0644);
	write_file(root, "var/lib/dpkg/info/node-a.list", "/app/node_modules/a/package.json\n", 0644);
	write_file(root, "app/node_modules/a/package.json", "{\"name\":\"a\",\"version\":\"1\"}", 0644);
	write_file(root, "app/node_modules/b/package.json", "{\"name\":\"b\",\"version\":\"2\"}", 0644);
	assert_int_equal(0, symlinkat("/etc/passwd", root, "app/node_modules/yarn.lock"));
	assert_int_equal(0, scan_out_new(&o));
	assert_int_equal(0, scan_folder(root, &options, o, NULL));
	kit_describe(o, &b);
	assert_string_equal("node-a 1\nb 2\n", buf_str(&b));
	scratch_remove(path, root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_layer_says_what_it_hides),
		cmocka_unit_test(paths_that_lead_out_are_refused),
		cmocka_unit_test(damage_is_said),
		cmocka_unit_test(a_folder_is_read_without_what_packages_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
