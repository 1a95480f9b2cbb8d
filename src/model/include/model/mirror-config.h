/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the index of known vulnerabilities is brought up to date from: one document of kind DatabaseMirrors;
 * docs/vulnerabilities.md shows one. All mirrors of a document offer the same list and are tried in their order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

#define MIRROR_CONFIG_BYTES_MAX (256u << 10)
#define MIRRORS_MAX 16
#define MIRROR_KEYS_MAX 16
#define MIRROR_TEXT_MAX 2048

enum mirror_kind {
	MIRROR_FOLDER,	 /* /srv/mirror, file:///srv/mirror */
	MIRROR_WEB,	 /* https://mirror.example.org/skep */
	MIRROR_LAYOUT,	 /* oci:/srv/layout:TAG */
	MIRROR_REGISTRY, /* oci://registry.example.org/skep/db:TAG */
};

/* An address, taken apart; texts live in the arena. */
struct mirror_address {
	enum mirror_kind kind;
	const char *place; /* a folder; scheme, host and path without a last slash; a registry's host and port */
	const char *repository, *tag; /* of a registry; TAG of a layout too ("latest" when none is given) */
	bool loopback;		      /* PLACE is on this host */
};
/* -EINVAL with words. */
int mirror_address_read(const char *text, struct arena *a, struct mirror_address *ret, struct err *e) must_check;

struct mirror_place {
	const char *name;
	const char *text; /* the address as it was written */
	struct mirror_address address;
	const char *ca; /* PEM file of the only authorities that count; NULL: the system's */
	bool insecure;	/* without TLS */
};

struct mirror_texts {
	const char **at;
	size_t count;
};

struct mirror_config {
	struct arena arena; /* owns what follows */
	const char *name;
	struct mirror_texts keys;    /* PEM files; a signature of any one of them counts */
	struct mirror_texts sources; /* to be taken; none: all */
	uint64_t max_age_days;	     /* of a list; 0: until it expires */
	struct mirror_place mirrors[MIRRORS_MAX];
	size_t count;
};
#define MIRROR_CONFIG_INIT ((struct mirror_config){.arena = ARENA_INIT(4u << 20)})
void mirror_config_done(struct mirror_config *c);
DEFINE_SCOPED(mirror_config)

/*
 * Reads the document; numbers and flags may be texts, as YAML's are. -EINVAL with words; PLACE then says where, as in
 * "spec.mirrors[1].address".
 */
#define MIRROR_PLACE_MAX 128
int mirror_config_decode(const struct json *doc, struct mirror_config *ret, char place[MIRROR_PLACE_MAX],
			 struct err *e) must_check;
