/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation of an import with a worker: one job with the source and a file to write into, one answer.
 */
#pragma once

#include <stdint.h>

#include "vuln/build.h"

enum database_message {
	DATABASE_JOB = 101,    /* database_job; fds: the source, the file for segments */
	DATABASE_DONE = 102,   /* database_result */
	DATABASE_FAILED = 103, /* database_failure */
};

struct database_job {
	int64_t now_s;
	uint32_t is_folder;
	uint32_t reserved;
	char source[VULN_NAME_MAX];
	char words[256];
};

struct database_result {
	uint32_t count;
	uint32_t reserved;
	struct vuln_piece pieces[VULN_SEGMENT_KINDS];
	struct vuln_refusals refusals;
};

struct database_failure {
	int32_t code;
	char text[ERR_TEXT_MAX];
};

/* The role's body. */
int database_worker(int channel);
