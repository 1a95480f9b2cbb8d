/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content digests by OpenSSL's EVP.
 */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/str.h"

static const struct algorithm {
	const char *name;
	size_t hex_len;
} algorithms[] = {{"sha256", 64}, {"sha512", 128}};

int digest_parse(const char *text, struct digest *ret)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		size_t name_len = strlen(algorithms[i].name);
		if ((size_t)(colon - text) != name_len || memcmp(text, algorithms[i].name, name_len) != 0)
			continue;
		const char *hex = colon + 1;
		if (strlen(hex) != algorithms[i].hex_len || strspn(hex, "0123456789abcdef") != algorithms[i].hex_len)
			return -EINVAL;
		snprintf(ret->text, sizeof(ret->text), "%s", text);
		return 0;
	}
	return -EOPNOTSUPP;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return str_eq(a->text, b->text);
}

const char *digest_hex(const struct digest *d)
{
	const char *colon = strchr(d->text, ':');
	return colon ? colon + 1 : d->text;
}

struct digest_ctx {
	EVP_MD_CTX *md;
	const char *name;
};

int digest_ctx_new(const char *algorithm, struct digest_ctx **ret)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (!str_eq(algorithm, algorithms[i].name))
			continue;
		struct digest_ctx *c = calloc(1, sizeof(*c));
		if (!c)
			return -ENOMEM;
		c->name = algorithms[i].name;
		c->md = EVP_MD_CTX_new();
		if (!c->md || EVP_DigestInit_ex(c->md, i ? EVP_sha512() : EVP_sha256(), NULL) != 1) {
			digest_ctx_free(c);
			return -ENOMEM;
		}
		*ret = c;
		return 0;
	}
	return -EOPNOTSUPP;
}

void digest_ctx_free(struct digest_ctx *c)
{
	if (!c)
		return;
	EVP_MD_CTX_free(c->md);
	free(c);
}

int digest_update(struct digest_ctx *c, const void *data, size_t len)
{
	return EVP_DigestUpdate(c->md, data, len) == 1 ? 0 : -EIO;
}

int digest_final(struct digest_ctx *c, struct digest *ret)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_DigestFinal_ex(c->md, raw, &len) != 1)
		return -EIO;
	int used = snprintf(ret->text, sizeof(ret->text), "%s:", c->name);
	for (unsigned i = 0; i < len; i++)
		used += snprintf(ret->text + used, sizeof(ret->text) - (size_t)used, "%02x", raw[i]);
	return 0;
}

int digest_of(const void *data, size_t len, struct digest *ret)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *c = NULL;
	int r = digest_ctx_new("sha256", &c);

	if (r == 0)
		r = digest_update(c, data, len);
	return r < 0 ? r : digest_final(c, ret);
}

int digest_bytes(const char *algorithm, const void *data, size_t len, uint8_t ret[DIGEST_BYTES_MAX])
{
	const EVP_MD *md = str_eq(algorithm, "md5")	 ? EVP_md5()
			   : str_eq(algorithm, "sha1")	 ? EVP_sha1()
			   : str_eq(algorithm, "sha256") ? EVP_sha256()
							 : NULL;
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (!md || EVP_Digest(data, len, bytes, &size, md, NULL) != 1 || size > DIGEST_BYTES_MAX)
		return -EOPNOTSUPP;
	memcpy(ret, bytes, size);
	return 0;
}

void digest_prepare(void)
{
	static const char *const names[] = {"md5", "sha1", "sha256"};
	uint8_t bytes[DIGEST_BYTES_MAX];

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		ignore(digest_bytes(names[i], "", 0, bytes)); /* who needs it hears of it */
}
