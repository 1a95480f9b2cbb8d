/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures by OpenSSL's EVP, which is known to this file alone.
 */
#include "trust/key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/str.h"

#define RAW_BYTES_MAX 160 /* of a signature: 64 for Ed25519, at most 72 for P-256 */

struct trust_key {
	EVP_PKEY *pkey;
	struct digest id;
};

void trust_key_free(struct trust_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

static bool is_ed25519(const struct trust_key *k)
{
	return EVP_PKEY_get_base_id(k->pkey) == EVP_PKEY_ED25519;
}

static bool is_known_kind(const struct trust_key *k)
{
	char group[32] = "";
	size_t len = 0;

	if (is_ed25519(k))
		return true;
	return EVP_PKEY_get_base_id(k->pkey) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(k->pkey, group, sizeof(group), &len) == 1 && str_eq(group, "prime256v1");
}

static int name_key(struct trust_key *k, struct err *e)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);
	int r = len > 0 ? digest_of(der, (size_t)len, &k->id) : -EINVAL;

	OPENSSL_free(der);
	return r < 0 ? err_set(e, r, "the key cannot be read whole") : 0;
}

/* OpenSSL asks this for a passphrase, which nobody here has. */
static int no_passphrase(char *text, int len, int writing, void *asked)
{
	*(bool *)asked = true;
	return -1;
}

static int load(const char *pem, size_t len, bool is_private, struct trust_key **ret, struct err *e)
{
	SCOPED_PTR(trust_key) struct trust_key *k = calloc(1, sizeof(*k));
	bool encrypted = false;

	if (!k)
		return err_set(e, -ENOMEM, "out of memory");
	if (len > TRUST_PEM_BYTES_MAX)
		return err_set(e, -EINVAL, "a key of more than %u bytes", TRUST_PEM_BYTES_MAX);
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	if (!bio)
		return err_set(e, -ENOMEM, "out of memory");
	k->pkey = is_private ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &encrypted)
			     : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, &encrypted);
	BIO_free(bio);
	if (!k->pkey && encrypted)
		return err_set(e, -EINVAL, "the key is encrypted; decrypt it with openssl pkey -in FILE -out PLAIN");
	if (!k->pkey)
		return err_set(e, -EINVAL, "no %s key in PEM (\"-----BEGIN %s KEY-----\")",
			       is_private ? "private" : "public", is_private ? "PRIVATE" : "PUBLIC");
	if (!is_known_kind(k))
		return err_set(
			e, -EINVAL,
			"the key is neither Ed25519 nor ECDSA on P-256; make one with openssl genpkey -algorithm "
			"ed25519");
	int r = name_key(k, e);
	if (r == 0)
		*ret = take_ptr(k);
	return r;
}

int trust_key_public(const char *pem, size_t len, struct trust_key **ret, struct err *e)
{
	return load(pem, len, false, ret, e);
}

int trust_key_private(const char *pem, size_t len, struct trust_key **ret, struct err *e)
{
	return load(pem, len, true, ret, e);
}

const struct digest *trust_key_id(const struct trust_key *k)
{
	return &k->id;
}

/* The bytes of base64 text; their number or -errno. */
static int decode(const char *text, size_t len, unsigned char raw[TRUST_SIGNATURE_BYTES_MAX])
{
	EVP_ENCODE_CTX *c = len <= TRUST_SIGNATURE_BYTES_MAX ? EVP_ENCODE_CTX_new() : NULL;
	int count = 0, rest = 0;

	if (!c)
		return len > TRUST_SIGNATURE_BYTES_MAX ? -EINVAL : -ENOMEM;
	EVP_DecodeInit(c);
	bool good = EVP_DecodeUpdate(c, raw, &count, (const unsigned char *)text, (int)len) >= 0 &&
		    EVP_DecodeFinal(c, raw + count, &rest) == 1;
	EVP_ENCODE_CTX_free(c);
	return good && count + rest > 0 ? count + rest : -EINVAL;
}

int trust_verify(const struct trust_key *k, const void *data, size_t len, const char *signature, size_t signature_len,
		 struct err *e)
{
	unsigned char raw[TRUST_SIGNATURE_BYTES_MAX];
	int count = decode(signature, signature_len, raw);

	if (count < 0)
		return err_set(e, count, "the signature is not base64 of at most %d bytes", TRUST_SIGNATURE_BYTES_MAX);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!c)
		return err_set(e, -ENOMEM, "out of memory");
	bool good = EVP_DigestVerifyInit(c, NULL, is_ed25519(k) ? NULL : EVP_sha256(), NULL, k->pkey) == 1 &&
		    EVP_DigestVerify(c, raw, (size_t)count, data, len) == 1;
	EVP_MD_CTX_free(c);
	return good ? 0 : err_set(e, -EKEYREJECTED, "the signature is not of the key %.19s", k->id.text);
}

int trust_sign(const struct trust_key *k, const void *data, size_t len, struct buf *out, struct err *e)
{
	unsigned char raw[RAW_BYTES_MAX], text[4 * RAW_BYTES_MAX / 3 + 4];
	size_t count = sizeof(raw);
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (!c)
		return err_set(e, -ENOMEM, "out of memory");
	bool good = EVP_DigestSignInit(c, NULL, is_ed25519(k) ? NULL : EVP_sha256(), NULL, k->pkey) == 1 &&
		    EVP_DigestSign(c, raw, &count, data, len) == 1;
	EVP_MD_CTX_free(c);
	if (!good)
		return err_set(e, -EINVAL, "cannot sign with the key %.19s; a private key is needed", k->id.text);
	int r = buf_add(out, text, (size_t)EVP_EncodeBlock(text, raw, (int)count));
	r = r == 0 ? buf_add_char(out, '\n') : r;
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}
