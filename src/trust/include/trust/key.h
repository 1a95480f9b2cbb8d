/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures over bytes: whether somebody who has a private key said exactly this. Two kinds of keys, Ed25519 (RFC 8032)
 * and ECDSA on P-256 with SHA-256, in PEM; signatures are base64, as openssl and cosign write them. Which keys count is
 * the caller's to say. Pure: bytes in, an answer out.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/err.h"

#define TRUST_PEM_BYTES_MAX (64u << 10)
#define TRUST_SIGNATURE_BYTES_MAX 1024 /* of base64 */

struct trust_key;
void trust_key_free(struct trust_key *k);
DEFINE_SCOPED_PTR(trust_key)

/* Read one key from PEM text. -EINVAL with words: no such key, one of another kind, or (private) an encrypted one. */
int trust_key_public(const char *pem, size_t len, struct trust_key **ret, struct err *e) must_check;
int trust_key_private(const char *pem, size_t len, struct trust_key **ret, struct err *e) must_check;

/* The SHA-256 of its public half (DER, SubjectPublicKeyInfo), by which messages name a key. */
const struct digest *trust_key_id(const struct trust_key *k);

/*
 * Whether SIGNATURE (base64, blanks and line ends are passed over) is K's over DATA. 0; -EKEYREJECTED it is another
 * key's or over other bytes; -EINVAL it is no base64.
 */
int trust_verify(const struct trust_key *k, const void *data, size_t len, const char *signature, size_t signature_len,
		 struct err *e) must_check;

/* Appends K's signature over DATA to OUT, base64 in one line. K is a private key. */
int trust_sign(const struct trust_key *k, const void *data, size_t len, struct buf *out, struct err *e) must_check;
