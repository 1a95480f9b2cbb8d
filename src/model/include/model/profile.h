/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A behaviour profile: what a container may do, observed once, read by people, signed, held from the first system call. One
 * document of kind BehaviourProfile; docs/profiles.md shows one. What no list allows is not allowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#define PROFILE_BYTES_MAX (8u << 20)
#define PROFILE_ITEMS_MAX 20000 /* of one list */
#define PROFILE_TEXT_MAX 4096	/* bytes of one item */

enum profile_mode { PROFILE_OBSERVE, PROFILE_ALERT, PROFILE_ENFORCE };

enum profile_list {
	PROFILE_READ, /* patterns of paths inside the container: * within a folder, ** across folders */
	PROFILE_WRITE,
	PROFILE_CREATE, /* make, remove, rename */
	PROFILE_EXECUTE,
	PROFILE_CONNECT, /* "tcp 10.0.0.0/8 443", "udp any 53", "tcp db.example.com 5432-5439", "unix /run/x.sock" */
	PROFILE_LISTEN,
	PROFILE_FAMILIES, /* of sockets: inet, unix */
	PROFILE_SYSCALLS,
	PROFILE_CAPABILITIES, /* without CAP_ */
	PROFILE_USERS,	      /* numbers inside the container */
	PROFILE_NAMESPACES,   /* kinds it may make: user, mount */
	PROFILE_MOUNTS,	      /* "tmpfs /tmp": kind and target */
	PROFILE_MEMORY,	      /* write-execute, memfd-execute, ptrace */
	PROFILE_LISTS
};

/* What has a mode of its own ("modes: {network: alert}"). */
enum profile_part {
	PROFILE_FILES,
	PROFILE_PROGRAMS,
	PROFILE_NETWORK,
	PROFILE_CALLS,	    /* with namespaces and mounts */
	PROFILE_PRIVILEGES, /* capabilities and users */
	PROFILE_MEMORIES,
	PROFILE_PARTS
};

struct profile_items {
	const char **at; /* sorted, each once */
	size_t count;
};

struct profile_program {
	const char *path;			 /* a pattern */
	const char *digest;			 /* "sha256:..." or NULL: any */
	struct profile_items parents, arguments; /* patterns; empty: any */
};

/* 0: no limit. */
struct profile_limits {
	uint64_t processes, files, memory_bytes, cpu_thousandths;
};

struct profile {
	struct arena arena;	  /* owns what follows */
	const char *name, *image; /* IMAGE: NULL when it is for any */
	enum profile_mode mode;
	enum profile_mode modes[PROFILE_PARTS]; /* of each part; MODE where the document names none */
	bool allow_degraded;			/* what no means of this host can hold is left out instead of refused */
	struct profile_program *programs;	/* by path */
	size_t program_count;
	struct profile_items lists[PROFILE_LISTS];
	struct profile_limits limits;
};
#define PROFILE_INIT ((struct profile){.arena = ARENA_INIT(64u << 20)})
void profile_done(struct profile *p);
DEFINE_SCOPED(profile)

/* Reads the document; numbers and flags may be texts, as YAML's are. -EINVAL with the place ("spec.files.read[3]") and words. */
int profile_decode(const struct json *doc, struct profile *ret, struct err *e) must_check;
/* The canonical form, by which a profile is signed: members and lists in their order, no blanks, nothing that is empty. */
void profile_encode(const struct profile *p, struct buf *out);

/* Where a list stands below spec ("files.read"), and what it means ("read"). */
const char *profile_list_key(enum profile_list list);
const char *profile_list_verb(enum profile_list list);
const char *profile_mode_name(enum profile_mode mode);
/* -EINVAL with words. */
int profile_mode_read(const char *text, enum profile_mode *ret, struct err *e) must_check;
const char *profile_part_name(enum profile_part part);
enum profile_part profile_part_of(enum profile_list list);
/* One mode for all parts. */
void profile_set_mode(struct profile *p, enum profile_mode mode);

/* Sorts, and drops what is there twice. */
void profile_items_sort(struct profile_items *items);

/* Whether PATH is one that PATTERN means; whether everything that INNER means is meant by OUTER as well. */
bool profile_path_matches(const char *pattern, const char *path);
bool profile_path_covers(const char *outer, const char *inner);

/* One item of connect or listen, taken apart. */
struct profile_endpoint {
	char protocol[8]; /* "tcp", "udp", "unix", "any" */
	bool any;	  /* address */
	bool is_net;	  /* NET and BITS; otherwise HOST is a name, or a socket's path */
	uint8_t net[16];  /* IPv4 behind ::ffff: */
	unsigned bits;
	char host[256];
	uint16_t first, last; /* ports; 0 to 65535: any */
};
int profile_endpoint_read(const char *text, struct profile_endpoint *ret, struct err *e) must_check;
/* Whether PROTOCOL ("tcp") is one of its own: "any" has all. */
bool profile_endpoint_speaks(const struct profile_endpoint *e, const char *protocol);
bool profile_endpoint_covers(const struct profile_endpoint *outer, const struct profile_endpoint *inner);

/* Whether an item of LIST allows all that ITEM does. */
bool profile_allows(const struct profile *p, enum profile_list list, const char *item);
