/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The encoding: a head, then lists of records in the order of the structure. Numbers are eight bytes as the machine has
 * them (the file never leaves it), strings a length, their bytes and a NUL, padded to eight, so that a reader uses them
 * where they lie.
 */
#include "model/part.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#define MAGIC 0x31747261706b73ull /* "skpart1" */

const char *model_part_remark_name(enum model_part_remark_kind k)
{
	static const char *const names[MODEL_REMARK_KINDS] = {"secret", "malware", "file",
							      "config", "unread",  "licence"};

	return (size_t)k < ARRAY_LEN(names) ? names[k] : "unread";
}

/* ---- hashes ---- */

static size_t merged_usr(const char *path, size_t len)
{
	static const char *const places[] = {"bin/", "sbin/", "lib/", "lib32/", "lib64/", "libx32/"};

	if (len < 4 || memcmp(path, "usr/", 4) != 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (len - 4 >= strlen(places[i]) && memcmp(path + 4, places[i], strlen(places[i])) == 0)
			return 4;
	return 0;
}

uint64_t model_part_path_hash(const char *path, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a, then mixed so that every bit counts */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)path[i]) * 0x100000001b3ull;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ull;
	return h ^ h >> 32;
}

uint64_t model_part_owned_hash(const char *path, size_t len)
{
	size_t skip = merged_usr(path, len);

	return model_part_path_hash(path + skip, len - skip);
}

bool model_part_list_of(const char *path, char name[MODEL_PART_NAME_MAX])
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
	size_t len = strcspn(base, ":");

	if (dot && (size_t)(dot - base) < len)
		len = (size_t)(dot - base);
	if (!str_starts_with(path, "var/lib/dpkg/") || len >= MODEL_PART_NAME_MAX)
		return false;
	memcpy(name, base, len);
	name[len] = '\0';
	return true;
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void model_part_sort(uint64_t *list, size_t count)
{
	if (count)
		qsort(list, count, sizeof(*list), compare_hashes);
}

bool model_part_has(const uint64_t *sorted, size_t count, uint64_t hash)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (sorted[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && sorted[low] == hash;
}

/* ---- writing ---- */

struct sink {
	model_part_put_fn *put;
	void *data;
	int error;
};

static void put_bytes(struct sink *s, const void *bytes, size_t len)
{
	if (s->error == 0 && len)
		s->error = s->put(s->data, bytes, len);
}

static void put_number(struct sink *s, uint64_t n)
{
	put_bytes(s, &n, sizeof(n));
}

/* NULL is the length of all ones. */
static void put_text(struct sink *s, const char *text)
{
	static const char padding[8];
	size_t len = text ? strlen(text) : 0;

	put_number(s, text ? len : UINT64_MAX);
	put_bytes(s, text, len);
	if (text)
		put_bytes(s, padding, 8 - len % 8);
}

static void put_hashes(struct sink *s, const uint64_t *hashes, size_t count)
{
	put_number(s, count);
	put_bytes(s, hashes, count * sizeof(*hashes));
}

static void put_package(struct sink *s, const struct model_package *p)
{
	put_number(s, p->type);
	put_text(s, p->name);
	put_text(s, p->version);
	put_text(s, p->source_name);
	put_text(s, p->source_version);
	put_text(s, p->arch);
	put_text(s, p->licence);
	put_number(s, p->dev);
}

int model_part_encode(const struct model_part *p, model_part_put_fn *put, void *data)
{
	struct sink s = {.put = put, .data = data};
	const struct model_release *r = &p->release;
	const char *const release[] = {p->release_path, r->id,	     r->id_like,    r->version_id,
				       r->codename,	r->cpe_name, r->pretty_name};

	put_number(&s, MAGIC);
	put_number(&s, MODEL_PART_VERSION);
	put_number(&s, p->files);
	put_number(&s, p->bytes);
	for (size_t i = 0; i < ARRAY_LEN(release); i++)
		put_text(&s, release[i]);
	put_number(&s, p->group_count);
	for (size_t i = 0; i < p->group_count; i++) {
		const struct model_part_group *g = &p->groups[i];
		put_text(&s, g->path);
		put_number(&s, g->kind);
		put_number(&s, g->entry);
		put_number(&s, g->package_count);
		for (size_t k = 0; k < g->package_count; k++)
			put_package(&s, &g->packages[k]);
		put_hashes(&s, g->owned, g->owned_count);
	}
	put_number(&s, p->program_count);
	for (size_t i = 0; i < p->program_count; i++) {
		put_text(&s, p->programs[i].path);
		put_number(&s, p->programs[i].hardening);
		put_text(&s, p->programs[i].needed);
		put_text(&s, p->programs[i].note);
	}
	put_number(&s, p->remark_count);
	for (size_t i = 0; i < p->remark_count; i++) {
		put_number(&s, p->remarks[i].kind);
		put_text(&s, p->remarks[i].rule);
		put_text(&s, p->remarks[i].path);
		put_number(&s, p->remarks[i].line);
		put_text(&s, p->remarks[i].text);
	}
	put_hashes(&s, p->names, p->name_count);
	put_hashes(&s, p->opaques, p->opaque_count);
	put_hashes(&s, p->folders, p->folder_count);
	return s.error;
}

/* ---- reading ---- */

struct source {
	uint8_t *at;
	size_t left;
	struct arena *arena;
	int error; /* sticky */
};

static uint64_t get_number(struct source *s)
{
	uint64_t n = 0;

	if (s->error || s->left < sizeof(n)) {
		s->error = s->error ? s->error : -EBADMSG;
		return 0;
	}
	memcpy(&n, s->at, sizeof(n));
	s->at += sizeof(n);
	s->left -= sizeof(n);
	return n;
}

static const char *get_optional(struct source *s)
{
	uint64_t len = get_number(s);
	const char *text = (const char *)s->at;

	if (s->error || len == UINT64_MAX)
		return NULL;
	uint64_t whole = len + 8 - len % 8;
	if (len > MODEL_PART_TEXT_MAX || whole > s->left || strnlen(text, whole) != len) {
		s->error = -EBADMSG;
		return NULL;
	}
	s->at += whole;
	s->left -= whole;
	return text;
}

static const char *get_text(struct source *s)
{
	const char *text = get_optional(s);

	if (!text && !s->error)
		s->error = -EBADMSG;
	return text ? text : "";
}

/* A number of records, each of which takes at least MIN bytes: never more than could be there. */
static void *get_list(struct source *s, size_t min, size_t size, size_t *ret_count)
{
	uint64_t count = get_number(s);

	if (!s->error && count > MODEL_PART_GROUPS_MAX)
		s->error = -E2BIG;
	if (!s->error && count > s->left / min)
		s->error = -EBADMSG;
	void *items = s->error || !count ? NULL : arena_array(s->arena, count, size);
	if (!s->error && count && !items)
		s->error = -ENOMEM;
	*ret_count = s->error ? 0 : count;
	return items;
}

static uint64_t *get_hashes(struct source *s, size_t *ret_count)
{
	uint64_t count = get_number(s);
	uint64_t *hashes = (uint64_t *)(void *)s->at;

	*ret_count = 0;
	if (!s->error && count > MODEL_PART_HASHES_MAX)
		s->error = -E2BIG;
	if (!s->error && count > s->left / sizeof(*hashes))
		s->error = -EBADMSG;
	if (s->error)
		return NULL;
	for (size_t i = 1; i < count; i++)
		if (hashes[i] < hashes[i - 1]) {
			s->error = -EBADMSG;
			return NULL;
		}
	s->at += count * sizeof(*hashes);
	s->left -= count * sizeof(*hashes);
	*ret_count = count;
	return hashes;
}

static void get_package(struct source *s, struct model_package *p, const char *path)
{
	uint64_t type = get_number(s);

	if (type >= MODEL_PACKAGE_TYPES)
		s->error = s->error ? s->error : -EBADMSG;
	p->type = (enum model_package_type)type;
	p->name = get_text(s);
	p->version = get_text(s);
	p->source_name = get_optional(s);
	p->source_version = get_optional(s);
	p->arch = get_optional(s);
	p->licence = get_optional(s);
	p->dev = get_number(s) != 0;
	p->path = path;
}

static void get_group(struct source *s, struct model_part_group *g)
{
	g->path = get_text(s);
	uint64_t kind = get_number(s);
	if (kind >= MODEL_GROUP_KINDS)
		s->error = s->error ? s->error : -EBADMSG;
	g->kind = (enum model_part_group_kind)kind;
	g->entry = get_number(s);
	g->packages = get_list(s, 40, sizeof(*g->packages), &g->package_count);
	for (size_t i = 0; i < g->package_count && !s->error; i++)
		get_package(s, &g->packages[i], g->path);
	g->owned = get_hashes(s, &g->owned_count);
}

static void get_release(struct source *s, struct model_part *p)
{
	const char **const into[] = {&p->release_path,	     &p->release.id,	   &p->release.id_like,
				     &p->release.version_id, &p->release.codename, &p->release.cpe_name,
				     &p->release.pretty_name};

	for (size_t i = 0; i < ARRAY_LEN(into); i++)
		*into[i] = get_optional(s);
}

static void get_remark(struct source *s, struct model_part_remark *r)
{
	uint64_t kind = get_number(s);

	if (kind >= MODEL_REMARK_KINDS)
		s->error = s->error ? s->error : -EBADMSG;
	r->kind = (enum model_part_remark_kind)kind;
	r->rule = get_text(s);
	r->path = get_text(s);
	r->line = get_number(s);
	r->text = get_text(s);
}

static void get_part(struct source *s, struct model_part *p)
{
	p->files = get_number(s);
	p->bytes = get_number(s);
	get_release(s, p);
	p->groups = get_list(s, 40, sizeof(*p->groups), &p->group_count);
	for (size_t i = 0; i < p->group_count && !s->error; i++)
		get_group(s, &p->groups[i]);
	p->programs = get_list(s, 32, sizeof(*p->programs), &p->program_count);
	for (size_t i = 0; i < p->program_count && !s->error; i++) {
		p->programs[i].path = get_text(s);
		p->programs[i].hardening = get_number(s);
		p->programs[i].needed = get_text(s);
		p->programs[i].note = get_text(s);
	}
	p->remarks = get_list(s, 40, sizeof(*p->remarks), &p->remark_count);
	for (size_t i = 0; i < p->remark_count && !s->error; i++)
		get_remark(s, &p->remarks[i]);
	p->names = get_hashes(s, &p->name_count);
	p->opaques = get_hashes(s, &p->opaque_count);
	p->folders = get_hashes(s, &p->folder_count);
}

int model_part_decode(void *bytes, size_t len, struct arena *a, struct model_part *ret, struct err *e)
{
	struct source s = {.at = bytes, .left = len, .arena = a};
	struct model_part part = {0};

	if (len > MODEL_PART_BYTES_MAX)
		return err_set(e, -E2BIG, "the worker's report is larger than %u MiB", MODEL_PART_BYTES_MAX >> 20);
	if (get_number(&s) != MAGIC || get_number(&s) != MODEL_PART_VERSION)
		return err_set(e, -EBADMSG, "not a report of this version's worker");
	get_part(&s, &part);
	if (!s.error && s.left)
		s.error = -EBADMSG;
	if (s.error)
		return err_set(e, s.error, "the worker's report is %s",
			       s.error == -ENOMEM  ? "too large for memory"
			       : s.error == -E2BIG ? "over a limit of the number of things in a layer"
						   : "damaged");
	*ret = part;
	return 0;
}
