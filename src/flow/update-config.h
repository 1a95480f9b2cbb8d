/* SPDX-License-Identifier: Apache-2.0 */
/* The document of mirrors with its keys, as an update needs them. Inside the room only. */
#pragma once

#include "model/mirror-config.h"
#include "trust/key.h"

struct update_config {
	struct mirror_config document;
	struct trust_key *keys[MIRROR_KEYS_MAX];
	size_t key_count;
};
#define UPDATE_CONFIG_INIT ((struct update_config){.document = MIRROR_CONFIG_INIT})
void update_config_done(struct update_config *c);
DEFINE_SCOPED(update_config)

/* Reads the document at PATH, and the keys it names. Words with the file, line and column. */
int update_config_read(const char *path, struct update_config *ret, struct err *e) must_check;
