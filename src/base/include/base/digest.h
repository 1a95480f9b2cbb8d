/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content digests as OCI writes them ("sha256:<64 hex>", image-spec descriptor.md), by OpenSSL's EVP.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define DIGEST_TEXT_MAX 136 /* "sha512:" + 128 hex + NUL */

struct digest {
	char text[DIGEST_TEXT_MAX];
};

/* Accepts sha256 and sha512 with lower-case hex of the right length; -EINVAL malformed, -EOPNOTSUPP another algorithm. */
int digest_parse(const char *text, struct digest *ret) must_check;
bool digest_equal(const struct digest *a, const struct digest *b);
/* The hex part, borrowed. */
const char *digest_hex(const struct digest *d);

/* A running hash. */
struct digest_ctx;
int digest_ctx_new(const char *algorithm, struct digest_ctx **ret) must_check; /* "sha256" or "sha512" */
void digest_ctx_free(struct digest_ctx *c);
DEFINE_SCOPED_PTR(digest_ctx)
int digest_update(struct digest_ctx *c, const void *data, size_t len) must_check;
int digest_final(struct digest_ctx *c, struct digest *ret) must_check;

/* SHA-256 of one piece of memory. */
int digest_of(const void *data, size_t len, struct digest *ret) must_check;

/* The bytes of a digest by "md5", "sha1" or "sha256", to compare with lists; -EOPNOTSUPP for what OpenSSL refuses here. */
#define DIGEST_BYTES_MAX 32
int digest_bytes(const char *algorithm, const void *data, size_t len, uint8_t ret[DIGEST_BYTES_MAX]) must_check;
/* Makes all of them ready, so that later no file is opened for them. */
void digest_prepare(void);
