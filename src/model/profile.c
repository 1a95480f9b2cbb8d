/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a behaviour profile, read and written by one table. */
#include "model/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define API_VERSION "skep/v1"
#define KIND "BehaviourProfile"

typedef int check_fn(const char *text, struct err *e);

struct list_info {
	const char *group, *key; /* GROUP NULL: a member of spec itself */
	const char *place, *verb;
	check_fn *check;
	enum profile_part part;
};

static const char *const mode_names[] = {
	[PROFILE_OBSERVE] = "observe", [PROFILE_ALERT] = "alert", [PROFILE_ENFORCE] = "enforce"};

static const char *const part_names[] = {
	[PROFILE_FILES] = "files",    [PROFILE_PROGRAMS] = "programs",	     [PROFILE_NETWORK] = "network",
	[PROFILE_CALLS] = "syscalls", [PROFILE_PRIVILEGES] = "capabilities", [PROFILE_MEMORIES] = "memory"};

/* ---- what an item may be ---- */

static int check_path(const char *text, struct err *e)
{
	if (text[0] != '/' || strstr(text, "/../") || strstr(text, "/./") || strstr(text, "//") ||
	    str_ends_with(text, "/.."))
		return err_set(e, -EINVAL, "\"%.200s\" is no absolute path or pattern without . and ..", text);
	return 0;
}

static int check_endpoint(const char *text, struct err *e)
{
	struct profile_endpoint endpoint;
	return profile_endpoint_read(text, &endpoint, e);
}

static int check_word(const char *text, struct err *e)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	return len && !text[len] ? 0 : err_set(e, -EINVAL, "\"%.60s\" is no name in small letters", text);
}

static int check_capability(const char *text, struct err *e)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
	if (!len || text[len] || str_starts_with(text, "CAP_"))
		return err_set(e, -EINVAL, "\"%.60s\" is no capability; they are written like NET_BIND_SERVICE", text);
	return 0;
}

static int check_number(const char *text, struct err *e)
{
	uint64_t number;
	return str_to_u64(text, UINT32_MAX - 1, &number) < 0
		       ? err_set(e, -EINVAL, "\"%.60s\" is no number of a user", text)
		       : 0;
}

static int check_mount(const char *text, struct err *e)
{
	const char *space = strchr(text, ' ');
	return space && space > text && space[1] == '/'
		       ? 0
		       : err_set(e, -EINVAL, "\"%.200s\" is not a kind and a path, such as \"tmpfs /tmp\"", text);
}

static int check_one_of(const char *text, const char *const *words, struct err *e)
{
	for (size_t i = 0; words[i]; i++)
		if (str_eq(text, words[i]))
			return 0;
	SCOPED(buf) struct buf known = BUF_INIT(1024);
	for (size_t i = 0; words[i]; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", words[i]);
	return err_set(e, -EINVAL, "\"%.60s\" is none of %s", text, buf_str(&known));
}

static int check_namespace(const char *text, struct err *e)
{
	static const char *const words[] = {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts", NULL};
	return check_one_of(text, words, e);
}

static int check_memory(const char *text, struct err *e)
{
	static const char *const words[] = {"write-execute", "memfd-execute", "ptrace", NULL};
	return check_one_of(text, words, e);
}

static const struct list_info lists[PROFILE_LISTS] = {
	[PROFILE_READ] = {"files", "read", "files.read", "read", check_path, PROFILE_FILES},
	[PROFILE_WRITE] = {"files", "write", "files.write", "write to", check_path, PROFILE_FILES},
	[PROFILE_CREATE] = {"files", "create", "files.create", "create, remove or rename", check_path, PROFILE_FILES},
	[PROFILE_EXECUTE] = {"files", "execute", "files.execute", "load and execute code of", check_path,
			     PROFILE_FILES},
	[PROFILE_CONNECT] = {"network", "connect", "network.connect", "connect to", check_endpoint, PROFILE_NETWORK},
	[PROFILE_LISTEN] = {"network", "listen", "network.listen", "listen on", check_endpoint, PROFILE_NETWORK},
	[PROFILE_FAMILIES] = {"network", "families", "network.families", "use sockets of", check_word, PROFILE_NETWORK},
	[PROFILE_SYSCALLS] = {NULL, "syscalls", "syscalls", "call", check_word, PROFILE_CALLS},
	[PROFILE_CAPABILITIES] = {NULL, "capabilities", "capabilities", "use the capability", check_capability,
				  PROFILE_PRIVILEGES},
	[PROFILE_USERS] = {NULL, "users", "users", "be user", check_number, PROFILE_PRIVILEGES},
	[PROFILE_NAMESPACES] = {NULL, "namespaces", "namespaces", "make a namespace of kind", check_namespace,
				PROFILE_CALLS},
	[PROFILE_MOUNTS] = {NULL, "mounts", "mounts", "mount", check_mount, PROFILE_CALLS},
	[PROFILE_MEMORY] = {NULL, "memory", "memory", "do with memory:", check_memory, PROFILE_MEMORIES},
};

const char *profile_list_key(enum profile_list list)
{
	return lists[list].place;
}

const char *profile_list_verb(enum profile_list list)
{
	return lists[list].verb;
}

const char *profile_mode_name(enum profile_mode mode)
{
	return mode_names[mode];
}

int profile_mode_read(const char *text, enum profile_mode *ret, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(mode_names); i++)
		if (str_eq(text, mode_names[i])) {
			*ret = (enum profile_mode)i;
			return 0;
		}
	return err_set(e, -EINVAL, "\"%.60s\" is none of observe, alert and enforce", text);
}

const char *profile_part_name(enum profile_part part)
{
	return part_names[part];
}

enum profile_part profile_part_of(enum profile_list list)
{
	return lists[list].part;
}

void profile_set_mode(struct profile *p, enum profile_mode mode)
{
	p->mode = mode;
	for (int i = 0; i < PROFILE_PARTS; i++)
		p->modes[i] = mode;
}

void profile_done(struct profile *p)
{
	arena_done(&p->arena);
	*p = PROFILE_INIT;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void profile_items_sort(struct profile_items *items)
{
	size_t kept = 0;
	if (items->count > 1)
		qsort(items->at, items->count, sizeof(*items->at), by_text);
	for (size_t i = 0; i < items->count; i++)
		if (!kept || strcmp(items->at[kept - 1], items->at[i]) != 0)
			items->at[kept++] = items->at[i];
	items->count = kept;
}

/* ---- reading ---- */

/* Text, or a number as text. */
static int read_text(const struct json *v, struct arena *arena, const char **ret, struct err *e)
{
	const char *text = NULL;
	int64_t number;
	int r = 0;

	if (json_kind(v) == JSON_INT && json_i64(v, &number, NULL) == 0)
		*ret = arena_printf(arena, "%lld", (long long)number);
	else if ((r = json_str(v, &text, e)) < 0)
		return r;
	else if (!text[0] || strlen(text) > PROFILE_TEXT_MAX || strpbrk(text, "\n\r\t"))
		return err_set(e, -EINVAL, "a text of 1 to %d bytes in one line is expected", PROFILE_TEXT_MAX);
	else
		*ret = arena_str(arena, text);
	return *ret ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int read_items(const struct json *v, struct arena *arena, check_fn *check, struct profile_items *ret,
		      struct err *e)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY || count > PROFILE_ITEMS_MAX)
		return err_set(e, -EINVAL, "a list of at most %d is expected", PROFILE_ITEMS_MAX);
	ret->at = ARENA_ARRAY(arena, count + 1, const char *);
	if (!ret->at)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		int r = read_text(json_at(v, i), arena, &ret->at[i], e);
		if (r == 0)
			r = check(ret->at[i], e);
		if (r < 0)
			return err_wrap(e, r, "[%zu]", i);
	}
	ret->count = count;
	profile_items_sort(ret);
	return 0;
}

static int read_flag(const struct json *v, bool *ret, struct err *e)
{
	const char *text;
	if (json_kind(v) == JSON_BOOL)
		return json_bool(v, ret, e);
	if (json_str(v, &text, NULL) < 0 || (!str_eq(text, "true") && !str_eq(text, "false")))
		return err_set(e, -EINVAL, "true or false is expected");
	*ret = text[0] == 't';
	return 0;
}

static int any_text(const char *text, struct err *e)
{
	return 0;
}

static int check_digest(const char *text, struct err *e)
{
	bool right =
		str_starts_with(text, "sha256:") && strlen(text) == 71 && strspn(text + 7, "0123456789abcdef") == 64;
	return right ? 0 : err_set(e, -EINVAL, "\"%.80s\" is not sha256: and 64 digits", text);
}

struct program_reading {
	struct arena *arena;
	struct profile_program *program;
};

static int read_program_member(const char *key, const struct json *v, void *data, struct err *e)
{
	const struct program_reading *r = data;
	int bad;

	if (str_eq(key, "path")) {
		bad = read_text(v, r->arena, &r->program->path, e);
		bad = bad < 0 ? bad : check_path(r->program->path, e);
	} else if (str_eq(key, "digest")) {
		bad = read_text(v, r->arena, &r->program->digest, e);
		bad = bad < 0 ? bad : check_digest(r->program->digest, e);
	} else if (str_eq(key, "parents")) {
		bad = read_items(v, r->arena, check_path, &r->program->parents, e);
	} else if (str_eq(key, "arguments")) {
		bad = read_items(v, r->arena, any_text, &r->program->arguments, e);
	} else {
		return err_set(e, -EINVAL, "\"%.60s\" is no member; there are path, digest, parents and arguments",
			       key);
	}
	return bad < 0 ? err_wrap(e, bad, "%s", key) : 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct profile_program *)a)->path, ((const struct profile_program *)b)->path);
}

static int read_programs(const struct json *v, struct profile *p, struct err *e)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY || count > PROFILE_ITEMS_MAX)
		return err_set(e, -EINVAL, "a list of at most %d is expected", PROFILE_ITEMS_MAX);
	p->programs = ARENA_ARRAY(&p->arena, count + 1, struct profile_program);
	if (!p->programs)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct program_reading reading = {&p->arena, &p->programs[i]};
		int r = json_kind(json_at(v, i)) == JSON_OBJECT
				? json_each(json_at(v, i), read_program_member, &reading, e)
				: err_set(e, -EINVAL, "an object with a path is expected");
		if (r == 0 && !p->programs[i].path)
			r = err_set(e, -EINVAL, "a program needs a path");
		if (r < 0)
			return err_wrap(e, r, "[%zu]", i);
	}
	p->program_count = count;
	if (count > 1)
		qsort(p->programs, count, sizeof(*p->programs), by_path);
	return 0;
}

static int read_limit(const char *key, const struct json *v, void *data, struct err *e)
{
	struct profile *p = data;
	const char *text;
	int r = read_text(v, &p->arena, &text, e);

	if (r < 0)
		return err_wrap(e, r, "%s", key);
	if (str_eq(key, "memory"))
		r = str_to_size(text, &p->limits.memory_bytes);
	else if (str_eq(key, "cpu"))
		r = str_to_u64(text, 1000000, &p->limits.cpu_thousandths);
	else if (str_eq(key, "processes"))
		r = str_to_u64(text, 4194304, &p->limits.processes);
	else if (str_eq(key, "files"))
		r = str_to_u64(text, 1 << 30, &p->limits.files);
	else
		return err_set(e, -EINVAL,
			       "\"%.60s\" is no limit; there are processes, files, memory (64m) and cpu (thousandths)",
			       key);
	return r < 0 ? err_set(e, r, "%s: \"%.60s\" is no amount", key, text) : 0;
}

static int read_mode(const struct json *v, enum profile_mode *ret, struct err *e)
{
	const char *text = "";
	return json_str(v, &text, NULL) < 0 ? err_set(e, -EINVAL, "one of observe, alert and enforce is expected")
					    : profile_mode_read(text, ret, e);
}

/* The parts' own modes, one bit each in OWN, until all of the document is read. */
struct reading {
	struct profile *profile;
	unsigned own;
};

static int read_part_mode(const char *key, const struct json *v, void *data, struct err *e)
{
	struct reading *r = data;
	for (int i = 0; i < PROFILE_PARTS; i++)
		if (str_eq(key, part_names[i])) {
			r->own |= 1u << i;
			int bad = read_mode(v, &r->profile->modes[i], e);
			return bad < 0 ? err_wrap(e, bad, "%s", key) : 0;
		}
	return err_set(e, -EINVAL,
		       "\"%.60s\" has no mode; files, programs, network, syscalls, capabilities and memory have", key);
}

struct group {
	struct profile *profile;
	const char *name; /* NULL: spec itself */
};

/* A list of this group; -ENOENT when KEY is none. */
static int read_list(const struct group *g, const char *key, const struct json *v, struct err *e)
{
	for (int i = 0; i < PROFILE_LISTS; i++)
		if (str_eq(lists[i].group, g->name) && str_eq(lists[i].key, key)) {
			int r = read_items(v, &g->profile->arena, lists[i].check, &g->profile->lists[i], e);
			return r < 0 ? err_wrap(e, r, "%s", key) : 0;
		}
	return -ENOENT;
}

static int read_group_member(const char *key, const struct json *v, void *data, struct err *e)
{
	const struct group *g = data;
	int r = read_list(g, key, v, e);
	return r == -ENOENT ? err_set(e, -EINVAL, "\"%.60s\" is no member of %s", key, g->name) : r;
}

static int read_spec_member(const char *key, const struct json *v, void *data, struct err *e)
{
	struct reading *reading = data;
	struct profile *p = reading->profile;
	const struct group spec = {p, NULL};
	struct group group = {p, key};
	int r = read_list(&spec, key, v, e);

	if (r != -ENOENT)
		return r;
	if (str_eq(key, "mode"))
		r = read_mode(v, &p->mode, e);
	else if (str_eq(key, "allowDegraded"))
		r = read_flag(v, &p->allow_degraded, e);
	else if (str_eq(key, "programs"))
		r = read_programs(v, p, e);
	else if (json_kind(v) == JSON_OBJECT && str_eq(key, "modes"))
		r = json_each(v, read_part_mode, reading, e);
	else if (json_kind(v) == JSON_OBJECT && (str_eq(key, "files") || str_eq(key, "network")))
		r = json_each(v, read_group_member, &group, e);
	else if (json_kind(v) == JSON_OBJECT && str_eq(key, "limits"))
		r = json_each(v, read_limit, p, e);
	else
		return err_set(e, -EINVAL, "\"%.60s\" is no member of spec, or not of this kind", key);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int read_metadata(const char *key, const struct json *v, void *data, struct err *e)
{
	struct profile *p = ((struct reading *)data)->profile;
	if (!str_eq(key, "name") && !str_eq(key, "image"))
		return err_set(e, -EINVAL, "\"%.60s\" is no member of metadata; there are name and image", key);
	int r = read_text(v, &p->arena, str_eq(key, "name") ? &p->name : &p->image, e);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int read_document(const char *key, const struct json *v, void *data, struct err *e)
{
	static const struct {
		const char *key, *value;
	} fixed[] = {{"apiVersion", API_VERSION}, {"kind", KIND}};
	const char *text;
	int r = -EINVAL;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (str_eq(key, fixed[i].key))
			return json_str(v, &text, NULL) == 0 && str_eq(text, fixed[i].value)
				       ? 0
				       : err_set(e, r, "%s: \"%s\" is expected", key, fixed[i].value);
	if (json_kind(v) != JSON_OBJECT || (!str_eq(key, "metadata") && !str_eq(key, "spec")))
		return err_set(e, r, "\"%.60s\" is no member; there are apiVersion, kind, metadata and spec", key);
	r = json_each(v, str_eq(key, "spec") ? read_spec_member : read_metadata, data, e);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

int profile_decode(const struct json *doc, struct profile *ret, struct err *e)
{
	struct reading reading = {.profile = ret};

	*ret = PROFILE_INIT;
	ret->mode = PROFILE_ENFORCE;
	int r = json_kind(doc) == JSON_OBJECT ? 0 : err_set(e, -EINVAL, "a document of kind " KIND " is expected");
	if (r == 0 && (!json_get(doc, "apiVersion") || !json_get(doc, "kind") || !json_get(doc, "spec")))
		r = err_set(e, -EINVAL, "apiVersion: " API_VERSION ", kind: " KIND " and spec are needed");
	if (r == 0)
		r = json_each(doc, read_document, &reading, e);
	if (r == 0 && !ret->name)
		r = err_set(e, -EINVAL, "metadata.name is needed");
	for (int i = 0; r == 0 && i < PROFILE_PARTS; i++)
		if (!(reading.own & 1u << i))
			ret->modes[i] = ret->mode;
	if (r < 0)
		profile_done(ret);
	return r;
}

/* ---- writing ---- */

static void put_items(struct json_out *o, const char *key, const struct profile_items *items)
{
	if (!items->count)
		return;
	json_out_array(o, key);
	for (size_t i = 0; i < items->count; i++)
		json_out_str(o, NULL, items->at[i]);
	json_out_array_end(o);
}

static void put_group(struct json_out *o, const struct profile *p, const char *group)
{
	bool any = false;
	for (int i = 0; i < PROFILE_LISTS; i++)
		any |= str_eq(lists[i].group, group) && p->lists[i].count;
	if (group && !any)
		return;
	if (group)
		json_out_object(o, group);
	for (int i = 0; i < PROFILE_LISTS; i++)
		if (str_eq(lists[i].group, group))
			put_items(o, lists[i].key, &p->lists[i]);
	if (group)
		json_out_object_end(o);
}

static void put_limits(struct json_out *o, const struct profile_limits *l)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {{"cpu", l->cpu_thousandths},
		    {"files", l->files},
		    {"memory", l->memory_bytes},
		    {"processes", l->processes}};
	json_out_object(o, "limits");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].value)
			json_out_u64(o, rows[i].key, rows[i].value);
	json_out_object_end(o);
}

static void put_programs(struct json_out *o, const struct profile *p)
{
	if (!p->program_count)
		return;
	json_out_array(o, "programs");
	for (size_t i = 0; i < p->program_count; i++) {
		const struct profile_program *g = &p->programs[i];
		json_out_object(o, NULL);
		json_out_str(o, "path", g->path);
		if (g->digest)
			json_out_str(o, "digest", g->digest);
		put_items(o, "parents", &g->parents);
		put_items(o, "arguments", &g->arguments);
		json_out_object_end(o);
	}
	json_out_array_end(o);
}

static void put_modes(struct json_out *o, const struct profile *p)
{
	bool any = false;
	for (int i = 0; i < PROFILE_PARTS; i++)
		any |= p->modes[i] != p->mode;
	if (!any)
		return;
	json_out_object(o, "modes");
	for (int i = 0; i < PROFILE_PARTS; i++)
		if (p->modes[i] != p->mode)
			json_out_str(o, part_names[i], mode_names[p->modes[i]]);
	json_out_object_end(o);
}

void profile_encode(const struct profile *p, struct buf *out)
{
	const struct profile_limits none = {0};
	struct json_out o = JSON_OUT(out);

	json_out_object(&o, NULL);
	json_out_str(&o, "apiVersion", API_VERSION);
	json_out_str(&o, "kind", KIND);
	json_out_object(&o, "metadata");
	json_out_str(&o, "name", p->name);
	if (p->image)
		json_out_str(&o, "image", p->image);
	json_out_object_end(&o);
	json_out_object(&o, "spec");
	json_out_str(&o, "mode", mode_names[p->mode]);
	put_modes(&o, p);
	if (p->allow_degraded)
		json_out_bool(&o, "allowDegraded", true);
	put_programs(&o, p);
	put_group(&o, p, "files");
	put_group(&o, p, "network");
	put_group(&o, p, NULL);
	if (memcmp(&p->limits, &none, sizeof(none)) != 0)
		put_limits(&o, &p->limits);
	json_out_object_end(&o);
	json_out_object_end(&o);
}
