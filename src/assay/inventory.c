/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers on top of each other. A path is hidden when a layer above has something of that name, a file or link where one
 * of its folders was, or a folder whose content below is hidden. Which files belong to packages is known only when all
 * of that is settled.
 */
#include "assay/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "licence.h"

struct merge {
	const struct model_part *parts;
	const struct model_part_group ***by_path; /* for each part: its groups by path, then by order */
	size_t count;
	struct arena *arena;
	uint64_t *owned; /* sorted */
	size_t owned_count;
	const char **names; /* of dpkg's packages, sorted */
	size_t name_count;
	uint64_t *covered; /* folders whose packages of a type a lock pins, sorted */
	size_t covered_count;
};

static bool hidden_by(const struct model_part *p, const char *path, size_t len)
{
	uint64_t whole = model_part_path_hash(path, len);

	if (!p->name_count && !p->folder_count && !p->opaque_count)
		return false;
	if (model_part_has(p->names, p->name_count, whole) || model_part_has(p->folders, p->folder_count, whole))
		return true;
	for (size_t i = 0; i < len; i++) {
		if (i && path[i] != '/')
			continue;
		uint64_t above = model_part_path_hash(path, i);
		if (model_part_has(p->opaques, p->opaque_count, above) ||
		    (i && model_part_has(p->names, p->name_count, above)))
			return true;
	}
	return false;
}

/* "a.war!/b.jar" lies in the file a.war; only what is read out of archives has such a path. */
static size_t file_len(const struct model_part_group *g)
{
	bool archive = g->package_count && g->packages[0].type == MODEL_PACKAGE_MAVEN;
	const char *inside = archive ? strstr(g->path, "!/") : NULL;

	return inside ? (size_t)(inside - g->path) : strlen(g->path);
}

static bool is_hidden(const struct merge *m, size_t layer, const char *path, size_t len)
{
	for (size_t i = layer + 1; i < m->count; i++)
		if (hidden_by(&m->parts[i], path, len))
			return true;
	return false;
}

static int compare_groups(const void *a, const void *b)
{
	const struct model_part_group *const *x = a, *const *y = b;
	int r = strcmp((*x)->path, (*y)->path);

	return r ? r : *x < *y ? -1 : *x > *y;
}

static int compare_optional(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_plain(const void *a, const void *b)
{
	const struct model_package *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (r == 0)
		r = strcmp(x->version, y->version);
	return r ? r : compare_optional(x->arch, y->arch);
}

/* Groups by path, and the packages of each by name, to be looked up. */
static int index_groups(struct merge *m)
{
	m->by_path = ARENA_ARRAY(m->arena, m->count ? m->count : 1, const struct model_part_group **);
	for (size_t i = 0; m->by_path && i < m->count; i++) {
		const struct model_part *p = &m->parts[i];
		m->by_path[i] = ARENA_ARRAY(m->arena, p->group_count + 1, const struct model_part_group *);
		if (!m->by_path[i])
			return -ENOMEM;
		for (size_t k = 0; k < p->group_count; k++)
			m->by_path[i][k] = &p->groups[k];
		for (size_t k = 0; k < p->group_count; k++)
			if (p->groups[k].package_count > 1)
				qsort(p->groups[k].packages, p->groups[k].package_count, sizeof(*p->groups[k].packages),
				      compare_plain);
		qsort(m->by_path[i], p->group_count, sizeof(*m->by_path[i]), compare_groups);
	}
	return m->by_path ? 0 : -ENOMEM;
}

/* What the file PATH of a layer says; of one that was written twice, the later. NULL when it was not read. */
static const struct model_part_group *group_of(const struct merge *m, size_t layer, const char *path)
{
	size_t low = 0, high = m->parts[layer].group_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(m->by_path[layer][middle]->path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low && str_eq(m->by_path[layer][low - 1]->path, path) ? m->by_path[layer][low - 1] : NULL;
}

/* ---- what belongs to packages ---- */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* dpkg's packages by name: a list of files in info is believed only when its package is installed. */
static int gather_names(struct merge *m)
{
	size_t count = 0;

	for (size_t pass = 0; pass < 2; pass++) {
		if (pass == 1 && !(m->names = ARENA_ARRAY(m->arena, count + 1, const char *)))
			return -ENOMEM;
		for (size_t i = 0; i < m->count; i++)
			for (size_t k = 0; k < m->parts[i].group_count; k++) {
				const struct model_part_group *g = &m->parts[i].groups[k];
				if (!g->package_count || g->packages[0].type != MODEL_PACKAGE_DEB ||
				    g->kind != MODEL_GROUP_DATABASE || is_hidden(m, i, g->path, strlen(g->path)))
					continue;
				for (size_t n = 0; pass == 1 && n < g->package_count; n++)
					m->names[m->name_count++] = g->packages[n].name;
				count += pass == 0 ? g->package_count : 0;
			}
	}
	qsort(m->names, m->name_count, sizeof(*m->names), compare_names);
	return 0;
}

static bool is_of_package(const struct merge *m, const char *path)
{
	char name[MODEL_PART_NAME_MAX];
	const char *key = name;

	if (!model_part_list_of(path, name))
		return true;
	return m->name_count && bsearch(&key, m->names, m->name_count, sizeof(*m->names), compare_names);
}

static bool says_ownership(const struct merge *m, size_t layer, const struct model_part_group *g)
{
	return g->owned_count && !is_hidden(m, layer, g->path, strlen(g->path)) && is_of_package(m, g->path);
}

static int gather_owned(struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].group_count; k++)
			if (says_ownership(m, i, &m->parts[i].groups[k]))
				count += m->parts[i].groups[k].owned_count;
	m->owned = ARENA_ARRAY(m->arena, count ? count : 1, uint64_t);
	if (!m->owned)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].group_count; k++) {
			const struct model_part_group *g = &m->parts[i].groups[k];
			if (!says_ownership(m, i, g))
				continue;
			memcpy(m->owned + m->owned_count, g->owned, g->owned_count * sizeof(*g->owned));
			m->owned_count += g->owned_count;
		}
	model_part_sort(m->owned, m->owned_count);
	return 0;
}

static bool is_owned(const struct merge *m, const char *path, size_t len)
{
	return model_part_has(m->owned, m->owned_count, model_part_owned_hash(path, len));
}

/* ---- packages ---- */

static bool has_package(const struct model_part_group *g, const struct model_package *wanted)
{
	return g->package_count && bsearch(wanted, g->packages, g->package_count, sizeof(*g->packages), compare_plain);
}

/* A database is written whole by every layer that changes it: who brought a package is the first of those that had it. */
static uint32_t origin_of(const struct merge *m, size_t layer, const struct model_package *p)
{
	size_t origin = layer;

	if (!model_package_is_os(p->type))
		return (uint32_t)layer;
	for (size_t i = layer; i-- > 0;) {
		const struct model_part_group *g = group_of(m, i, p->path);
		if (g && has_package(g, p))
			origin = i;
		else if (g || hidden_by(&m->parts[i], p->path, strlen(p->path)))
			break;
	}
	return (uint32_t)origin;
}

static int compare_packages(const void *a, const void *b)
{
	const struct assay_package *x = a, *y = b;
	int r = (int)x->package.type - (int)y->package.type;

	if (r == 0)
		r = compare_optional(x->package.name, y->package.name);
	if (r == 0)
		r = compare_optional(x->package.version, y->package.version);
	if (r == 0)
		r = compare_optional(x->package.arch, y->package.arch);
	if (r == 0)
		r = (int)x->lock - (int)y->lock;
	if (r == 0)
		r = (int)x->package.dev - (int)y->package.dev;
	return r ? r : compare_optional(x->package.path, y->package.path);
}

/*
 * The same package at the same place, said by several files (a lock and what was installed by it), is one. Places stay
 * apart: two copies are to be mended twice.
 */
static bool is_same(const struct assay_package *a, const struct assay_package *b)
{
	return a->package.type == b->package.type && str_eq(a->package.name, b->package.name) &&
	       str_eq(a->package.version, b->package.version) &&
	       compare_optional(a->package.arch, b->package.arch) == 0 &&
	       (b->lock || str_eq(a->package.path, b->package.path));
}

static bool is_counted(const struct merge *m, size_t layer, const struct model_part_group *g)
{
	if (!g->package_count || is_hidden(m, layer, g->path, file_len(g)) ||
	    group_of(m, layer, g->path)->entry != g->entry)
		return false;
	return g->kind == MODEL_GROUP_DATABASE || !is_owned(m, g->path, file_len(g));
}

static int take_packages(struct merge *m, struct assay_inventory *inv)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].group_count; k++)
			if (is_counted(m, i, &m->parts[i].groups[k]))
				count += m->parts[i].groups[k].package_count;
	struct assay_package *list = ARENA_ARRAY(m->arena, count ? count : 1, struct assay_package);
	if (!list)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].group_count; k++) {
			const struct model_part_group *g = &m->parts[i].groups[k];
			size_t all = is_counted(m, i, g) ? g->package_count : 0;
			for (size_t n = 0; n < all; n++) {
				list[count].package = g->packages[n];
				list[count].lock = g->kind == MODEL_GROUP_LOCK;
				list[count++].package.layer = origin_of(m, i, &g->packages[n]);
			}
		}
	qsort(list, count, sizeof(*list), compare_packages);
	for (size_t i = 0; i < count; i++)
		if (!kept || !is_same(&list[kept - 1], &list[i]))
			list[kept++] = list[i];
	inv->packages = list;
	inv->package_count = kept;
	return 0;
}

/* ---- the rest ---- */

static int compare_programs(const void *a, const void *b)
{
	const struct assay_program *x = a, *y = b;

	return strcmp(x->program.path, y->program.path);
}

static int take_programs(struct merge *m, struct assay_inventory *inv)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += m->parts[i].program_count;
	inv->programs = ARENA_ARRAY(m->arena, count ? count : 1, struct assay_program);
	if (!inv->programs)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].program_count; k++) {
			const struct model_part_program *p = &m->parts[i].programs[k];
			if (!is_hidden(m, i, p->path, strlen(p->path)) && !is_owned(m, p->path, strlen(p->path)))
				inv->programs[inv->program_count++] =
					(struct assay_program){.program = *p, .layer = (uint32_t)i};
		}
	qsort(inv->programs, inv->program_count, sizeof(*inv->programs), compare_programs);
	return 0;
}

static int compare_remarks(const void *a, const void *b)
{
	const struct assay_remark *x = a, *y = b;
	int r = (int)x->remark.kind - (int)y->remark.kind;

	if (r == 0)
		r = strcmp(x->remark.rule, y->remark.rule);
	if (r == 0)
		r = strcmp(x->remark.path, y->remark.path);
	if (r == 0)
		r = x->remark.line < y->remark.line ? -1 : x->remark.line > y->remark.line;
	return r;
}

const char *assay_gap(const struct model_part_remark *r)
{
	if (r->kind != MODEL_REMARK_UNREAD)
		return NULL;
	if (str_eq(r->rule, MODEL_GAP_PACKAGES) || str_starts_with(r->rule, MODEL_GAP_UNPINNED))
		return "packages";
	return str_eq(r->rule, MODEL_GAP_MALWARE) ? "malware" : NULL;
}

/* ---- manifests whose versions a lock says ---- */

/* A folder in which the packages of a type are pinned, as one number. */
static uint64_t covered_key(const char *folder, size_t len, const char *type)
{
	return model_part_path_hash(folder, len) ^ model_part_path_hash(type, strlen(type)) * 3;
}

/* Manifests may pin some of their packages and not others: they say nothing about manifests beside them. */
static bool is_whole_lock(const struct model_part_group *g)
{
	static const char *const manifests[] = {".txt", ".xml", "proj", "vcpkg.json", ".yml", ".yaml", "sbom"};

	for (size_t i = 0; i < ARRAY_LEN(manifests); i++)
		if (str_ends_with(g->path, manifests[i]))
			return false;
	return g->kind == MODEL_GROUP_LOCK;
}

/* Installed away from what asks for them: their manifest may lie anywhere. */
static bool is_of_everybody(const struct model_part_group *g)
{
	return g->kind == MODEL_GROUP_INSTALLED &&
	       (g->packages[0].type == MODEL_PACKAGE_PYPI || g->packages[0].type == MODEL_PACKAGE_GEM);
}

/* The folder of a lock, or the one around node_modules; SIZE_MAX when G pins nothing beside it. */
static size_t covered_folder(const struct model_part_group *g)
{
	const char *modules = strstr(g->path, "node_modules/"), *slash = strrchr(g->path, '/');

	if (!g->package_count)
		return SIZE_MAX;
	if (is_of_everybody(g))
		return 0;
	if (g->kind == MODEL_GROUP_INSTALLED && g->packages[0].type == MODEL_PACKAGE_NPM && modules)
		return modules == g->path ? 0 : (size_t)(modules - g->path) - 1;
	return !is_whole_lock(g) ? SIZE_MAX : slash ? (size_t)(slash - g->path) : 0;
}

static int gather_covered(struct merge *m)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += m->parts[i].group_count;
	m->covered = ARENA_ARRAY(m->arena, count ? count : 1, uint64_t);
	if (!m->covered)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].group_count; k++) {
			const struct model_part_group *g = &m->parts[i].groups[k];
			size_t len = covered_folder(g);
			if (len != SIZE_MAX && is_counted(m, i, g))
				m->covered[m->covered_count++] =
					covered_key(g->path, len, model_package_type_name(g->packages[0].type));
		}
	model_part_sort(m->covered, m->covered_count);
	return 0;
}

/* Workspaces have one lock for all, in a folder above. */
static bool is_covered(const struct merge *m, const struct model_part_remark *r)
{
	const char *type = r->rule + strlen(MODEL_GAP_UNPINNED), *slash = strrchr(r->path, '/');

	for (size_t len = slash ? (size_t)(slash - r->path) : 0;; len--) {
		if ((!len || r->path[len] == '/') &&
		    model_part_has(m->covered, m->covered_count, covered_key(r->path, len, type)))
			return true;
		if (!len)
			return false;
	}
}

/* Is it about a manifest that need not be judged: pinned by a lock, or a distribution's? */
static bool is_settled(const struct merge *m, const struct model_part_remark *r)
{
	return r->kind == MODEL_REMARK_UNREAD && str_starts_with(r->rule, MODEL_GAP_UNPINNED) &&
	       (is_owned(m, r->path, strlen(r->path)) || is_covered(m, r));
}

/* What is in a layer is there for whoever has the image, whatever lies above. */
static bool stays(const struct model_part_remark *r)
{
	return r->kind == MODEL_REMARK_SECRET || r->kind == MODEL_REMARK_MALWARE ||
	       (r->kind == MODEL_REMARK_UNREAD && str_eq(r->rule, MODEL_GAP_MALWARE));
}

static int take_remarks(struct merge *m, struct assay_inventory *inv)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++)
		count += m->parts[i].remark_count;
	inv->remarks = ARENA_ARRAY(m->arena, count ? count : 1, struct assay_remark);
	if (!inv->remarks)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < m->parts[i].remark_count; k++) {
			const struct model_part_remark *r = &m->parts[i].remarks[k];
			bool hidden = r->path[0] && is_hidden(m, i, r->path, strlen(r->path));
			if ((hidden && !stays(r)) || is_settled(m, r))
				continue;
			inv->grave += assay_gap(r) != NULL;
			inv->remarks[inv->remark_count++] =
				(struct assay_remark){.remark = *r, .layer = (uint32_t)i, .hidden = hidden};
		}
	qsort(inv->remarks, inv->remark_count, sizeof(*inv->remarks), compare_remarks);
	return 0;
}

static void take_release(const struct merge *m, struct assay_inventory *inv)
{
	for (size_t pass = 0; pass < 2 && !inv->has_release; pass++)
		for (size_t i = m->count; i-- > 0 && !inv->has_release;) {
			const struct model_part *p = &m->parts[i];
			bool etc = p->release_path && str_starts_with(p->release_path, "etc/");
			if (!p->release_path || etc != (pass == 0) ||
			    is_hidden(m, i, p->release_path, strlen(p->release_path)))
				continue;
			inv->release = p->release;
			inv->has_release = true;
		}
}

int assay_inventory_make(const struct model_part *parts, size_t count, struct arena *a, struct assay_inventory *ret,
			 struct err *e)
{
	struct merge m = {.parts = parts, .count = count, .arena = a};
	struct assay_inventory inv = {0};
	int r = index_groups(&m);

	if (r == 0)
		r = gather_names(&m);
	if (r == 0)
		r = gather_owned(&m);
	if (r == 0)
		r = take_packages(&m, &inv);
	if (r == 0)
		r = take_programs(&m, &inv);
	if (r == 0)
		r = gather_covered(&m);
	if (r == 0)
		r = take_remarks(&m, &inv);
	if (r < 0)
		return err_set(e, r, "what was found is too much for memory");
	licence_attach(&inv);
	take_release(&m, &inv);
	for (size_t i = 0; i < count; i++) {
		inv.files += parts[i].files;
		inv.bytes += parts[i].bytes;
	}
	*ret = inv;
	return 0;
}

bool assay_has_os_packages(const struct assay_inventory *inv)
{
	for (size_t i = 0; i < inv->package_count; i++)
		if (model_package_is_os(inv->packages[i].package.type))
			return true;
	return false;
}
