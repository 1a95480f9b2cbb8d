/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules about secrets, made ready: their words in one machine (Hyperscan) that every text runs through once, their
 * expressions (PCRE2) compiled when first needed and run only around a word that was found.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

#define SCAN_SECRET_FILE_MAX (32u << 20) /* larger texts are not looked through, which is remarked */

#define SCAN_SECRET_RULES_BYTES_MAX (8 << 20) /* bytes of a file of rules */

struct scan_secrets;
/* TEXT: rules in gitleaks' form besides our own, or NULL. -EINVAL with words that name the line or rule. */
int scan_secrets_new(const char *text, size_t len, struct scan_secrets **ret, struct err *e) must_check;
void scan_secrets_free(struct scan_secrets *s);
DEFINE_SCOPED_PTR(scan_secrets)
size_t scan_secrets_count(const struct scan_secrets *s);

struct scan_options;
struct scan_out;
/* A text that is no file: its secrets are remarked with the path "". */
int scan_secret_text(const void *text, size_t len, const struct scan_options *options, struct scan_out *o,
		     struct err *e) must_check;
