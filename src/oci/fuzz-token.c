/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes challenges and tokens of registries: nothing that could end a line gets into a request. */
#include <stdint.h>
#include <string.h>

#include "oci/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_plain(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] <= ' ')
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(buf) struct buf text = BUF_INIT(1u << 20), url = BUF_INIT(16u << 10), token = BUF_INIT(OCI_TOKEN_MAX);
	struct oci_challenge c;

	if (oci_token_decode((const char *)data, size, &token, NULL) == 0)
		must_be_plain(&token);
	if (buf_add(&text, data, size) == 0 && oci_challenge_read(buf_str(&text), &c, NULL) == 0 &&
	    oci_challenge_url(&c, &url, NULL) == 0)
		must_be_plain(&url);
	return 0;
}
