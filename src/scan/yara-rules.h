/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YARA's rules by libyara: compiled once, where only the operator's own text is read, handed on as bytes, and used on one
 * file after the other. Modules that need files or reports of their own (magic, cuckoo) are not there. Inside the room
 * only.
 */
#pragma once

#include <stdbool.h>

#include "reader.h"

#define YARA_MATCHES_MAX 50	/* rules that are said to match one file */
#define YARA_FILE_TIMEOUT_S 120 /* for one file */

typedef int yara_put_fn(void *data, const void *bytes, size_t len);

/* Rules being read. */
struct yara_maker;
int yara_maker_new(struct yara_maker **ret, struct err *e) must_check;
void yara_maker_free(struct yara_maker *m);
DEFINE_SCOPED_PTR(yara_maker)
/* The rules in TEXT, which ends with NUL; NAME is for words. After -EINVAL (words with the line) M is only to be freed. */
int yara_maker_add(struct yara_maker *m, const char *name, const char *text, struct err *e) must_check;
/* All of them as bytes by PUT; M is only to be freed. */
int yara_maker_write(struct yara_maker *m, yara_put_fn *put, void *data, struct err *e) must_check;

struct yara_rules;
/* What a maker of this very program wrote; BYTES are needed during the call only. -EBADMSG, -ENOMEM. */
int yara_rules_load(const void *bytes, size_t len, struct yara_rules **ret, struct err *e) must_check;
void yara_rules_free(struct yara_rules *y);
DEFINE_SCOPED_PTR(yara_rules)
void yara_rules_set_timeout(struct yara_rules *y, int seconds);
/* Remarks what matches F; that it could not be looked through, as well. */
void yara_rules_look(struct yara_rules *y, struct scan_out *o, const struct scan_file *f);
/* Can any rule match F, by the words that its rules name? True when a rule names none. */
bool yara_rules_may_match(struct yara_rules *y, const struct scan_file *f);
