/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image references: a small table of transports, and the name grammar of the distribution specification
 * ([host[:port]/]path[:tag][@digest]) checked by hand, so that what is refused can be named.
 */
#include "oci/ref.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static const char *const transport_names[] = {
	[OCI_TRANSPORT_NAME] = "",
	[OCI_TRANSPORT_LAYOUT] = "oci",
	[OCI_TRANSPORT_OCI_ARCHIVE] = "oci-archive",
	[OCI_TRANSPORT_DOCKER_ARCHIVE] = "docker-archive",
	[OCI_TRANSPORT_DIR] = "dir",
	[OCI_TRANSPORT_ROOTFS] = "rootfs",
};

const char *oci_transport_name(enum oci_transport t)
{
	return (size_t)t < ARRAY_LEN(transport_names) ? transport_names[t] : "?";
}

int oci_transport_from(const char *name, enum oci_transport *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(transport_names); i++)
		if (str_eq(name, transport_names[i])) {
			*ret = (enum oci_transport)i;
			return 0;
		}
	return -EINVAL;
}

static bool is_alnum_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One path component: letters and digits, joined by one of . _ __ or any number of dashes. */
static bool component_ok(const char *s, size_t len)
{
	size_t i = 0;

	if (!len || !is_alnum_lower(s[0]) || !is_alnum_lower(s[len - 1]))
		return false;
	while (i < len) {
		if (is_alnum_lower(s[i])) {
			i++;
			continue;
		}
		size_t run = i;
		while (run < len && s[run] == s[i])
			run++;
		size_t most = s[i] == '-' ? len : s[i] == '_' ? 2 : s[i] == '.' ? 1 : 0;
		if (run - i > most || !is_alnum_lower(s[run]))
			return false;
		i = run;
	}
	return true;
}

/* The first component may be a host with a port; it counts as one when it has a dot or a colon, or is localhost. */
static bool host_ok(const char *s, size_t len)
{
	size_t colon = len;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == ':' && colon == len)
			colon = i;
		else if (colon < len ? !isdigit((unsigned char)s[i])
				     : !isalnum((unsigned char)s[i]) && s[i] != '.' && s[i] != '-')
			return false;
	}
	return colon > 0 && colon + 1 != len && isalnum((unsigned char)s[0]);
}

static bool name_ok(const char *name)
{
	const char *at = name;
	bool first = true;

	for (;;) {
		size_t len = strcspn(at, "/");
		bool last = at[len] == '\0';
		bool host = first && !last &&
			    (memchr(at, '.', len) || memchr(at, ':', len) || !strncmp(at, "localhost", len));
		if (host ? !host_ok(at, len) : !component_ok(at, len))
			return false;
		if (last)
			return true;
		at += len + 1;
		first = false;
	}
}

static bool tag_ok(const char *tag)
{
	size_t len = strlen(tag);

	if (!len || len > OCI_REF_TAG_MAX || tag[0] == '.' || tag[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)tag[i]) && !strchr("._-", tag[i]))
			return false;
	return true;
}

int oci_ref_parse_name(const char *text, struct oci_ref *ret, struct err *e)
{
	struct oci_ref r = {.transport = OCI_TRANSPORT_NAME};
	char rest[OCI_REF_NAME_MAX + 1 + OCI_REF_TAG_MAX + 1];
	struct digest digest = {.text = ""};

	const char *at = strchr(text, '@');
	size_t len = at ? (size_t)(at - text) : strlen(text);
	if (at) {
		int bad = digest_parse(at + 1, &digest);
		if (bad)
			return err_set(e, bad, "image name: \"%.80s\" is not a digest such as sha256:<64 hex>", at + 1);
		memcpy(r.digest, digest.text, sizeof(r.digest));
	}
	if (len >= sizeof(rest))
		return err_set(e, -ENAMETOOLONG, "image name: longer than %d bytes", OCI_REF_NAME_MAX);
	memcpy(rest, text, len);
	rest[len] = '\0';

	char *slash = strrchr(rest, '/');
	char *colon = strchr(slash ? slash : rest, ':');
	if (colon) {
		*colon = '\0';
		if (!tag_ok(colon + 1))
			return err_set(e, -EINVAL,
				       "image name: tag \"%.140s\": expected at most %d of letters, digits, . _ -",
				       colon + 1, OCI_REF_TAG_MAX);
		memcpy(r.tag, colon + 1, strlen(colon + 1) + 1);
	} else if (!at) {
		memcpy(r.tag, "latest", sizeof("latest"));
	}
	if (strlen(rest) > OCI_REF_NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "image name: longer than %d bytes", OCI_REF_NAME_MAX);
	if (!name_ok(rest))
		return err_set(e, -EINVAL,
			       "image name: \"%s\": expected lower-case letters and digits joined by . _ - and /",
			       rest);
	memcpy(r.name, rest, strlen(rest) + 1);
	*ret = r;
	return 0;
}

/* PATH[:REST]: the first colon ends the path, as in skopeo. */
static int parse_place(struct oci_ref *r, const char *text, struct err *e)
{
	const char *word = oci_transport_name(r->transport);
	const char *colon =
		r->transport == OCI_TRANSPORT_ROOTFS || r->transport == OCI_TRANSPORT_DIR ? NULL : strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (!len)
		return err_set(e, -EINVAL, "%s: a path must follow, as in %s:PATH", word, word);
	if (len > OCI_REF_PATH_MAX)
		return err_set(e, -ENAMETOOLONG, "%s: path longer than %d bytes", word, OCI_REF_PATH_MAX);
	memcpy(r->path, text, len);
	r->path[len] = '\0';
	if (!colon || !colon[1])
		return 0;
	if (strlen(colon + 1) > OCI_REF_NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "%s: name longer than %d bytes", word, OCI_REF_NAME_MAX);
	if (r->transport == OCI_TRANSPORT_DOCKER_ARCHIVE) {
		struct oci_ref name;
		int bad = oci_ref_parse_name(colon + 1, &name, e);
		if (bad)
			return bad;
		memcpy(r->name, name.name, sizeof(r->name));
		memcpy(r->tag, name.tag, sizeof(r->tag));
		return 0;
	}
	for (const char *c = colon + 1; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return err_set(e, -EINVAL, "%s: the tag holds a space or control character", word);
	memcpy(r->tag, colon + 1, strlen(colon + 1) + 1);
	return 0;
}

int oci_ref_parse(const char *text, struct oci_ref *ret, struct err *e)
{
	if (!*text)
		return err_set(e, -EINVAL, "image name: empty");
	for (size_t i = OCI_TRANSPORT_NAME + 1; i < ARRAY_LEN(transport_names); i++) {
		size_t len = strlen(transport_names[i]);
		if (strncmp(text, transport_names[i], len) == 0 && text[len] == ':') {
			struct oci_ref r = {.transport = (enum oci_transport)i};
			int bad = parse_place(&r, text + len + 1, e);
			if (!bad)
				*ret = r;
			return bad;
		}
	}
	const char *scheme = strstr(text, "://");
	if (scheme)
		return err_set(e, -EINVAL,
			       "image name: transport \"%.*s\" is unknown; known: oci: oci-archive: "
			       "docker-archive: dir: rootfs: or a name in the store",
			       (int)MIN_OF(scheme - text, 40), text);
	return oci_ref_parse_name(text, ret, e);
}

int oci_ref_format_name(const struct oci_ref *r, char *text, size_t len)
{
	int n = snprintf(text, len, "%s%s%s%s%s", r->name, r->tag[0] ? ":" : "", r->tag, r->digest[0] ? "@" : "",
			 r->digest);

	return n >= 0 && (size_t)n < len ? 0 : -ENAMETOOLONG;
}

/* Lower case, and every byte the grammar does not know becomes a dash; ends are cut. */
static void fit_component(const char *from, size_t len, char *to, size_t to_max)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < to_max; i++) {
		char c = (char)tolower((unsigned char)from[i]);
		if (is_alnum_lower(c))
			to[n++] = c;
		else if (n && to[n - 1] != '-')
			to[n++] = '-';
	}
	while (n && to[n - 1] == '-')
		n--;
	to[n] = '\0';
}

int oci_ref_default_name(const struct oci_ref *r, struct oci_ref *ret)
{
	char text[OCI_REF_NAME_MAX + OCI_REF_TAG_MAX + 2], base[64];

	/* A tag that is itself a whole name, as skopeo and buildah write into oci: layouts. */
	if (r->transport == OCI_TRANSPORT_LAYOUT || r->transport == OCI_TRANSPORT_OCI_ARCHIVE)
		if (strpbrk(r->tag, "/:") && oci_ref_parse_name(r->tag, ret, NULL) == 0)
			return 0;
	const char *end = r->path + strlen(r->path);
	while (end > r->path && end[-1] == '/')
		end--;
	const char *start = end;
	while (start > r->path && start[-1] != '/')
		start--;
	const char *dot = memchr(start, '.', (size_t)(end - start));
	if (dot && dot > start && r->transport != OCI_TRANSPORT_LAYOUT)
		end = dot;
	fit_component(start, (size_t)(end - start), base, sizeof(base));
	const char *name = r->name[0] ? r->name : base[0] ? base : "image";
	snprintf(text, sizeof(text), "%s:%.*s", name, OCI_REF_TAG_MAX, tag_ok(r->tag) ? r->tag : "latest");
	return oci_ref_parse_name(text, ret, NULL);
}
