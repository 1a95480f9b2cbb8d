/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a registry asks for a token (Docker's token authentication specification, RFC 6750): the challenge in its answer, the
 * address to ask at, and the token that comes from there. Texts from outside that end up in requests, so every
 * character is checked.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define OCI_TOKEN_TEXT_MAX 1024
#define OCI_TOKEN_MAX 16384		/* characters of a token */
#define OCI_TOKEN_BYTES_MAX (64u << 10) /* of the answer */

/* Texts are "" when the challenge has none. */
struct oci_challenge {
	char realm[OCI_TOKEN_TEXT_MAX];
	char service[OCI_TOKEN_TEXT_MAX];
	char scope[OCI_TOKEN_TEXT_MAX];
};

/* Reads the value of a WWW-Authenticate header. -EINVAL; -EOPNOTSUPP another scheme than Bearer. */
int oci_challenge_read(const char *text, struct oci_challenge *ret, struct err *e) must_check;
/* Appends the address to ask for a token. */
int oci_challenge_url(const struct oci_challenge *c, struct buf *out, struct err *e) must_check;
/* Reads the answer and appends the token. */
int oci_token_decode(const char *text, size_t len, struct buf *out, struct err *e) must_check;
