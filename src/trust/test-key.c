/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures: RFC 8032's own vector, what openssl signed, what we sign ourselves, and everything that is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "trust/key.h"

#define MESSAGE "skep"

/* RFC 8032, 7.1, test 2: one byte. */
static const char rfc_public[] = "-----BEGIN PUBLIC KEY-----\n"
				 "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
				 "-----END PUBLIC KEY-----\n";
static const char rfc_signature[] =
	"kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==";

/* Made by openssl, as were their signatures over "skep". */
static const char ed_private[] = "-----BEGIN PRIVATE KEY-----\n"
				 "MC4CAQAwBQYDK2VwBCIEIMq6rkEsEQJCj1U2lMVXZIIyMJH1lfyvVtiuFC/0s3K7\n"
				 "-----END PRIVATE KEY-----\n";
static const char ed_public[] = "-----BEGIN PUBLIC KEY-----\n"
				"MCowBQYDK2VwAyEA00AiEq3/8qhFW0dLoxR1iMCPg8v2TVCC6lKYKPqrmak=\n"
				"-----END PUBLIC KEY-----\n";
static const char ed_signature[] =
	"6JL6I8qDaFi0cf97h0HxFuPZveebkT74c3lc1ocqm+BIQ6mudTaz9FxIgPbWUPHxG/pF6Xoh8YNBQlToPtXfCg==";
static const char ec_private[] = "-----BEGIN PRIVATE KEY-----\n"
				 "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXfzklVjgL2NrICA6\n"
				 "UJoYVxr9fuWQyLfgwGv0MaMoYS+hRANCAARdnYg5ou2vAuXiWuHcRP4BUQp22R2+\n"
				 "zaQ1gBrIuZ8zA+L1pTA6rLqdhPeGudDROdsNY6/ui4bS78vC1BKo1wHr\n"
				 "-----END PRIVATE KEY-----\n";
static const char ec_public[] = "-----BEGIN PUBLIC KEY-----\n"
				"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEXZ2IOaLtrwLl4lrh3ET+AVEKdtkd\n"
				"vs2kNYAayLmfMwPi9aUwOqy6nYT3hrnQ0TnbDWOv7ouG0u/LwtQSqNcB6w==\n"
				"-----END PUBLIC KEY-----\n";
static const char ec_signature[] =
	"MEUCIDA4wLyIaiIxsi0GXZbLKkpAZ0iK0DPLaahNqUS/eTdQAiEAgBvtfXmMIgCMu0b0YrXszHC/XVMql+/1V0mNzP5bfD0=";

static const char rsa_public[] = "-----BEGIN PUBLIC KEY-----\n"
				 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDDMlxIn611PP7X22EDARASdz9I\n"
				 "3YoFjx/Je2w75FgXEJvDhbpZ+r8qsvxOsAvnj5Xo+95O5wOiKk8fjsUdIWDM3OeR\n"
				 "h1U9LdGZhGtM/31Rwl+dzLkv88N0J1TggkyAVHSJucoesz1GmJslhtSVnQRZ/59O\n"
				 "QR6tJca27L0rTKiijwIDAQAB\n"
				 "-----END PUBLIC KEY-----\n";
static const char p384_public[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE0lGhpEk+vJcc7sfh98JI2a30nKqUTUWi\n"
				  "PfIvfcGjYakil8ptgEMPsLIguZ6ESAOEOF0uUisn9MNHSHkzKiXLVGU9pMLqgOLh\n"
				  "LkXrEIFhjHgOultVFjSby/oySI/ZC2qq\n"
				  "-----END PUBLIC KEY-----\n";
static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
				"MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgCvSXY9M3BhgICCAAw\n"
				"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEI1HVs3oDr9HV2D0BFCs5GMEQAev\n"
				"Xm/O/wXl6uIL76rbGy9KJXWXULGzBqQKiXfnGO+fKV3CERGJO8qg56zLk53yGS3J\n"
				"wJV0fciZWBlHAnMKcNE=\n"
				"-----END ENCRYPTED PRIVATE KEY-----\n";

static int verify(const char *pem, const char *message, const char *signature)
{
	SCOPED_PTR(trust_key) struct trust_key *k = NULL;

	assert_int_equal(trust_key_public(pem, strlen(pem), &k, NULL), 0);
	return trust_verify(k, message, strlen(message), signature, strlen(signature), NULL);
}

static void known_signatures_hold(void **state)
{
	assert_int_equal(verify(rfc_public, "r", rfc_signature), 0);
	assert_int_equal(verify(ed_public, MESSAGE, ed_signature), 0);
	assert_int_equal(verify(ec_public, MESSAGE, ec_signature), 0);
}

static void anything_else_is_refused(void **state)
{
	char changed[sizeof(ed_signature)];

	assert_int_equal(verify(ed_public, "skeP", ed_signature), -EKEYREJECTED);
	assert_int_equal(verify(ec_public, "skep ", ec_signature), -EKEYREJECTED);
	assert_int_equal(verify(ed_public, MESSAGE, ec_signature), -EKEYREJECTED);
	assert_int_equal(verify(ec_public, MESSAGE, ed_signature), -EKEYREJECTED);
	assert_int_equal(verify(rfc_public, MESSAGE, ed_signature), -EKEYREJECTED);
	for (size_t i = 0; i < 86; i += 5) {
		memcpy(changed, ed_signature, sizeof(changed));
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(verify(ed_public, MESSAGE, changed), -EKEYREJECTED);
	}
	assert_int_equal(verify(ed_public, MESSAGE, ""), -EINVAL);
	assert_int_equal(verify(ed_public, MESSAGE, "=="), -EINVAL);
	assert_int_equal(verify(ed_public, MESSAGE, "not base64!"), -EINVAL);
	assert_int_equal(verify(ed_public, MESSAGE, "AAAA"), -EKEYREJECTED);
}

static void a_signature_has_a_limit(void **state)
{
	char text[TRUST_SIGNATURE_BYTES_MAX + 2];

	memset(text, 'A', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(verify(ed_public, MESSAGE, text), -EINVAL);
}

static void what_is_signed_is_verified(void **state)
{
	static const char *const pairs[][2] = {{ed_private, ed_public}, {ec_private, ec_public}};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		SCOPED_PTR(trust_key) struct trust_key *own = NULL, *theirs = NULL;
		SCOPED(buf) struct buf text = BUF_INIT(4096);
		assert_int_equal(trust_key_private(pairs[i][0], strlen(pairs[i][0]), &own, NULL), 0);
		assert_int_equal(trust_key_public(pairs[i][1], strlen(pairs[i][1]), &theirs, NULL), 0);
		assert_true(digest_equal(trust_key_id(own), trust_key_id(theirs)));
		assert_int_equal(trust_sign(own, MESSAGE, 4, &text, NULL), 0);
		assert_int_equal(trust_verify(theirs, MESSAGE, 4, text.data, text.len, NULL), 0);
		assert_int_equal(trust_sign(theirs, MESSAGE, 4, &text, NULL), -EINVAL);
	}
}

static void other_keys_are_refused_with_words(void **state)
{
	static const struct {
		const char *pem, *words;
		bool is_private;
	} bad[] = {
		{"", "no public key", false},
		{"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "no public key", false},
		{ed_private, "no public key", false},
		{ed_public, "no private key", true},
		{rsa_public, "neither Ed25519", false},
		{p384_public, "neither Ed25519", false},
		{encrypted, "is encrypted", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct trust_key *k = NULL;
		struct err e = {0};
		int r = bad[i].is_private ? trust_key_private(bad[i].pem, strlen(bad[i].pem), &k, &e)
					  : trust_key_public(bad[i].pem, strlen(bad[i].pem), &k, &e);
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(e.text, bad[i].words));
		assert_null(k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_signatures_hold),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(a_signature_has_a_limit),
		cmocka_unit_test(what_is_signed_is_verified),
		cmocka_unit_test(other_keys_are_refused_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
