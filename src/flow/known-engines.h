/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about containers of other engines. Inside the room only. */
#pragma once

#include <stdbool.h>

#include "base/json.h"

/* What only the engine itself can say: the image of a container of containerd. */
struct known_question {
	char id[128], socket[128], space[64]; /* ID "": nothing to ask */
};
void known_question_set(struct known_question *q, const char *id, const char *socket, const char *space);

/*
 * Writes the facts of a container as members of the object that is open. -ENOENT when the engine knows no such container. What is left
 * to ask goes into QUESTION.
 */
int known_engine(const char *id, const char *type, struct json_out *o, struct known_question *question) must_check;

/* Whether containerd runs a container of this id, which may be any word. */
bool known_shim(const char *id);
