/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a mirror, read and written. */
#include "model/mirror-list.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

#define SCHEMA "skep/db/v1"
#define LIMITS ((struct json_limits){.bytes_max = MIRROR_LIST_BYTES_MAX, .depth_max = 8})
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

void mirror_list_done(struct mirror_list *l)
{
	arena_done(&l->arena);
	*l = MIRROR_LIST_INIT;
}

bool mirror_source_is_name(const char *source)
{
	size_t len = strspn(source, LETTERS "._- ");

	return len && len <= MIRROR_SOURCE_MAX && !source[len];
}

static bool is_path(const char *path)
{
	size_t len = strspn(path, LETTERS "._-+/");

	return len && len <= MIRROR_PATH_MAX && !path[len] && path[0] != '/' && path[0] != '.' &&
	       path[len - 1] != '/' && !strstr(path, "//") && !strstr(path, "/.");
}

static int read_time(const struct json *v, const char *key, int64_t *ret, struct err *e)
{
	const char *text = NULL;
	int r = json_get_str(v, key, &text, e);

	if (r < 0)
		return r;
	/* The last year that nanoseconds can say is 2262. */
	if (!text || clock_read(text, ret) < 0 || *ret < 0 || *ret > INT64_MAX / CLOCK_NS_PER_S)
		return err_set(e, -EINVAL, "%s: a time like 2026-01-31T15:04:05Z is expected", key);
	return 0;
}

static int read_file(const struct json *v, struct arena *a, struct mirror_file *f, struct err *e)
{
	const char *source = NULL, *path = NULL, *hex = NULL;
	char digest[DIGEST_TEXT_MAX];
	int r = json_kind(v) == JSON_OBJECT ? 0 : err_set(e, -EINVAL, "an object is expected");

	if (r == 0)
		r = json_get_str(v, "source", &source, e);
	if (r == 0)
		r = json_get_str(v, "path", &path, e);
	if (r == 0)
		r = json_get_str(v, "sha256", &hex, e);
	if (r == 0)
		r = json_get_u64(v, "bytes", &f->bytes, e);
	if (r < 0)
		return r;
	if (!source || !mirror_source_is_name(source))
		return err_set(e, -EINVAL, "source: a name of at most %d letters, digits and ._- is expected",
			       MIRROR_SOURCE_MAX);
	if (!path || !is_path(path))
		return err_set(e, -EINVAL, "path: \"%.80s\" does not lie below the mirror's folder", path ? path : "");
	snprintf(digest, sizeof(digest), "sha256:%.100s", hex ? hex : "");
	if (digest_parse(digest, &f->digest) < 0)
		return err_set(e, -EINVAL, "sha256: 64 hex digits are expected");
	if (!f->bytes || f->bytes > MIRROR_FILE_BYTES_MAX)
		return err_set(e, -E2BIG, "bytes: 1 to %llu are expected", MIRROR_FILE_BYTES_MAX);
	f->source = arena_str(a, source);
	f->path = arena_str(a, path);
	return arena_failed(a) ? err_set(e, -ENOMEM, "out of memory") : 0;
}

static int read_files(const struct json *list, struct mirror_list *l, struct err *e)
{
	size_t count = json_count(list);

	if (!count || count > MIRROR_FILES_MAX)
		return err_set(e, -E2BIG, "files: 1 to %d are expected", MIRROR_FILES_MAX);
	l->files = ARENA_ARRAY(&l->arena, count, struct mirror_file);
	if (!l->files)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct mirror_file f = {0};
		int r = read_file(json_at(list, i), &l->arena, &f, e);
		if (r < 0)
			return err_wrap(e, r, "files[%zu]", i);
		if (mirror_list_find(l, f.source))
			return err_set(e, -EINVAL, "files[%zu]: the source %s is there twice", i, f.source);
		l->files[l->count++] = f;
		l->bytes += f.bytes;
	}
	return l->bytes > MIRROR_BYTES_MAX
		       ? err_set(e, -E2BIG, "files: more than %llu bytes together", MIRROR_BYTES_MAX)
		       : 0;
}

static int read_document(const struct json *doc, struct mirror_list *l, struct err *e)
{
	const struct json *files = NULL;
	const char *schema = NULL;
	int r = json_get_str(doc, "schema", &schema, e);

	if (r < 0)
		return r;
	if (!str_eq(schema, SCHEMA))
		return err_set(e, -EOPNOTSUPP, "schema: \"" SCHEMA "\" is expected, not \"%.40s\"",
			       schema ? schema : "");
	r = json_get_u64(doc, "serial", &l->serial, e);
	if (r == 0 && (!l->serial || l->serial > INT64_MAX))
		r = err_set(e, -EINVAL, "serial: a number from 1 on is expected");
	if (r == 0)
		r = read_time(doc, "created", &l->created_s, e);
	if (r == 0)
		r = read_time(doc, "expires", &l->expires_s, e);
	if (r == 0)
		r = json_get_array(doc, "files", &files, e);
	return r < 0 ? r : read_files(files, l, e);
}

int mirror_list_decode(const char *text, size_t len, struct mirror_list *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;

	*ret = MIRROR_LIST_INIT;
	int r = json_parse(text, len, LIMITS, &doc, e);
	if (r == 0)
		r = read_document(doc, ret, e);
	if (r < 0)
		mirror_list_done(ret);
	return r;
}

const struct mirror_file *mirror_list_find(const struct mirror_list *l, const char *source)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->files[i].source, source))
			return &l->files[i];
	return NULL;
}

bool mirror_list_has(const struct mirror_list *l, const char *hex)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(digest_hex(&l->files[i].digest), hex))
			return true;
	return false;
}

static void put_time(struct json_out *o, const char *key, int64_t s)
{
	char text[CLOCK_TEXT_MAX];

	clock_text(s * CLOCK_NS_PER_S, text);
	memcpy(text + strlen("2026-01-31T15:04:05"), "Z", 2);
	json_out_str(o, key, text);
}

void mirror_list_encode(const struct mirror_list *l, struct buf *out)
{
	struct json_out o = JSON_OUT_PRETTY(out);

	json_out_object(&o, NULL);
	json_out_str(&o, "schema", SCHEMA);
	json_out_u64(&o, "serial", l->serial);
	put_time(&o, "created", l->created_s);
	put_time(&o, "expires", l->expires_s);
	json_out_array(&o, "files");
	for (size_t i = 0; i < l->count; i++) {
		const struct mirror_file *f = &l->files[i];
		json_out_object(&o, NULL);
		json_out_str(&o, "source", f->source);
		json_out_str(&o, "path", f->path);
		json_out_u64(&o, "bytes", f->bytes);
		json_out_str(&o, "sha256", digest_hex(&f->digest));
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	json_out_object_end(&o);
	buf_add_char(out, '\n');
}
