/* SPDX-License-Identifier: Apache-2.0 */
/* The document of mirrors. */
#include "model/mirror-config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "model/mirror-list.h"

#define API_VERSION "skep/v1"
#define KIND "DatabaseMirrors"
#define AGE_DAYS_MAX 3650

/* The place goes down with the reading and, where that fails, stays. */
struct reading {
	struct mirror_config *config;
	struct mirror_place *mirror;
	char *place;
};

static size_t enter(struct reading *r, const char *fmt, ...) printf_like(2, 3);
static size_t enter(struct reading *r, const char *fmt, ...)
{
	size_t len = strlen(r->place);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->place + len, MIRROR_PLACE_MAX - len, fmt, ap);
	va_end(ap);
	return len;
}

/* Out again to where it was, when all went well. */
static int leave(struct reading *r, size_t len, int result)
{
	if (result == 0)
		r->place[len] = '\0';
	return result;
}

typedef int member_fn(struct reading *r, const struct json *v, struct err *e);
struct member {
	const char *key;
	member_fn *read;
};

struct object {
	struct reading *reading;
	const struct member *members; /* ends with a NULL key */
};

static int read_member(const char *key, const struct json *v, void *data, struct err *e)
{
	const struct object *o = data;
	SCOPED(buf) struct buf known = BUF_INIT(512);
	size_t len = enter(o->reading, "%s%.60s", o->reading->place[0] ? "." : "", key);

	for (size_t i = 0; o->members[i].key; i++) {
		if (str_eq(o->members[i].key, key))
			return leave(o->reading, len, o->members[i].read(o->reading, v, e));
		buf_printf(&known, "%s%s", i ? ", " : "", o->members[i].key);
	}
	return err_set(e, -EINVAL, "\"%.60s\" is no member here; there are %s", key, buf_str(&known));
}

static int read_object(struct reading *r, const struct json *v, const struct member *members, struct err *e)
{
	struct object o = {r, members};

	if (json_kind(v) != JSON_OBJECT)
		return err_set(e, -EINVAL, "an object is expected");
	return json_each(v, read_member, &o, e);
}

static int read_text(struct reading *r, const struct json *v, const char **ret, struct err *e)
{
	const char *text = NULL;

	if (json_str(v, &text, NULL) < 0 || !text[0] || strlen(text) > MIRROR_TEXT_MAX || strpbrk(text, "\n\r\t"))
		return err_set(e, -EINVAL, "a text of 1 to %d bytes in one line is expected", MIRROR_TEXT_MAX);
	*ret = arena_str(&r->config->arena, text);
	return *ret ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int read_texts(struct reading *r, const struct json *v, size_t max, struct mirror_texts *ret, struct err *e)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY || !count || count > max)
		return err_set(e, -EINVAL, "a list of 1 to %zu is expected", max);
	ret->at = ARENA_ARRAY(&r->config->arena, count, const char *);
	if (!ret->at)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		size_t len = enter(r, "[%zu]", i);
		int bad = leave(r, len, read_text(r, json_at(v, i), &ret->at[i], e));
		if (bad < 0)
			return bad;
	}
	ret->count = count;
	return 0;
}

/* ---- a mirror ---- */

static int read_mirror_name(struct reading *r, const struct json *v, struct err *e)
{
	return read_text(r, v, &r->mirror->name, e);
}

static int read_address(struct reading *r, const struct json *v, struct err *e)
{
	int bad = read_text(r, v, &r->mirror->text, e);

	return bad < 0 ? bad : mirror_address_read(r->mirror->text, &r->config->arena, &r->mirror->address, e);
}

static int read_ca(struct reading *r, const struct json *v, struct err *e)
{
	return read_text(r, v, &r->mirror->ca, e);
}

static int read_insecure(struct reading *r, const struct json *v, struct err *e)
{
	const char *text = "";

	if (json_kind(v) == JSON_BOOL)
		return json_bool(v, &r->mirror->insecure, e);
	if (json_str(v, &text, NULL) < 0 || (!str_eq(text, "true") && !str_eq(text, "false")))
		return err_set(e, -EINVAL, "true or false is expected");
	r->mirror->insecure = text[0] == 't';
	return 0;
}

static int read_mirror(struct reading *r, const struct json *v, struct err *e)
{
	static const struct member members[] = {{"name", read_mirror_name},
						{"address", read_address},
						{"ca", read_ca},
						{"insecure", read_insecure},
						{0}};
	int bad = read_object(r, v, members, e);

	if (bad < 0)
		return bad;
	if (!r->mirror->text)
		return err_set(e, -EINVAL, "a mirror needs an address");
	if (!r->mirror->name)
		r->mirror->name = r->mirror->text;
	if (str_starts_with(r->mirror->text, "http://") && !r->mirror->insecure && !r->mirror->address.loopback)
		return err_set(e, -EINVAL, "HTTP without TLS leaves this host; use https://, or say insecure: true");
	return 0;
}

static int read_mirrors(struct reading *r, const struct json *v, struct err *e)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY || !count || count > MIRRORS_MAX)
		return err_set(e, -EINVAL, "a list of 1 to %d is expected", MIRRORS_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t len = enter(r, "[%zu]", i);
		r->mirror = &r->config->mirrors[i];
		int bad = leave(r, len, read_mirror(r, json_at(v, i), e));
		if (bad < 0)
			return bad;
	}
	r->config->count = count;
	return 0;
}

/* ---- the rest ---- */

static int read_keys(struct reading *r, const struct json *v, struct err *e)
{
	return read_texts(r, v, MIRROR_KEYS_MAX, &r->config->keys, e);
}

static int read_sources(struct reading *r, const struct json *v, struct err *e)
{
	return read_texts(r, v, MIRROR_FILES_MAX, &r->config->sources, e);
}

static int read_age(struct reading *r, const struct json *v, struct err *e)
{
	uint64_t days = 0;
	const char *text = NULL;
	bool good = json_str(v, &text, NULL) == 0 ? str_to_u64(text, AGE_DAYS_MAX, &days) == 0
						  : json_u64(v, &days, NULL) == 0;

	if (!good || !days || days > AGE_DAYS_MAX)
		return err_set(e, -EINVAL, "a number of days, 1 to %d, is expected", AGE_DAYS_MAX);
	r->config->max_age_days = days;
	return 0;
}

static int read_name(struct reading *r, const struct json *v, struct err *e)
{
	int bad = read_text(r, v, &r->config->name, e);

	if (bad == 0 && !mirror_source_is_name(r->config->name))
		bad = err_set(e, -EINVAL, "a name of at most %d letters, digits and ._- is expected",
			      MIRROR_SOURCE_MAX);
	return bad;
}

static int read_spec(struct reading *r, const struct json *v, struct err *e)
{
	static const struct member members[] = {{"keys", read_keys},
						{"sources", read_sources},
						{"maxAgeDays", read_age},
						{"mirrors", read_mirrors},
						{0}};
	return read_object(r, v, members, e);
}

static int read_metadata(struct reading *r, const struct json *v, struct err *e)
{
	static const struct member members[] = {{"name", read_name}, {0}};
	return read_object(r, v, members, e);
}

static int expect(const struct json *v, const char *value, struct err *e)
{
	const char *text = NULL;
	return json_str(v, &text, NULL) == 0 && str_eq(text, value) ? 0
								    : err_set(e, -EINVAL, "\"%s\" is expected", value);
}

static int read_version(struct reading *r, const struct json *v, struct err *e)
{
	return expect(v, API_VERSION, e);
}

static int read_kind(struct reading *r, const struct json *v, struct err *e)
{
	return expect(v, KIND, e);
}

static int check_whole(const struct json *doc, const struct mirror_config *c, struct err *e)
{
	if (!json_get(doc, "apiVersion") || !json_get(doc, "kind"))
		return err_set(e, -EINVAL, "apiVersion: " API_VERSION " and kind: " KIND " are needed");
	if (!c->name)
		return err_set(e, -EINVAL, "metadata.name is needed");
	if (!c->keys.count)
		return err_set(e, -EINVAL, "spec.keys is needed: a list of public keys' PEM files");
	return c->count ? 0 : err_set(e, -EINVAL, "spec.mirrors is needed");
}

void mirror_config_done(struct mirror_config *c)
{
	arena_done(&c->arena);
	*c = MIRROR_CONFIG_INIT;
}

int mirror_config_decode(const struct json *doc, struct mirror_config *ret, char place[MIRROR_PLACE_MAX], struct err *e)
{
	static const struct member members[] = {{"apiVersion", read_version},
						{"kind", read_kind},
						{"metadata", read_metadata},
						{"spec", read_spec},
						{0}};
	struct reading reading = {.config = ret, .place = place};

	*ret = MIRROR_CONFIG_INIT;
	place[0] = '\0';
	int r = read_object(&reading, doc, members, e);
	if (r == 0)
		r = check_whole(doc, ret, e);
	if (r < 0)
		mirror_config_done(ret);
	return r;
}
