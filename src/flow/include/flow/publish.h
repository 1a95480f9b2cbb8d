/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mirror made from feeds at hand: their files, a list of them, and its signature. Publishing again replaces the list; the
 * files of the list before stay, for those who are reading them.
 */
#pragma once

#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"
#include "flow/database.h"

#define FLOW_PUBLISH_DAYS 30

struct flow_publish_options {
	const struct flow_db_inputs *inputs;
	const char *key; /* a private key's PEM file */
	const char *to;	 /* DIR, or oci:DIR:TAG */
	uint64_t days;	 /* until the list expires */
	uint64_t serial; /* 0: the time in seconds, or one more than the list that is there */
};

struct flow_publish {
	uint64_t serial, bytes;
	size_t count;
	struct digest key; /* its public half */
};

int flow_publish(const struct flow_publish_options *o, struct flow_publish *ret, struct err *e) must_check;
