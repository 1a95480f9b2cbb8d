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

struct scan_secrets;
/* TEXT: rules in gitleaks' form besides our own, or NULL. -EINVAL with words that name the line or rule. */
int scan_secrets_new(const char *text, size_t len, struct scan_secrets **ret, struct err *e) must_check;
void scan_secrets_free(struct scan_secrets *s);
DEFINE_SCOPED_PTR(scan_secrets)
size_t scan_secrets_count(const struct scan_secrets *s);
