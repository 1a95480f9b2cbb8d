/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses fetched by skep-fetch. Inside the room only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct fetch {
	const char *url;
	const char *ca;	    /* PEM file; NULL: the system's authorities */
	const char *accept; /* media types; NULL: any */
	bool plain;	    /* HTTP without TLS too */
	bool registry;	    /* gets a token when it is asked for one */
	int fd;
	uint64_t have;				  /* bytes that FD has already: the rest is asked for */
	uint64_t max;				  /* of the whole */
	void (*tick)(void *data, uint64_t bytes); /* a few times a second; may be NULL */
	void *data;
};

/* -ENOENT it is not there, -EFBIG it is more than MAX, -EIO anything else, with the words of skep-fetch. */
int fetch_run(const struct fetch *f, struct err *e) must_check;
