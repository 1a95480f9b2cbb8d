/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a container: docker's line format ({"log":..,"stream":..,"time":..}), rotated. Inside the room only.
 */
#pragma once

#include "base/err.h"
#include "flow/container.h"

#define FLOW_LOG_BYTES_MAX (10u << 20) /* of one file */
#define FLOW_LOG_FILES 3
#define FLOW_LOG_LINE_MAX 16384 /* longer lines are written in parts, as docker does */

enum flow_stream { FLOW_STDOUT, FLOW_STDERR };

struct flow_log {
	int dir; /* borrowed */
	int fd;
	uint64_t size;
	struct {
		char data[FLOW_LOG_LINE_MAX];
		size_t len;
	} line[2];
};

int flow_log_open(int dir, struct flow_log *ret, struct err *e) must_check;
/* Failures to write are dropped: a full disk must not stop the container. */
void flow_log_add(struct flow_log *l, enum flow_stream stream, const char *data, size_t len);
/* Writes what has no newline yet. */
void flow_log_done(struct flow_log *l);
