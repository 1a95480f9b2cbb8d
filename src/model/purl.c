/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names are split where their type has a namespace; everything that is not plain is percent-encoded, but for the colon,
 * as the specification wants it.
 */
#include "model/purl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* ---- writing ---- */

static void put_encoded(struct buf *b, const char *s, size_t len, const char *plain)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		if (isalnum(c) || strchr(".-_~", c) || strchr(plain, c))
			buf_add_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

static void put_lower(struct buf *b, const char *s)
{
	char lower[256];
	size_t n = 0;

	for (; s[n] && n < sizeof(lower) - 1; n++)
		lower[n] = (char)tolower((unsigned char)s[n]);
	put_encoded(b, lower, n, "");
}

/* Distributions name their packages' namespace by their id, but for these. */
static const char *distribution(const struct model_package *p, const struct model_release *release)
{
	static const struct {
		const char *id, *name;
	} others[] = {{"rhel", "redhat"}, {"ol", "oracle"}, {"amzn", "amazon"}};

	if (!release || !release->id || !*release->id)
		return p->type == MODEL_PACKAGE_DEB ? "debian" : p->type == MODEL_PACKAGE_APK ? "alpine" : NULL;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (str_eq(release->id, others[i].id))
			return others[i].name;
	return release->id;
}

static char separator_of(enum model_package_type t)
{
	static const char separators[MODEL_PACKAGE_TYPES] = {
		[MODEL_PACKAGE_MAVEN] = ':',	[MODEL_PACKAGE_NPM] = '/',   [MODEL_PACKAGE_GOLANG] = '/',
		[MODEL_PACKAGE_COMPOSER] = '/', [MODEL_PACKAGE_SWIFT] = '/', [MODEL_PACKAGE_GITHUB] = '/',
		[MODEL_PACKAGE_EBUILD] = '/',
	};

	return (size_t)t < ARRAY_LEN(separators) ? separators[t] : '\0';
}

static void put_name(struct buf *b, const struct model_package *p)
{
	char separator = separator_of(p->type);
	const char *last = separator ? strrchr(p->name, separator) : NULL;
	const char *name = last ? last + 1 : p->name;

	if (last) {
		put_encoded(b, p->name, (size_t)(last - p->name),
			    p->type == MODEL_PACKAGE_GOLANG || p->type == MODEL_PACKAGE_SWIFT ? "/" : "");
		buf_add_char(b, '/');
	}
	if (p->type != MODEL_PACKAGE_PYPI) {
		put_encoded(b, name, strlen(name), "");
		return;
	}
	/* The specification lowers PyPI's names and has dashes for underlines. */
	char lower[256];
	size_t n = 0;
	for (; name[n] && n < sizeof(lower) - 1; n++)
		lower[n] = name[n] == '_' ? '-' : (char)tolower((unsigned char)name[n]);
	put_encoded(b, lower, n, "");
}

struct qualifiers {
	struct buf *b;
	bool any;
};

static void put_key(struct qualifiers *q, const char *key)
{
	buf_add_char(q->b, q->any ? '&' : '?');
	q->any = true;
	buf_add_str(q->b, key);
	buf_add_char(q->b, '=');
}

static void put_qualifier(struct qualifiers *q, const char *key, const char *value, size_t len)
{
	if (!len)
		return;
	put_key(q, key);
	put_encoded(q->b, value, len, "");
}

/* In the order of the alphabet, as the canonical form wants it. */
static void put_qualifiers(struct buf *b, const struct model_package *p, const struct model_release *release,
			   const char *epoch, size_t epoch_len)
{
	struct qualifiers q = {.b = b};

	if (p->arch)
		put_qualifier(&q, "arch", p->arch, strlen(p->arch));
	if (!model_package_is_os(p->type))
		return;
	if (release && release->id && *release->id) {
		put_key(&q, "distro");
		put_encoded(b, release->id, strlen(release->id), "");
		if (release->version_id && *release->version_id) {
			buf_add_char(b, '-');
			put_encoded(b, release->version_id, strlen(release->version_id), "");
		}
	}
	put_qualifier(&q, "epoch", epoch, epoch_len);
	if (p->source_name && *p->source_name) {
		put_key(&q, "upstream");
		put_encoded(b, p->source_name, strlen(p->source_name), "");
		if (p->source_version && *p->source_version) {
			buf_add_str(b, "%40");
			put_encoded(b, p->source_version, strlen(p->source_version), "");
		}
	}
}

void model_purl_format(const struct model_package *p, const struct model_release *release, struct buf *b)
{
	const char *version = p->version, *epoch = "";
	size_t epoch_len = 0;
	const char *space = model_package_is_os(p->type) ? distribution(p, release) : NULL;

	if (p->type == MODEL_PACKAGE_RPM && strchr(version, ':')) {
		epoch = version;
		epoch_len = strcspn(version, ":");
		version += epoch_len + 1;
	}
	buf_printf(b, "pkg:%s/", model_package_type_name(p->type));
	if (space) {
		put_lower(b, space);
		buf_add_char(b, '/');
	}
	put_name(b, p);
	if (*version) {
		buf_add_char(b, '@');
		put_encoded(b, version, strlen(version), ":");
	}
	put_qualifiers(b, p, release, epoch, epoch_len);
}

/* ---- reading ---- */

static int hex_of(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* LEN encoded bytes as text; NULL malformed or out of memory. */
static char *decoded(struct arena *a, const char *s, size_t len)
{
	char *text = arena_alloc(a, len + 1);
	size_t n = 0;

	for (size_t i = 0; text && i < len; i++) {
		if (s[i] != '%') {
			text[n++] = s[i];
			continue;
		}
		int high = i + 2 < len ? hex_of(s[i + 1]) : -1, low = i + 2 < len ? hex_of(s[i + 2]) : -1;
		if (high < 0 || low < 0 || (!high && !low))
			return NULL;
		text[n++] = (char)(high * 16 + low);
		i += 2;
	}
	return text;
}

static int take_name(const char *from, const char *end, struct arena *a, struct model_package *p,
		     struct model_release *release)
{
	char separator = separator_of(p->type);
	const char *slash = memrchr(from, '/', (size_t)(end - from));
	const char *name = slash ? slash + 1 : from;
	char *space = slash ? decoded(a, from, (size_t)(slash - from)) : NULL;
	char *base = decoded(a, name, (size_t)(end - name));

	if (!base || !*base || (slash && !space))
		return -EINVAL;
	p->name = space && separator ? arena_printf(a, "%s%c%s", space, separator, base) : base;
	if (space && model_package_is_os(p->type) && !release->id)
		release->id = str_eq(space, "redhat")	? "rhel"
			      : str_eq(space, "oracle") ? "ol"
			      : str_eq(space, "amazon") ? "amzn"
							: space;
	return p->name ? 0 : -ENOMEM;
}

static int take_qualifier(const char *key, size_t key_len, char *value, struct arena *a, struct model_package *p,
			  struct model_release *release)
{
	char *cut;

	if (key_len == 4 && memcmp(key, "arch", 4) == 0) {
		p->arch = value;
	} else if (key_len == 5 && memcmp(key, "epoch", 5) == 0 && p->type == MODEL_PACKAGE_RPM) {
		p->version = arena_printf(a, "%s:%s", value, p->version);
	} else if (key_len == 8 && memcmp(key, "upstream", 8) == 0) {
		/* An rpm's is the file's name, NAME-VERSION-RELEASE.src.rpm. */
		size_t len = strlen(value);
		if (len > 8 && str_eq(value + len - 8, ".src.rpm"))
			for (int parts = 0; parts < 2 && (cut = strrchr(value, '-')); parts++)
				*cut = '\0';
		cut = strrchr(value, '@');
		if (cut && cut != value) {
			*cut = '\0';
			p->source_version = cut + 1;
		}
		p->source_name = value;
	} else if (key_len == 6 && memcmp(key, "distro", 6) == 0 && (cut = strrchr(value, '-'))) {
		*cut = '\0';
		release->id = value;
		release->version_id = cut + 1;
	}
	return p->version ? 0 : -ENOMEM;
}

static int take_qualifiers(const char *at, const char *end, struct arena *a, struct model_package *p,
			   struct model_release *release)
{
	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		stop = stop ? stop : end;
		const char *equals = memchr(at, '=', (size_t)(stop - at));
		if (!equals)
			return -EINVAL;
		char *value = decoded(a, equals + 1, (size_t)(stop - equals - 1));
		int r = value ? take_qualifier(at, (size_t)(equals - at), value, a, p, release) : -EINVAL;
		if (r < 0)
			return r;
		at = stop + 1;
	}
	return 0;
}

int model_purl_parse(const char *text, struct arena *a, struct model_package *ret, struct model_release *release)
{
	struct model_package p = {.version = "", .path = ret->path, .layer = ret->layer};
	struct model_release r = {0};
	char type[32];

	if (!str_starts_with(text, "pkg:") || strlen(text) > MODEL_PURL_MAX)
		return -EINVAL;
	text += 4;
	text += strspn(text, "/");
	size_t type_len = strcspn(text, "/");
	if (!text[type_len] || type_len >= sizeof(type))
		return -EINVAL;
	for (size_t i = 0; i <= type_len; i++)
		type[i] = i < type_len ? (char)tolower((unsigned char)text[i]) : '\0';
	if (model_package_type_from(type, &p.type) < 0)
		return -EOPNOTSUPP;
	text += type_len + 1;
	const char *end = text + strcspn(text, "#");
	const char *query = memchr(text, '?', (size_t)(end - text));
	const char *name_end = query ? query : end;
	const char *at = memrchr(text, '@', (size_t)(name_end - text));
	/* A scope may begin with an at sign that is not encoded. */
	if (at && memchr(at, '/', (size_t)(name_end - at)))
		at = NULL;
	if (at)
		p.version = decoded(a, at + 1, (size_t)(name_end - at - 1));
	if (!p.version)
		return -EINVAL;
	int result = take_name(text, at ? at : name_end, a, &p, &r);
	if (result == 0 && query)
		result = take_qualifiers(query + 1, end, a, &p, &r);
	if (result == 0 && arena_failed(a))
		result = -ENOMEM;
	if (result < 0)
		return arena_failed(a) ? -ENOMEM : result;
	*ret = p;
	*release = r;
	return 0;
}
