/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mirrors. A registry's parts follow the distribution specification's grammar, and go into URLs as they are. */
#include <errno.h>

#include "base/str.h"
#include "model/mirror-config.h"

#define DIGITS "0123456789"
#define SMALL "abcdefghijklmnopqrstuvwxyz" DIGITS
#define LETTERS SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TAG_MAX 128

static bool is_made_of(const char *text, size_t len, const char *letters)
{
	return len && strspn(text, letters) >= len;
}

static bool is_loopback(const char *host)
{
	static const char *const names[] = {"localhost", "[::1]"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);
		if (str_starts_with(host, names[i]) && (!host[len] || strchr(":/", host[len])))
			return true;
	}
	size_t len = strspn(host, DIGITS ".");
	return str_starts_with(host, "127.") && (!host[len] || strchr(":/", host[len]));
}

static int read_folder(const char *path, struct arena *a, struct mirror_address *ret, struct err *e)
{
	if (path[0] != '/')
		return err_set(e, -EINVAL, "\"%.200s\" is no absolute path", path);
	ret->kind = MIRROR_FOLDER;
	ret->place = arena_str(a, path);
	return 0;
}

static int read_layout(const char *text, struct arena *a, struct mirror_address *ret, struct err *e)
{
	const char *colon = strrchr(text, ':');
	bool has_tag = colon && !strchr(colon, '/');
	size_t len = has_tag ? (size_t)(colon - text) : strlen(text);

	if (text[0] != '/')
		return err_set(e, -EINVAL, "oci:%.200s: oci:/DIR:TAG or oci://HOST/REPOSITORY:TAG is expected", text);
	ret->kind = MIRROR_LAYOUT;
	ret->place = arena_strn(a, text, len);
	ret->tag = arena_str(a, has_tag && colon[1] ? colon + 1 : "latest");
	return 0;
}

static int read_registry(const char *text, struct arena *a, struct mirror_address *ret, struct err *e)
{
	size_t host = strcspn(text, "/");
	const char *repository = text + host + (text[host] == '/');
	size_t len = strcspn(repository, ":@");
	const char *tag = repository[len] == ':' ? repository + len + 1 : "latest";

	if (!is_made_of(text, host, LETTERS ".-:[]") || !is_made_of(repository, len, SMALL "._-/") ||
	    repository[0] == '/' || repository[len - 1] == '/' || strstr(repository, "//") ||
	    strstr(repository, "..") || repository[len] == '@' || strlen(tag) > TAG_MAX ||
	    !is_made_of(tag, strlen(tag), LETTERS "._-") || tag[0] == '.')
		return err_set(e, -EINVAL, "oci://%.200s: oci://HOST[:PORT]/REPOSITORY[:TAG] is expected", text);
	ret->kind = MIRROR_REGISTRY;
	ret->place = arena_strn(a, text, host);
	ret->repository = arena_strn(a, repository, len);
	ret->tag = arena_str(a, tag);
	ret->loopback = is_loopback(text);
	return 0;
}

static int read_web(const char *text, struct arena *a, struct mirror_address *ret, struct err *e)
{
	const char *host = strstr(text, "://") + strlen("://");
	size_t len = strlen(text);

	if (!is_made_of(host, strcspn(host, "/"), LETTERS ".-:[]") || strpbrk(host, "?#@") ||
	    strspn(text, LETTERS "._~-:/[]%+,;=!$&'()*") != len)
		return err_set(e, -EINVAL, "%.200s: https://HOST[:PORT]/PATH without user, ? or # is expected", text);
	while (text[len - 1] == '/')
		len--;
	ret->kind = MIRROR_WEB;
	ret->place = arena_strn(a, text, len);
	ret->loopback = is_loopback(host);
	return 0;
}

int mirror_address_read(const char *text, struct arena *a, struct mirror_address *ret, struct err *e)
{
	static const struct {
		const char *prefix;
		size_t passed; /* of the prefix */
		int (*read)(const char *text, struct arena *a, struct mirror_address *ret, struct err *e);
	} kinds[] = {{"file://", 7, read_folder},  {"https://", 0, read_web}, {"http://", 0, read_web},
		     {"oci://", 6, read_registry}, {"oci:", 4, read_layout},  {"/", 0, read_folder}};

	*ret = (struct mirror_address){0};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!str_starts_with(text, kinds[i].prefix))
			continue;
		int r = kinds[i].read(text + kinds[i].passed, a, ret, e);
		return r < 0 ? r : arena_failed(a) ? err_set(e, -ENOMEM, "out of memory") : 0;
	}
	return err_set(e, -EINVAL,
		       "\"%.200s\" is no address; there are /DIR, https://HOST/PATH, oci://HOST/REPOSITORY:TAG and "
		       "oci:/DIR:TAG",
		       text);
}
