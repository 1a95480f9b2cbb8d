/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges and tokens. */
#include "oci/token.h"

#include <strings.h>

#include "base/json.h"
#include "base/str.h"

#define LIMITS ((struct json_limits){.bytes_max = OCI_TOKEN_BYTES_MAX, .depth_max = 8})
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define SCHEME "Bearer"

/* key="value", or key=value; 0 at the end, 1 after a pair. */
static int next_pair(const char **at, char *key, size_t key_max, char *value, struct err *e)
{
	const char *s = *at + strspn(*at, " \t,");
	size_t len = strcspn(s, "= \t,\""), n = 0;

	if (!*s)
		return 0;
	if (!len || len >= key_max || s[len] != '=')
		return err_set(e, -EINVAL, "the registry's challenge is not made of key=value");
	memcpy(key, s, len);
	key[len] = '\0';
	s += len + 1;
	bool quoted = *s == '"';
	s += quoted;
	while (*s && (quoted ? *s != '"' : !strchr(" \t,", *s))) {
		s += quoted && *s == '\\' && s[1];
		if ((unsigned char)*s <= ' ' || *s == 0x7f || n + 1 >= OCI_TOKEN_TEXT_MAX)
			return err_set(e, -EINVAL, "the registry's challenge has a text that is too long or not plain");
		value[n++] = *s++;
	}
	value[n] = '\0';
	if (quoted && *s != '"')
		return err_set(e, -EINVAL, "the registry's challenge ends inside a text");
	*at = s + quoted;
	return 1;
}

int oci_challenge_read(const char *text, struct oci_challenge *ret, struct err *e)
{
	struct oci_challenge c = {0};
	const struct {
		const char *key;
		char *into;
	} keys[] = {{"realm", c.realm}, {"service", c.service}, {"scope", c.scope}};
	char key[32], value[OCI_TOKEN_TEXT_MAX];
	int r;

	text += strspn(text, " \t");
	if (strncasecmp(text, SCHEME " ", strlen(SCHEME " ")) != 0)
		return err_set(e, -EOPNOTSUPP, "the registry asks for another kind of login than a token: %.40s", text);
	text += strlen(SCHEME " ");
	while ((r = next_pair(&text, key, sizeof(key), value, e)) == 1)
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (strcasecmp(key, keys[i].key) == 0)
				memcpy(keys[i].into, value, sizeof(value));
	if (r < 0)
		return r;
	if (!str_starts_with(c.realm, "https://") && !str_starts_with(c.realm, "http://"))
		return err_set(e, -EINVAL, "the registry names no address to get a token from");
	*ret = c;
	return 0;
}

static void put_query(struct buf *out, char sign, const char *key, const char *value)
{
	if (!*value)
		return;
	buf_printf(out, "%c%s=", sign, key);
	for (; *value; value++)
		if (strchr(UNRESERVED, *value))
			buf_add_char(out, *value);
		else
			buf_printf(out, "%%%02X", (unsigned char)*value);
}

int oci_challenge_url(const struct oci_challenge *c, struct buf *out, struct err *e)
{
	char sign = strchr(c->realm, '?') ? '&' : '?';

	buf_add_str(out, c->realm);
	put_query(out, sign, "service", c->service);
	put_query(out, *c->service ? '&' : sign, "scope", c->scope);
	return buf_error(out) ? err_set(e, buf_error(out), "the address to get a token from is too long") : 0;
}

int oci_token_decode(const char *text, size_t len, struct buf *out, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *token = NULL, *other = NULL;
	int r = json_parse(text, len, LIMITS, &doc, e);

	if (r == 0)
		r = json_get_str(doc, "token", &token, e);
	if (r == 0)
		r = json_get_str(doc, "access_token", &other, e);
	if (r < 0)
		return err_wrap(e, r, "the token's answer");
	token = token ? token : other;
	/* RFC 6750, 2.1: b64token. */
	if (!token || !*token || strlen(token) > OCI_TOKEN_MAX || token[strspn(token, UNRESERVED "+/=")])
		return err_set(e, -EINVAL, "the token's answer has no token of 1 to %d plain characters",
			       OCI_TOKEN_MAX);
	r = buf_add_str(out, token);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}
