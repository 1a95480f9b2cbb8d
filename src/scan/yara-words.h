/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that rules name in their metadata (skep_words, skep_path, skep_largest: rules/malware.yar says what they mean). A
 * file that has none of them need not be looked through by YARA, unless some rule names none. Inside the room only.
 */
#pragma once

#include <hs/hs.h>
#include <yara.h>

#include "reader.h"

struct yara_words {
	hs_database_t *machine; /* NULL: every file is looked at */
	hs_scratch_t *scratch;
	uint64_t *largest;  /* by word: of files in which it counts */
	const char **paths; /* that are looked at whatever they have; in the rules */
	size_t path_count;
	size_t longest; /* of the words */
};

/* Those of RULES, which stay with it; Y is to be done whatever comes back. */
int yara_words_make(YR_RULES *rules, struct yara_words *y, struct err *e) must_check;
void yara_words_done(struct yara_words *y);
/* Can any rule match F? */
bool yara_words_in(const struct yara_words *y, const struct scan_file *f);
/* A text of the rule's metadata; NULL for none. */
const char *yara_meta_of(YR_RULE *rule, const char *name);
