/* SPDX-License-Identifier: Apache-2.0 */
/* The state of updates, one small file that is replaced whole. */
#include "update-state.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "flow/update.h"

#define NAME "mirrors.json"
#define SCHEMA "skep/mirrors/v1"
#define BYTES_MAX (16u << 20)
#define LIMITS ((struct json_limits){.bytes_max = BYTES_MAX, .depth_max = 8})

void update_state_done(struct update_state *s)
{
	arena_done(&s->arena);
	*s = UPDATE_STATE_INIT;
}

struct update_set *update_state_set(struct update_state *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->sets[i]->name, name))
			return s->sets[i];
	struct update_set *set = s->count < UPDATE_SETS_MAX ? ARENA_NEW(&s->arena, struct update_set) : NULL;
	if (!set || !(set->name = arena_str(&s->arena, name)))
		return NULL;
	s->sets[s->count++] = set;
	return set;
}

int update_state_took(struct update_state *s, struct update_set *set, const struct update_file *f)
{
	size_t at = 0;

	while (at < set->count && !str_eq(set->files[at].input, f->input))
		at++;
	if (at == UPDATE_FILES_MAX)
		return -E2BIG;
	struct update_file copy = *f;
	copy.input = arena_str(&s->arena, f->input);
	copy.source = arena_str(&s->arena, f->source);
	if (arena_failed(&s->arena))
		return -ENOMEM;
	set->files[at] = copy;
	set->count += at == set->count;
	return 0;
}

static bool index_has(const struct vuln_index *index, const struct update_file *f)
{
	struct vuln_source source;

	for (size_t i = 0; vuln_source_at(index, i, &source); i++)
		if (str_eq(source.name, f->source) && source.imported_s == f->imported_s)
			return true;
	return false;
}

bool update_state_has(const struct update_set *set, const struct vuln_index *index, const char *input,
		      const struct digest *digest)
{
	for (size_t i = 0; index && i < set->count; i++)
		if (str_eq(set->files[i].input, input))
			return digest_equal(&set->files[i].digest, digest) && index_has(index, &set->files[i]);
	return false;
}

/* ---- the file ---- */

static int read_digest(const struct json *v, const char *key, struct digest *ret, struct err *e)
{
	const char *text = NULL;
	int r = json_get_str(v, key, &text, e);

	return r < 0 ? r : digest_parse(text ? text : "", ret) < 0 ? err_set(e, -EINVAL, "%s: no digest", key) : 0;
}

static int read_file(struct update_state *s, struct update_set *set, const struct json *v, struct err *e)
{
	struct update_file f = {0};
	int r = json_get_str(v, "input", &f.input, e);

	if (r == 0)
		r = json_get_str(v, "source", &f.source, e);
	if (r == 0)
		r = json_get_i64(v, "imported", &f.imported_s, e);
	if (r == 0)
		r = read_digest(v, "digest", &f.digest, e);
	if (r < 0)
		return r;
	if (!f.input || !f.source)
		return err_set(e, -EINVAL, "a file without a name");
	r = update_state_took(s, set, &f);
	return r < 0 ? err_sys(e, r, "its files") : 0;
}

static int read_set(struct update_state *s, const struct json *v, struct err *e)
{
	const struct json *files = NULL;
	const char *name = NULL;
	int r = json_get_str(v, "name", &name, e);

	if (r < 0)
		return r;
	struct update_set *set = update_state_set(s, name ? name : "");
	if (!set)
		return err_set(e, -ENOMEM, "more than %d documents of mirrors, or no memory", UPDATE_SETS_MAX);
	r = json_get_u64(v, "serial", &set->serial, e);
	if (r == 0)
		r = json_get_i64(v, "created", &set->created_s, e);
	if (r == 0)
		r = json_get_i64(v, "taken", &set->taken_s, e);
	if (r == 0)
		r = read_digest(v, "list", &set->list, e);
	if (r == 0)
		r = json_get_array(v, "files", &files, e);
	for (size_t i = 0; r == 0 && files && i < json_count(files); i++)
		r = read_file(s, set, json_at(files, i), e);
	return r;
}

static int decode(struct update_state *s, const struct buf *text, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *sets = NULL;
	const char *schema = NULL;
	int r = json_parse(buf_str(text), text->len, LIMITS, &doc, e);

	if (r == 0)
		r = json_get_str(doc, "schema", &schema, e);
	if (r == 0 && !str_eq(schema, SCHEMA))
		r = err_set(e, -EINVAL, "schema: \"" SCHEMA "\" is expected");
	if (r == 0)
		r = json_get_array(doc, "sets", &sets, e);
	for (size_t i = 0; r == 0 && sets && i < json_count(sets); i++)
		r = read_set(s, json_at(sets, i), e);
	return r;
}

int update_state_load(int folder, struct update_state *ret, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(BYTES_MAX);
	int r = path_read_file(folder, NAME, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(e, r, "db/" NAME);
	r = decode(ret, &text, e);
	return r < 0 ? err_wrap(e, r,
				"db/" NAME " below the root is damaged; without it any list is taken, an old one too")
		     : 0;
}

static void put_set(struct json_out *o, const struct update_set *set)
{
	json_out_object(o, NULL);
	json_out_str(o, "name", set->name);
	json_out_u64(o, "serial", set->serial);
	json_out_i64(o, "created", set->created_s);
	json_out_i64(o, "taken", set->taken_s);
	json_out_str(o, "list", set->list.text);
	json_out_array(o, "files");
	for (size_t i = 0; i < set->count; i++) {
		const struct update_file *f = &set->files[i];
		json_out_object(o, NULL);
		json_out_str(o, "input", f->input);
		json_out_str(o, "source", f->source);
		json_out_str(o, "digest", f->digest.text);
		json_out_i64(o, "imported", f->imported_s);
		json_out_object_end(o);
	}
	json_out_array_end(o);
	json_out_object_end(o);
}

int update_state_save(int folder, const struct update_state *s, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(BYTES_MAX);
	struct json_out o = JSON_OUT(&text);

	json_out_object(&o, NULL);
	json_out_str(&o, "schema", SCHEMA);
	json_out_array(&o, "sets");
	for (size_t i = 0; i < s->count; i++)
		if (s->sets[i]->serial)
			put_set(&o, s->sets[i]);
	json_out_array_end(&o);
	json_out_object_end(&o);
	int r = buf_error(&text);
	if (r == 0)
		r = path_write_file(folder, NAME, text.data, text.len, 0644, true);
	return r < 0 ? err_sys(e, r, "db/" NAME) : 0;
}

static bool has_taken(const struct update_set *set, const struct vuln_source *source)
{
	for (size_t i = 0; i < set->count; i++)
		if (str_eq(set->files[i].source, source->name) && set->files[i].imported_s == source->imported_s)
			return true;
	return false;
}

int64_t update_state_date(const struct update_state *s, const struct vuln_source *source)
{
	int64_t date = 0;

	for (size_t i = 0; i < s->count; i++)
		if (has_taken(s->sets[i], source) && s->sets[i]->created_s > date)
			date = s->sets[i]->created_s;
	return date ? date : source->imported_s;
}

void update_state_peek(const char *root, struct update_state *ret)
{
	scoped_free char *path = str_printf("%s/db", root);
	scoped_fd int folder = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (folder >= 0 && update_state_load(folder, ret, NULL) == 0)
		return;
	update_state_done(ret);
}
