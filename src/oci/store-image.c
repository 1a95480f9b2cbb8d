/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of the store and their names: small JSON records, each replaced in one rename. Removing collects whatever
 * no record and no pin mentions any more, under the exclusive lock.
 */
#include "store-internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/json.h"
#include "base/path.h"
#include "oci/ref.h"

#define ID_PART_MIN 4
#define NAME_BYTES_MAX 200 /* of a name used as a file name; path_write_file() needs some room */

void oci_image_done(struct oci_image *i)
{
	strv_done(&i->names);
	strv_done(&i->blobs);
	strv_done(&i->layers);
}

int oci_store_read_docs(const struct oci_store *s, const struct digest *manifest, struct arena *a,
			struct oci_image_docs *ret, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	int r = oci_store_read_blob(s, manifest, &text, e);

	if (r == 0)
		r = oci_manifest_decode(buf_str(&text), text.len, a, &ret->manifest, e);
	buf_reset(&text);
	if (r == 0)
		r = oci_store_read_blob(s, &ret->manifest.config.digest, &text, e);
	if (r == 0)
		r = oci_image_config_decode(buf_str(&text), text.len, a, &ret->config, e);
	if (r == 0 && ret->config.diff_id_count != ret->manifest.layer_count)
		r = err_set(e, -EBADMSG, "manifest and configuration list different numbers of layers");
	return r;
}

/* ---- records ---- */

static void put_list(struct json_out *o, const char *key, const struct strv *v)
{
	json_out_array(o, key);
	for (size_t i = 0; i < v->count; i++)
		json_out_str(o, NULL, v->items[i]);
	json_out_array_end(o);
}

static int write_record(int dir, const char *name, const struct buf *b, struct err *e)
{
	int r = buf_error(b);

	if (r == 0)
		r = path_write_file(dir, name, b->data, b->len, 0600, true);
	return r < 0 ? err_sys(e, r, "writing a record of the store") : 0;
}

static int write_image(struct oci_store *s, const struct oci_image *i, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STORE_RECORD_BYTES_MAX);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "manifest", i->manifest.text);
	json_out_str(&o, "config", i->config.text);
	json_out_u64(&o, "size", i->size);
	json_out_str(&o, "imported", i->imported);
	put_list(&o, "blobs", &i->blobs);
	put_list(&o, "layers", &i->layers);
	json_out_object_end(&o);
	return write_record(s->images, i->id, &b, e);
}

/*
 * The file of a name: the name itself with % for /, which names cannot hold, so that looking one up costs no hashing;
 * a name too long for a file by its digest.
 */
struct name_key {
	char text[NAME_MAX + 1];
};

static int name_key(const char *name, struct name_key *ret)
{
	struct digest d;
	size_t len = strlen(name);

	if (len > NAME_BYTES_MAX) {
		int r = digest_of(name, len, &d);
		if (r == 0)
			snprintf(ret->text, sizeof(ret->text), "%%%s", digest_hex(&d));
		return r;
	}
	for (size_t i = 0; i <= len; i++)
		ret->text[i] = name[i] == '/' ? '%' : name[i];
	return 0;
}

static int write_name(struct oci_store *s, const char *name, const char *id, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STORE_RECORD_BYTES_MAX);
	struct json_out o = JSON_OUT(&b);
	struct name_key key;
	int r = name_key(name, &key);

	if (r < 0)
		return err_sys(e, r, "naming the image");
	json_out_object(&o, NULL);
	json_out_str(&o, "name", name);
	json_out_str(&o, "image", id);
	json_out_object_end(&o);
	return write_record(s->refs, key.text, &b, e);
}

static int read_record(int dir, const char *name, struct json **ret, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STORE_RECORD_BYTES_MAX);
	int r = path_read_file(dir, name, &b);

	if (r == -ENOENT)
		return r;
	if (r < 0)
		return err_sys(e, r, "record %.140s of the store", name);
	r = json_parse(buf_str(&b), b.len, OCI_JSON_LIMITS, ret, e);
	return r < 0 ? err_wrap(e, r, "record %.140s of the store", name) : 0;
}

static int get_list(const struct json *doc, const char *key, struct strv *v, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(doc, key, &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list); i++) {
		const char *text = NULL;
		r = json_str(json_at(list, i), &text, e);
		if (r == 0)
			r = strv_add(v, text);
	}
	return r;
}

static int get_digest(const struct json *doc, const char *key, struct digest *ret, struct err *e)
{
	const char *text = "";
	int r = json_get_str(doc, key, &text, e);

	return r < 0 ? r : digest_parse(text, ret) < 0 ? err_set(e, -EBADMSG, "%s: not a digest", key) : 0;
}

static int read_image(const struct oci_store *s, const char *id, struct oci_image *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	SCOPED(oci_image) struct oci_image i = {0};
	const char *imported = "";
	int r = strlen(id) < sizeof(i.id) ? read_record(s->images, id, &doc, e) : -ENOENT;

	if (r < 0 || (r = get_digest(doc, "manifest", &i.manifest, e)) < 0 ||
	    (r = get_digest(doc, "config", &i.config, e)) < 0 || (r = json_get_u64(doc, "size", &i.size, e)) < 0 ||
	    (r = json_get_str(doc, "imported", &imported, e)) < 0 || (r = get_list(doc, "blobs", &i.blobs, e)) < 0 ||
	    (r = get_list(doc, "layers", &i.layers, e)) < 0)
		return r;
	memcpy(i.id, id, strlen(id) + 1);
	snprintf(i.imported, sizeof(i.imported), "%s", imported);
	*ret = i;
	i = (struct oci_image){0};
	return 0;
}

/* ---- names ---- */

struct names {
	const struct oci_store *s;
	struct oci_image *image; /* collects names of this one; NULL: all names are visited */
};

static int collect_name(const char *file, void *data, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct names *n = data;
	const char *name = "", *id = "";
	int r = read_record(n->s->refs, file, &doc, e);

	if (r == -ENOENT)
		return 0; /* removed meanwhile */
	if (r == 0)
		r = json_get_str(doc, "name", &name, e);
	if (r == 0)
		r = json_get_str(doc, "image", &id, e);
	if (r == 0 && str_eq(id, n->image->id))
		r = strv_add(&n->image->names, name);
	return r;
}

static int read_names(const struct oci_store *s, struct oci_image *image, struct err *e)
{
	struct names n = {s, image};

	return store_each_name(s->refs, collect_name, &n, e);
}

/* ---- adding ---- */

/* The key of a layer: over its blob and the key of the layer below. */
static int next_key(char key[OCI_HEX_MAX], const struct digest *blob)
{
	char text[OCI_HEX_MAX + DIGEST_TEXT_MAX + 2];
	struct digest d;

	snprintf(text, sizeof(text), "%s %s", key, blob->text);
	int r = digest_of(text, strlen(text), &d);
	if (r == 0)
		memcpy(key, digest_hex(&d), strlen(digest_hex(&d)) + 1);
	return r;
}

static void now_text(char *text, size_t len)
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, len, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int oci_store_add_image(struct oci_store *s, const struct digest *manifest, const char *name, struct oci_image *ret,
			struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(32u << 20);
	SCOPED(oci_image) struct oci_image i = {.manifest = *manifest};
	struct oci_image_docs docs = {0};
	char key[OCI_HEX_MAX] = "";
	int r = oci_store_read_docs(s, manifest, &a, &docs, e);

	for (size_t n = 0; r == 0 && n < docs.manifest.layer_count; n++) {
		const struct oci_desc *layer = &docs.manifest.layers[n];
		i.size += layer->size;
		r = next_key(key, &layer->digest);
		if (r == 0)
			r = strv_add(&i.blobs, digest_hex(&layer->digest));
		if (r == 0)
			r = strv_add(&i.layers, key);
	}
	if (r < 0)
		return r;
	i.config = docs.manifest.config.digest;
	snprintf(i.id, sizeof(i.id), "%s", digest_hex(&i.config));
	now_text(i.imported, sizeof(i.imported));
	r = write_image(s, &i, e);
	if (r == 0 && name)
		r = write_name(s, name, i.id, e);
	if (r == 0)
		r = read_names(s, &i, e);
	if (r == 0) {
		*ret = i;
		i = (struct oci_image){0};
	}
	return r;
}

/* ---- finding ---- */

struct by_id {
	const char *part;
	char id[OCI_HEX_MAX];
	size_t found;
};

static int match_id(const char *file, void *data, struct err *e)
{
	struct by_id *b = data;

	if (str_starts_with(file, b->part) && strlen(file) < sizeof(b->id)) {
		memcpy(b->id, file, strlen(file) + 1);
		b->found++;
	}
	return 0;
}

static bool is_hex(const char *text)
{
	return text[0] && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* 1: no id fits. */
static int find_by_id(const struct oci_store *s, const char *text, struct oci_image *ret, struct err *e)
{
	struct by_id b = {.part = str_starts_with(text, "sha256:") ? text + 7 : text};

	if (!is_hex(b.part) || strlen(b.part) < ID_PART_MIN)
		return 1;
	int r = store_each_name(s->images, match_id, &b, e);
	if (r < 0)
		return r;
	if (b.found > 1)
		return err_set(e, -EINVAL, "image id %s fits %zu images; write more of it", text, b.found);
	return b.found ? read_image(s, b.id, ret, e) : 1;
}

static int find_by_name(const struct oci_store *s, const char *text, struct oci_image *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	char name[OCI_REF_NAME_MAX + OCI_REF_TAG_MAX + DIGEST_TEXT_MAX + 3];
	const char *id = "";
	struct name_key key;
	struct oci_ref ref;
	int r = oci_ref_parse_name(text, &ref, e);

	if (r == 0)
		r = oci_ref_format_name(&ref, name, sizeof(name));
	if (r == 0)
		r = name_key(name, &key);
	if (r == 0)
		r = read_record(s->refs, key.text, &doc, e);
	if (r == 0)
		r = json_get_str(doc, "image", &id, e);
	if (r == 0)
		r = read_image(s, id, ret, e);
	if (r == -ENOENT)
		return err_set(e, r,
			       "no image %s in the store; see skep image ls, or bring it in with skep image import",
			       name);
	return r;
}

struct by_digest {
	const char *digest;
	char id[OCI_HEX_MAX];
};

static int match_digest(const struct oci_image *image, void *data, struct err *e)
{
	struct by_digest *b = data;

	if (!str_eq(image->manifest.text, b->digest))
		return 0;
	memcpy(b->id, image->id, sizeof(b->id));
	return 1;
}

int oci_store_find(const struct oci_store *s, const char *text, struct oci_image *ret, struct err *e)
{
	SCOPED(oci_image) struct oci_image i = {0};
	const char *at = strchr(text, '@');
	int r;

	if (at) {
		struct by_digest b = {.digest = at + 1};
		r = oci_store_each_image(s, match_digest, &b, e);
		if (r >= 0)
			r = r == 1 ? read_image(s, b.id, &i, e)
				   : err_set(e, -ENOENT, "no image %.300s in the store", text);
	} else {
		/* A name wins over an id that looks the same, as in docker. */
		struct err words = {0};
		r = find_by_name(s, text, &i, &words);
		if (r < 0) {
			int by_id = find_by_id(s, text, &i, e);
			r = by_id == 1 ? err_set(e, r, "%s", words.text) : by_id;
		}
	}
	if (r == 0)
		r = read_names(s, &i, e);
	if (r == 0) {
		*ret = i;
		i = (struct oci_image){0};
	}
	return r;
}

struct each_image {
	const struct oci_store *s;
	oci_image_fn *fn;
	void *data;
};

static int visit_image(const char *file, void *data, struct err *e)
{
	SCOPED(oci_image) struct oci_image i = {0};
	struct each_image *each = data;
	int r = read_image(each->s, file, &i, e);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = read_names(each->s, &i, e);
	return r < 0 ? r : each->fn(&i, each->data, e);
}

int oci_store_each_image(const struct oci_store *s, oci_image_fn *fn, void *data, struct err *e)
{
	struct each_image each = {s, fn, data};

	return store_each_name(s->images, visit_image, &each, e);
}

/* ---- pins ---- */

int oci_store_pin(struct oci_store *s, const char *container, const struct oci_image *image, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(STORE_RECORD_BYTES_MAX);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "image", image->id);
	put_list(&o, "layers", &image->layers);
	json_out_object_end(&o);
	int r = buf_error(&b);
	/* A pin lost by a power cut is made anew by nobody, but its container is gone with it. */
	if (r == 0)
		r = path_write_file(s->pins, container, b.data, b.len, 0600, false);
	return r < 0 ? err_sys(e, r, "pinning the image") : 0;
}

int oci_store_unpin(struct oci_store *s, const char *container, struct err *e)
{
	if (unlinkat(s->pins, container, 0) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "unpinning the image");
	return 0;
}

/* ---- removing ---- */

struct used {
	struct oci_store *s;
	const char *image; /* asks whether a pin names it */
	char container[OCI_HEX_MAX];
	struct strv blobs, layers;
	int dir;
	const struct strv *keep;
};

static int visit_pin(const char *file, void *data, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct used *u = data;
	const char *image = "";
	int r = read_record(u->s->pins, file, &doc, e);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = json_get_str(doc, "image", &image, e);
	if (r == 0)
		r = get_list(doc, "layers", &u->layers, e);
	if (r == 0 && str_eq(image, u->image))
		snprintf(u->container, sizeof(u->container), "%s", file);
	return r;
}

static int add_all(struct strv *to, const struct strv *from)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->count; i++)
		r = strv_add(to, from->items[i]);
	return r;
}

static int visit_used(const struct oci_image *image, void *data, struct err *e)
{
	struct used *u = data;
	int r = add_all(&u->layers, &image->layers);

	if (r == 0)
		r = add_all(&u->blobs, &image->blobs);
	if (r == 0)
		r = strv_add(&u->blobs, digest_hex(&image->manifest));
	if (r == 0)
		r = strv_add(&u->blobs, digest_hex(&image->config));
	return r;
}

static int drop_unused(const char *file, void *data, struct err *e)
{
	struct used *u = data;

	if (strv_has(u->keep, file))
		return 0;
	int r = path_remove_tree(u->dir, file);
	return r < 0 ? err_sys(e, r, "removing %.140s from the store", file) : 0;
}

static int collect(struct used *u, struct err *e)
{
	int r = oci_store_each_image(u->s, visit_used, u, e);

	if (r == 0) {
		u->dir = u->s->blobs;
		u->keep = &u->blobs;
		r = store_each_name(u->dir, drop_unused, u, e);
	}
	if (r == 0) {
		u->dir = u->s->layers;
		u->keep = &u->layers;
		r = store_each_name(u->dir, drop_unused, u, e);
	}
	return r;
}

static int remove_name(struct oci_store *s, const char *name, struct err *e)
{
	struct name_key key;
	int r = name_key(name, &key);

	if (r == 0 && unlinkat(s->refs, key.text, 0) < 0 && errno != ENOENT)
		r = -errno;
	return r < 0 ? err_sys(e, r, "removing the name %s", name) : 0;
}

static int remove_image(struct oci_store *s, const struct oci_image *image, struct err *e)
{
	struct used u = {.s = s, .image = image->id};
	int r = store_each_name(s->pins, visit_pin, &u, e);

	if (r == 0 && u.container[0])
		r = err_set(e, -EBUSY, "image %.12s is used by container %.12s; remove that first with skep rm",
			    image->id, u.container);
	for (size_t i = 0; r == 0 && i < image->names.count; i++)
		r = remove_name(s, image->names.items[i], e);
	if (r == 0 && unlinkat(s->images, image->id, 0) < 0)
		r = err_sys(e, -errno, "removing image %.12s", image->id);
	if (r == 0)
		r = collect(&u, e);
	strv_done(&u.blobs);
	strv_done(&u.layers);
	return r;
}

static int remove_locked(struct oci_store *s, const char *text, bool *deleted, struct err *e)
{
	SCOPED(oci_image) struct oci_image image = {0};
	char name[OCI_REF_NAME_MAX + OCI_REF_TAG_MAX + DIGEST_TEXT_MAX + 3];
	struct oci_ref ref;
	int r = oci_store_find(s, text, &image, e);

	if (r < 0)
		return r;
	*deleted = true;
	if (image.names.count > 1 && oci_ref_parse_name(text, &ref, NULL) == 0 &&
	    oci_ref_format_name(&ref, name, sizeof(name)) == 0 && strv_has(&image.names, name)) {
		*deleted = false;
		return remove_name(s, name, e);
	}
	return remove_image(s, &image, e);
}

int oci_store_remove(struct oci_store *s, const char *text, bool *ret_deleted, struct err *e)
{
	/* Whoever imports or starts a container holds the lock shared: its blobs and layers are not collected. */
	while (flock(s->lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_sys(e, -errno, "locking the store");
	int r = remove_locked(s, text, ret_deleted, e);
	ignore(flock(s->lock, LOCK_SH));
	return r;
}
