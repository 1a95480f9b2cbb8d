/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML document as JSON text, for the readers of policy kinds: JSON is YAML too, so one reader serves both. Every scalar becomes a
 * text but true, false and null, which kinds take for numbers where they want numbers.
 */
#pragma once

#include "base/buf.h"
#include "rule/problem.h"

/* One document; -EINVAL after noting the problem, -EMSGSIZE when the JSON is more than OUT takes, -ENOMEM. */
int rule_document_json(const char *name, const char *text, size_t len, struct rule_problems *problems,
		       struct buf *out) must_check;

/*
 * Where PATH ("spec.mirrors[1].address") stands in the same text: the key, or the item of a list; of what is not there, the
 * place of the last part that is. Line 0 when nothing of it is.
 */
struct rule_place rule_document_place(const char *name, const char *text, size_t len, const char *path);
