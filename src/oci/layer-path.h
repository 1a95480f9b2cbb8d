/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an entry of a layer goes: the folder that holds it, found or made below the target, with the layers below in
 * view.
 */
#pragma once

#include <stdbool.h>

#include "oci/layer.h"

#define LAYER_PATH_MAX 4096

struct layer_place {
	int dir;		   /* owned descriptor of the folder; O_PATH */
	char name[256];		   /* the last part; "" for the root itself */
	char path[LAYER_PATH_MAX]; /* the folder's path below the target, links resolved; "" for the root */
};

void layer_place_done(struct layer_place *p);
DEFINE_SCOPED(layer_place)

/*
 * Resolves a path as a tar writes it. Missing folders are made when MAKE, with the attributes they have in the layers
 * below. Symbolic links on the way are followed inside the image. -EXDEV for ".." in PATH itself.
 */
int layer_place_find(const struct oci_layer_job *job, const char *path, bool make, struct layer_place *ret,
		     struct err *e) must_check;
