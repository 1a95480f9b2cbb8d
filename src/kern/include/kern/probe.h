/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this host offers, found out by trying: each probe does the thing itself, in a child of its own where it could
 * change us, and never believes a version number or a file's mere presence. No decisions here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define KERN_PROBE_DETAIL_MAX 160

struct kern_probe_result {
	bool works;
	char detail[KERN_PROBE_DETAIL_MAX]; /* a version, a number, or why not */
};

struct kern_probe {
	const char *name;
	const char *lost; /* what cannot be had without it */
	void (*run)(struct kern_probe_result *ret);
};

/* Ends with a NULL name. */
extern const struct kern_probe kern_probes[];
