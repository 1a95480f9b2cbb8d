/* SPDX-License-Identifier: Apache-2.0 */
/* Licences of Debian's packages, which their database does not name. Inside the room only. */
#pragma once

#include "assay/report.h"

/* Takes the remarks about licences out of INV's, whose remarks are sorted, and gives its packages their licence. */
void licence_attach(struct assay_inventory *inv);
/* Is the expression one that nobody can keep to without a licence that a pattern of FORBIDDEN names? */
bool licence_is_forbidden(const char *expression, const struct strv *forbidden);

/*
 * TEXT as an SPDX licence expression (SPDX 2.3, annex D): names that are on SPDX's list as they are written there, others as
 * LicenseRef-..., each of which is also added to OTHERS ("LicenseRef-x" and what stood there, in turn) once. -ENOMEM.
 */
int licence_to_spdx(const char *text, struct buf *out, struct strv *others) must_check;
