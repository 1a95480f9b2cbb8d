/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClamAV's clamd, asked about one content after the other over a connection that somebody else makes (clamd(8), commands
 * IDSESSION and INSTREAM). Only contents are sent. Inside the room only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CLAMD_ANSWER_MAX 4096
#define CLAMD_NAME_MAX 256

enum clamd_verdict {
	CLAMD_CLEAN,
	CLAMD_FOUND,	 /* NAME is what */
	CLAMD_TOO_LARGE, /* over its StreamMaxLength; it ends the connection */
	CLAMD_LIMIT,	 /* it looked at a part only, by a limit of its own; NAME says which */
	CLAMD_ERROR,	 /* NAME has its words */
	CLAMD_VERDICTS,
};

struct clamd_answer {
	enum clamd_verdict verdict;
	char name[CLAMD_NAME_MAX];
};
/* The answer TEXT (without its NUL) to question ID of a session. -EPROTO when it is none. */
int clamd_answer_read(const char *text, size_t len, unsigned id, struct clamd_answer *ret) must_check;

/* Makes a connection: a stream socket whose calls end after a while; -errno with words. */
typedef int clamd_connect_fn(void *data, struct err *e);

struct clamd {
	clamd_connect_fn *connect; /* NULL: it is not asked */
	void *data;
	int fd; /* owned; -1: none now */
	unsigned id;
	bool gone;	       /* it stopped answering; nothing more is asked */
	uint64_t refused_size; /* the smallest content that it found too large; 0: none yet */
};
#define CLAMD_INIT ((struct clamd){.fd = -1})
void clamd_done(struct clamd *c);
/*
 * What clamd says about DATA. Connects when needed, and once more when an old connection is at its end. Negative with
 * words: it does not answer, and is not asked again.
 */
int clamd_ask(struct clamd *c, const uint8_t *data, size_t len, struct clamd_answer *ret, struct err *e) must_check;
