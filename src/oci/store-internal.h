/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store's files share: its folders.
 */
#pragma once

#include "oci/store.h"

struct oci_store {
	int root, blobs, images, layers, refs, pins, tmp, lock;
};

#define STORE_RECORD_BYTES_MAX (1u << 20)
#define STORE_IMAGES_MAX 65536

/* Names in a folder that are not hidden. */
typedef int store_name_fn(const char *name, void *data, struct err *e);
int store_each_name(int dir, store_name_fn *fn, void *data, struct err *e) must_check;
