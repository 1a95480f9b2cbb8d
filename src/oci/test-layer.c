/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers applied to a real folder: what arrives, how whiteouts look, and that hostile archives write nothing outside.
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
#include <sys/xattr.h>

#include "base/path.h"
#include "base/str.h"
#include "oci/layer.h"
#include "test-make.h"

/* base/outside is what an attack would write to, base/layer what it may. */
struct place {
	char base[64];
	int base_fd, fd;
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	snprintf(p->base, sizeof(p->base), "/tmp/skep-layer-XXXXXX");
	assert_non_null(mkdtemp(p->base));
	p->base_fd = open(p->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(p->base_fd, "layer", 0755), 0);
	assert_int_equal(mkdirat(p->base_fd, "outside", 0755), 0);
	p->fd = openat(p->base_fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	close(p->fd);
	close(p->base_fd);
	assert_int_equal(path_remove_tree(AT_FDCWD, p->base), 0);
	free(p);
	return 0;
}

static int apply_on(int fd, int lower, const struct make_entry *made, size_t count, struct oci_layer_result *result,
		    struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);
	SCOPED_PTR(oci_stream) struct oci_stream *s = NULL;
	struct oci_layer_job job = {.target_fd = fd, .lower_fds = &lower, .lower_count = lower >= 0};

	make_tar(&b, made, count);
	assert_int_equal(oci_stream_open_memory(b.data, b.len, &s, NULL), 0);
	return oci_layer_apply(s, &job, result, e);
}

static int apply(struct place *p, const struct make_entry *made, size_t count, struct oci_layer_result *result,
		 struct err *e)
{
	return apply_on(p->fd, -1, made, count, result, e);
}

static struct stat stat_of(int fd, const char *path)
{
	struct stat st = {.st_mode = 0};

	assert_int_equal(fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void writes_files_with_attributes(void **state)
{
	static const struct make_entry made[] = {
		{.path = "./", .type = '5', .mode = 0711},
		{.path = "./a/", .type = '5', .mode = 0750, .uid = 3},
		{.path = "a/suid", .content = "#!", .mode = 04755, .uid = 5, .gid = 6, .pax = "SCHILY.xattr.user.k=v"},
		{.path = "a/hard", .type = '1', .link = "./a/suid"},
		{.path = "a/soft", .type = '2', .link = "/etc/passwd"},
		{.path = "a/pipe", .type = '6'},
		{.path = "dev/mem", .type = '3'},
		{.path = "a/sparse", .content = "data", .pax = "GNU.sparse.size=1000000|GNU.sparse.map=0,4"},
		{.path = "a/evil", .content = "x", .pax = "SCHILY.xattr.trusted.overlay.redirect=/"},
	};
	struct place *p = *state;
	struct oci_layer_result result;
	struct err e = {0};
	char value[8];

	int r = apply(p, made, ARRAY_LEN(made), &result, &e);
	if (r < 0)
		print_error("%s\n", e.text);
	assert_int_equal(r, 0);
	assert_int_equal(stat_of(p->fd, ".").st_mode & 07777, 0711);
	struct stat st = stat_of(p->fd, "a/suid");
	assert_int_equal(st.st_mode & 07777, 04755);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(st.st_gid, 6);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st.st_mtime, 1000000000);
	assert_int_equal(stat_of(p->fd, "a").st_mtime, 1000000000);
	assert_int_equal(stat_of(p->fd, "a").st_uid, 3);
	assert_true(S_ISLNK(stat_of(p->fd, "a/soft").st_mode));
	assert_true(S_ISFIFO(stat_of(p->fd, "a/pipe").st_mode));
	assert_int_equal(stat_of(p->fd, "a/sparse").st_size, 1000000);
	assert_true(stat_of(p->fd, "a/sparse").st_blocks < 100);
	assert_int_equal(result.skipped_devices, 1);
	assert_int_equal(result.skipped_xattrs, 1);
	char path[128];
	snprintf(path, sizeof(path), "%s/layer/a/suid", p->base);
	assert_int_equal(getxattr(path, "user.k", value, sizeof(value)), 1);
	snprintf(path, sizeof(path), "%s/layer/a/evil", p->base);
	assert_true(getxattr(path, "trusted.overlay.redirect", value, sizeof(value)) < 0);
}

static void whiteouts_take_overlay_form(void **state)
{
	static const struct make_entry made[] = {
		{.path = "d/", .type = '5'},
		{.path = "d/.wh.gone"},
		{.path = "o/", .type = '5'},
		{.path = "o/.wh..wh..opq"},
		{.path = "o/new", .content = "n"},
		{.path = "own", .content = "x"},
		{.path = ".wh.own"},
		{.path = ".wh.dir"},
		{.path = "dir/", .type = '5'},
		{.path = ".wh..wh.plnk/1.2"},
	};
	struct place *p = *state;
	struct oci_layer_result result;
	struct err e = {0};
	char path[128], value[8];

	assert_int_equal(apply(p, made, ARRAY_LEN(made) - 1, &result, &e), 0);
	struct stat st = stat_of(p->fd, "d/gone");
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
	assert_true(S_ISREG(stat_of(p->fd, "own").st_mode));
	assert_true(S_ISREG(stat_of(p->fd, "o/new").st_mode));
	snprintf(path, sizeof(path), "%s/layer/o", p->base);
	assert_int_equal(getxattr(path, "trusted.overlay.opaque", value, sizeof(value)), 1);
	/* A folder in place of what was removed hides all of it. */
	snprintf(path, sizeof(path), "%s/layer/dir", p->base);
	assert_int_equal(getxattr(path, "trusted.overlay.opaque", value, sizeof(value)), 1);
}

static void takes_missing_folders_from_below(void **state)
{
	static const struct make_entry below[] = {
		{.path = "tmp/", .type = '5', .mode = 01777, .uid = 9},
		{.path = "lib", .type = '2', .link = "usr/lib"},
		{.path = "usr/lib/", .type = '5', .mode = 0700},
	};
	static const struct make_entry above[] = {{.path = "tmp/x", .content = "1"}, {.path = "lib/y", .content = "2"}};
	struct place *p = *state;
	struct oci_layer_result result;
	struct err e = {0};

	assert_int_equal(apply(p, below, ARRAY_LEN(below), &result, &e), 0);
	assert_int_equal(mkdirat(p->base_fd, "second", 0755), 0);
	scoped_fd int second = openat(p->base_fd, "second", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(apply_on(second, p->fd, above, ARRAY_LEN(above), &result, &e), 0);
	assert_int_equal(stat_of(second, "tmp").st_mode & 07777, 01777);
	assert_int_equal(stat_of(second, "tmp").st_uid, 9);
	assert_int_equal(stat_of(second, "usr/lib").st_mode & 07777, 0700);
	assert_true(S_ISREG(stat_of(second, "usr/lib/y").st_mode));
	struct stat st;
	assert_true(fstatat(second, "lib", &st, AT_SYMLINK_NOFOLLOW) < 0);
}

/* Whatever happens, nothing may appear outside the layer. */
static void assert_nothing_outside(struct place *p)
{
	struct stat st;

	assert_true(fstatat(p->base_fd, "outside/x", &st, AT_SYMLINK_NOFOLLOW) < 0);
	assert_true(fstatat(p->base_fd, "x", &st, AT_SYMLINK_NOFOLLOW) < 0);
	assert_int_equal(stat_of(p->base_fd, "outside").st_mode & 07777, 0755);
}

static void hostile_paths_stay_inside(void **state)
{
	struct place *p = *state;
	char absolute[128];

	snprintf(absolute, sizeof(absolute), "%s/outside", p->base);
	const struct make_entry attacks[][3] = {
		{{.path = "../outside/x", .content = "x"}},
		{{.path = "a/../../outside/x", .content = "x"}},
		{{.path = "l", .type = '2', .link = "../outside"}, {.path = "l/x", .content = "x"}},
		{{.path = "l", .type = '2', .link = absolute}, {.path = "l/x", .content = "x"}},
		{{.path = "l", .type = '2', .link = "../outside"}, {.path = "l", .content = "x"}},
		{{.path = "l", .type = '2', .link = "../outside/x"}, {.path = "l", .content = "x"}},
		{{.path = "l", .type = '2', .link = "../outside"}, {.path = "l/", .type = '5', .mode = 0777}},
		{{.path = "h", .type = '1', .link = "../outside"}},
		{{.path = "l", .type = '2', .link = ".."}, {.path = "h", .type = '1', .link = "l/outside"}},
		{{.path = ".wh..."}},
		{{.path = ".wh.."}},
		{{.path = "a/.wh."}},
		{{.path = "l", .type = '2', .link = ".."}, {.path = "l/.wh.outside"}},
		{{.path = "l", .type = '2', .link = "m"},
		 {.path = "m", .type = '2', .link = "l"},
		 {.path = "l/x", .content = "x"}},
		{{.path = "l", .type = '2', .link = "/proc/self/root"}, {.path = "l/x", .content = "x"}},
		{{.path = "/", .content = "x"}},
		{{.path = "f", .content = "x"}, {.path = "f/x", .content = "x"}},
		{{.path = "h", .type = '1', .link = "absent"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
		struct oci_layer_result result;
		struct err e = {0};
		size_t count = 0;
		while (count < 3 && attacks[i][count].path)
			count++;
		int r = apply(p, attacks[i], count, &result, &e);
		assert_nothing_outside(p);
		if (r < 0)
			assert_true(e.text[0] != '\0');
		/* Links are followed inside the image; only what cannot be meant is an error. */
		if (i < 2 || (i >= 7 && i <= 11) || i == 13 || i >= 15)
			assert_true(r < 0);
		close(p->fd);
		assert_int_equal(path_remove_tree(p->base_fd, "layer"), 0);
		assert_int_equal(mkdirat(p->base_fd, "layer", 0755), 0);
		p->fd = openat(p->base_fd, "layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
}

static void refuses_too_deep_folders(void **state)
{
	char path[2 * (OCI_LAYER_DEPTH_MAX + 8) + 1], record[sizeof(path) + 8];
	struct place *p = *state;
	struct oci_layer_result result;
	struct err e = {0};

	for (size_t i = 0; i < sizeof(path) - 1; i++)
		path[i] = i % 2 ? '/' : 'd';
	path[sizeof(path) - 2] = 'x';
	path[sizeof(path) - 1] = '\0';
	snprintf(record, sizeof(record), "path=%s", path);
	assert_int_equal(apply(p, &(struct make_entry){.path = "x", .content = "x", .pax = record}, 1, &result, &e),
			 -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_files_with_attributes, setup, teardown),
		cmocka_unit_test_setup_teardown(whiteouts_take_overlay_form, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_missing_folders_from_below, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_paths_stay_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_too_deep_folders, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
