/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of an image (image-spec 1.1.1, config.md): what to run by default, and the digests of its
 * uncompressed layers. A decoder of bytes from outside: limited, and everything it returns lives in the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

#define OCI_CONFIG_STRINGS_MAX 4096 /* most entries of any one list */

struct oci_strings {
	const char **items;
	size_t count;
};

/* One step of the build (config.md, "history"). */
struct oci_history {
	const char *created_by; /* NULL when absent */
	bool empty_layer;	/* made no layer */
	bool has_secret;	/* not from the document: who finds one sets it, and the step is not shown */
};

struct oci_image_config {
	const char *os, *architecture, *created, *author; /* NULL when absent */
	const char *user, *working_dir, *stop_signal;	  /* NULL when absent */
	struct oci_strings env, entrypoint, cmd;
	struct oci_strings volumes, exposed_ports; /* keys of the sets */
	struct oci_strings label_keys, label_values;
	struct digest *diff_ids; /* bottom first */
	size_t diff_id_count;
	struct oci_history *history; /* oldest first */
	size_t history_count;
	bool has_healthcheck; /* Docker's member */
};

/* 0; -EINVAL malformed; -E2BIG over a limit; -EOPNOTSUPP not a Linux image of layers; -ENOMEM. */
int oci_image_config_decode(const char *text, size_t len, struct arena *a, struct oci_image_config *ret,
			    struct err *e) must_check;
