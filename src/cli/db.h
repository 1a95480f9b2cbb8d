/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of the index share. Inside the room only. */
#pragma once

#include "flow/database.h"

/* What an import came to: a table, unless QUIET, and on stderr what was left out. */
int cli_db_notes(const struct flow_db_notes *notes, bool quiet);
