/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's events say it does, collected as the lists of a profile. Inside the room only. */
#pragma once

#include "base/str.h"
#include "detect/detect.h"
#include "model/noted.h"
#include "model/profile.h"

enum { OBSERVE_ITEMS_MAX = 50000 };

/* Something that the profile at hand does not allow: an item of a list, or a program. */
typedef void outside_fn(void *ctx, enum profile_list list, bool program, const char *what);

struct observation {
	struct strv lists[PROFILE_LISTS]; /* with doubles, until the end */
	struct strv programs;		  /* "path\nparent" */
	uint32_t range;			  /* the host's id of the container's root */
	uint64_t began;			  /* its first program, boot-time ns; 0: not yet */
	uint64_t lost;			  /* events that were not seen */
	struct strv refused;		  /* "call path" that the kernel refused */
	bool other_user;		  /* than the container's root did what was seen last */
	uint64_t capabilities;		  /* guessed from calls, by number */
	bool full;			  /* more than could be kept */
	bool failed;			  /* out of memory */
	const struct profile
		*held; /* then nothing is collected; what it does not allow is told to OUTSIDE. NULL: collect */
	outside_fn *outside;
	void *ctx;
};
void observation_done(struct observation *o);
DEFINE_SCOPED(observation)

/* Event types that are asked for; NULL-terminated. */
extern const char *const observation_types[];

/* One event of the container; always 0. */
int observation_event(void *ctx, struct detect *d, const struct event *event);
/* Calls, capabilities and memory, by when each was last made, asked for and given. */
void observation_noted(struct observation *o, const struct noted *noted);
/* Whether the call was refused, once its first program had started. */
bool observation_refused(const struct observation *o, const struct noted *noted, unsigned call);
/* A loader that a program names is executed as well, though no event tells it. */
void observation_loaders(struct observation *o, const int *roots, size_t count);
/* The lists as a profile called NAME. -ENOMEM. */
int observation_profile(struct observation *o, const char *name, const char *image, struct profile *ret) must_check;
