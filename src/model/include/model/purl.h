/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package URLs (purl-spec): a package and the distribution around it in one line, as other tools read and write it. The
 * source package goes into the qualifier "upstream" (NAME or NAME@VERSION), as Syft has it, an rpm's epoch into "epoch",
 * the release into "distro" ("debian-12").
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "model/package.h"

#define MODEL_PURL_MAX 8192

/* RELEASE may be NULL. Errors are B's. */
void model_purl_format(const struct model_package *p, const struct model_release *release, struct buf *b);

/* What TEXT says, in A; RET's path and layer are left alone. RELEASE_ID and VERSION_ID (may be "") come from the
 * namespace and "distro". -EINVAL malformed, -EOPNOTSUPP a type skep does not judge, -ENOMEM. */
int model_purl_parse(const char *text, struct arena *a, struct model_package *ret,
		     struct model_release *release) must_check;
