/* SPDX-License-Identifier: Apache-2.0 */
/* Layers on top of each other: what is hidden, who brought what, and what belongs to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assay/inventory.h"

#define HASHES_MAX 16

struct layer {
	struct model_part part;
	struct model_part_group groups[8];
	struct model_package packages[8];
	uint64_t names[HASHES_MAX], opaques[HASHES_MAX], folders[HASHES_MAX], owned[HASHES_MAX];
};

static struct layer *new_layers(size_t count)
{
	struct layer *l = calloc(count, sizeof(*l));

	assert_non_null(l);
	return l;
}

static void add(struct layer *l, const char *path, enum model_package_type type, const char *name, const char *version)
{
	size_t n = l->part.group_count++;

	l->packages[n] = (struct model_package){.type = type, .name = name, .version = version, .path = path};
	l->groups[n] = (struct model_part_group){.path = path,
						 .packages = &l->packages[n],
						 .package_count = 1,
						 .kind = type == MODEL_PACKAGE_DEB ? MODEL_GROUP_DATABASE
										   : MODEL_GROUP_INSTALLED};
	l->part.groups = l->groups;
}

static void add_number(uint64_t *list, size_t *count, uint64_t hash)
{
	size_t at = (*count)++;

	for (; at && list[at - 1] > hash; at--)
		list[at] = list[at - 1];
	list[at] = hash;
}

static void add_hash(uint64_t *list, size_t *count, const char *path)
{
	add_number(list, count, model_part_path_hash(path, strlen(path)));
}

static void add_owned(uint64_t *list, size_t *count, const char *path)
{
	add_number(list, count, model_part_owned_hash(path, strlen(path)));
}

static void has_file(struct layer *l, const char *path)
{
	add_hash(l->names, &l->part.name_count, path);
	l->part.names = l->names;
}

static size_t merge(struct layer *layers, size_t count, struct arena *a, struct assay_inventory *ret)
{
	struct model_part parts[8];

	for (size_t i = 0; i < count; i++)
		parts[i] = layers[i].part;
	struct model_part *kept = arena_array(a, count, sizeof(*kept));
	assert_non_null(kept);
	memcpy(kept, parts, count * sizeof(*kept));
	assert_int_equal(0, assay_inventory_make(kept, count, a, ret, NULL));
	return ret->package_count;
}

static void a_later_layer_hides(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct layer *l = new_layers(2);
	struct assay_inventory inv;

	add(&l[0], "app/node_modules/a/package.json", MODEL_PACKAGE_NPM, "a", "1");
	add(&l[0], "app/node_modules/b/package.json", MODEL_PACKAGE_NPM, "b", "1");
	add(&l[0], "opt/c/package.json", MODEL_PACKAGE_NPM, "c", "1");
	add(&l[0], "opt/d/package.json", MODEL_PACKAGE_NPM, "d", "1");
	assert_int_equal(4, merge(l, 2, &a, &inv));
	/* A whiteout of the file, of a folder above it; a link where the folder was. */
	has_file(&l[1], "app/node_modules/a/package.json");
	assert_int_equal(3, merge(l, 2, &a, &inv));
	has_file(&l[1], "opt/c");
	assert_int_equal(2, merge(l, 2, &a, &inv));
	assert_string_equal("b", inv.packages[0].package.name);
	assert_string_equal("d", inv.packages[1].package.name);
	add_hash(l[1].opaques, &l[1].part.opaque_count, "opt");
	l[1].part.opaques = l[1].opaques;
	assert_int_equal(1, merge(l, 2, &a, &inv));
	/* A folder where the file was. */
	add_hash(l[1].folders, &l[1].part.folder_count, "app/node_modules/b/package.json");
	l[1].part.folders = l[1].folders;
	assert_int_equal(0, merge(l, 2, &a, &inv));
	free(l);
}

static void who_brought_a_package(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct layer *l = new_layers(3);
	struct assay_inventory inv;

	for (int i = 0; i < 3; i++) {
		add(&l[i], "var/lib/dpkg/status", MODEL_PACKAGE_DEB, "openssl", i == 0 ? "1" : "2");
		has_file(&l[i], "var/lib/dpkg/status");
	}
	assert_int_equal(1, merge(l, 3, &a, &inv));
	assert_string_equal("2", inv.packages[0].package.version);
	assert_int_equal(1, inv.packages[0].package.layer);
	free(l);
}

static void what_packages_own_is_not_found_again(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct layer *l = new_layers(2);
	struct assay_inventory inv;
	struct model_part_program programs[2] = {{.path = "usr/bin/owned", .needed = "", .note = ""},
						 {.path = "usr/bin/free", .needed = "", .note = ""}};

	add(&l[0], "usr/share/x.jar!/in.jar", MODEL_PACKAGE_MAVEN, "g:a", "1");
	add(&l[0], "opt/y.jar", MODEL_PACKAGE_MAVEN, "g:b", "1");
	l[0].part.programs = programs;
	l[0].part.program_count = 2;
	add(&l[1], "var/lib/dpkg/info/x.list", MODEL_PACKAGE_DEB, "x", "1");
	add_owned(l[1].owned, &l[1].groups[0].owned_count, "usr/share/x.jar");
	add_owned(l[1].owned, &l[1].groups[0].owned_count, "bin/owned"); /* /usr/bin is /bin */
	l[1].groups[0].owned = l[1].owned;
	assert_int_equal(2, merge(l, 2, &a, &inv));
	assert_string_equal("x", inv.packages[0].package.name);
	assert_string_equal("g:b", inv.packages[1].package.name);
	assert_int_equal(1, inv.program_count);
	assert_string_equal("usr/bin/free", inv.programs[0].program.path);
	free(l);
}

static void what_was_found_stays_in_its_layer(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct layer *l = new_layers(2);
	struct assay_inventory inv;
	struct model_part_remark remarks[] = {
		{.kind = MODEL_REMARK_SECRET, .rule = "r", .path = "root/.key", .text = ""},
		{.kind = MODEL_REMARK_MALWARE, .rule = "m", .path = "root/.key", .text = ""},
		{.kind = MODEL_REMARK_MALWARE, .rule = "m", .path = "root/seen", .text = ""},
		{.kind = MODEL_REMARK_UNREAD, .rule = MODEL_GAP_MALWARE, .path = "bin/su", .text = ""},
		{.kind = MODEL_REMARK_UNREAD, .rule = MODEL_GAP_PACKAGES, .path = "bin/su", .text = ""},
		{.kind = MODEL_REMARK_FILE, .rule = "setuid", .path = "bin/su", .text = ""}};

	l[0].part.remarks = remarks;
	l[0].part.remark_count = ARRAY_LEN(remarks);
	has_file(&l[1], "root/.key");
	has_file(&l[1], "bin/su");
	merge(l, 2, &a, &inv);
	assert_int_equal(4, inv.remark_count);
	assert_int_equal(MODEL_REMARK_SECRET, inv.remarks[0].remark.kind);
	assert_true(inv.remarks[0].hidden);
	assert_int_equal(MODEL_REMARK_MALWARE, inv.remarks[1].remark.kind);
	assert_true(inv.remarks[1].hidden);
	assert_false(inv.remarks[2].hidden);
	assert_string_equal("malware", assay_gap(&inv.remarks[3].remark));
	assert_int_equal(1, inv.grave);
	free(l);
}

/* A lock, in the folder of a manifest or above it, says which versions are used; so does what is installed. */
static void locks_settle_manifests(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(1u << 20);
	struct layer *l = new_layers(2);
	struct assay_inventory inv;
	struct model_part_remark remarks[] = {
		{.kind = MODEL_REMARK_UNREAD,
		 .rule = MODEL_GAP_UNPINNED "cargo",
		 .path = "app/part/Cargo.toml",
		 .text = ""},
		{.kind = MODEL_REMARK_UNREAD, .rule = MODEL_GAP_UNPINNED "npm", .path = "app/package.json", .text = ""},
		{.kind = MODEL_REMARK_UNREAD, .rule = MODEL_GAP_UNPINNED "npm", .path = "package.json", .text = ""},
		{.kind = MODEL_REMARK_UNREAD,
		 .rule = MODEL_GAP_UNPINNED "pypi",
		 .path = "app/requirements.txt",
		 .text = ""},
		{.kind = MODEL_REMARK_UNREAD, .rule = MODEL_GAP_UNPINNED "pypi", .path = "other/setup.py", .text = ""}};

	l[0].part.remarks = remarks;
	l[0].part.remark_count = ARRAY_LEN(remarks);
	merge(l, 2, &a, &inv);
	assert_int_equal(ARRAY_LEN(remarks), inv.grave);
	assert_string_equal("packages", assay_gap(&inv.remarks[0].remark));
	add(&l[1], "app/Cargo.lock", MODEL_PACKAGE_CARGO, "a", "1");
	l[1].groups[0].kind = MODEL_GROUP_LOCK;
	merge(l, 2, &a, &inv);
	assert_int_equal(4, inv.grave);
	add(&l[1], "app/node_modules/a/package.json", MODEL_PACKAGE_NPM, "a", "1");
	l[1].groups[1].kind = MODEL_GROUP_INSTALLED;
	merge(l, 2, &a, &inv);
	assert_int_equal(3, inv.grave);
	/* What is pinned in the manifest itself says nothing of the rest. */
	add(&l[0], "app/requirements.txt", MODEL_PACKAGE_PYPI, "a", "1");
	l[0].groups[0].kind = MODEL_GROUP_LOCK;
	merge(l, 2, &a, &inv);
	assert_int_equal(3, inv.grave);
	add(&l[0], "app/poetry.lock", MODEL_PACKAGE_PYPI, "a", "1");
	l[0].groups[1].kind = MODEL_GROUP_LOCK;
	merge(l, 2, &a, &inv);
	assert_int_equal(2, inv.grave);
	/* A lock that a later layer removed settles nothing. */
	has_file(&l[1], "app/poetry.lock");
	merge(l, 2, &a, &inv);
	assert_int_equal(3, inv.grave);
	/* pip installs in a place of its own, whoever asks for it. */
	add(&l[0], "usr/lib/python3/site-packages/a.dist-info/METADATA", MODEL_PACKAGE_PYPI, "a", "1");
	l[0].groups[2].kind = MODEL_GROUP_INSTALLED;
	merge(l, 2, &a, &inv);
	assert_int_equal(1, inv.grave);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_layer_hides),
		cmocka_unit_test(who_brought_a_package),
		cmocka_unit_test(what_packages_own_is_not_found_again),
		cmocka_unit_test(what_was_found_stays_in_its_layer),
		cmocka_unit_test(locks_settle_manifests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
