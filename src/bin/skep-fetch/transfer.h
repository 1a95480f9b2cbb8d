/* SPDX-License-Identifier: Apache-2.0 */
/* One address fetched over HTTP: again where it was cut, and with a token where a registry asks for one. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct transfer {
	const char *url;
	const char *accept;   /* media types; NULL: any */
	const struct buf *ca; /* PEM text of the only authorities that count; NULL: the system's */
	bool plain;	      /* HTTP without TLS too */
	bool registry;	      /* gets a token when it is asked for one */
	uint64_t max;	      /* bytes of the whole */
	int fd;		      /* where it goes */
	uint64_t have;	      /* bytes that FD has already; grows */
};

/* 0; -ENOENT it is not there; -EFBIG it is more than MAX; -EIO anything else. With words. */
int transfer_run(struct transfer *t, struct err *e) must_check;
