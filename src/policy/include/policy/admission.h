/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the score of an image decides about running it: a document of kind AdmissionPolicy, and the verdict it comes to.
 * docs/score.md shows one. Pure, and closed: what cannot be decided is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define ADMISSION_BYTES_MAX (256u << 10)
#define ADMISSION_STEPS_MAX 32
#define ADMISSION_NAME_MAX 64

enum admission_tier { ADMISSION_ANY_TIER, ADMISSION_NATIVE, ADMISSION_UKERNEL, ADMISSION_MICROVM };
const char *admission_tier_name(enum admission_tier t);
/* -EINVAL with words. */
int admission_tier_read(const char *text, enum admission_tier *ret, struct err *e) must_check;

enum admission_unscored { ADMISSION_ALLOW, ADMISSION_WARN, ADMISSION_REFUSE };

struct admission_step {
	unsigned score; /* from it on */
	bool refuse;
	enum admission_tier tier;	  /* the least */
	char profile[ADMISSION_NAME_MAX]; /* "": any */
};

struct admission_policy {
	char name[ADMISSION_NAME_MAX];
	enum admission_unscored unscored; /* an image whose score is not known */
	unsigned max_age_days;		  /* an older score is not known any more; 0: at any age it is */
	struct admission_step steps[ADMISSION_STEPS_MAX]; /* by score */
	size_t step_count;
};

/* Reads the document; numbers and flags may be texts, as YAML's are. -EINVAL with the place ("spec.steps[1]") and words. */
int admission_decode(const struct json *doc, struct admission_policy *ret, struct err *e) must_check;

/* What is known of the image. */
struct admission_facts {
	bool scored;
	unsigned score;
	unsigned age_days; /* of the score or of the advisories behind it, whichever is older */
};

struct admission_verdict {
	bool refused;
	enum admission_tier tier;	  /* at least; ADMISSION_ANY_TIER: as asked for */
	char profile[ADMISSION_NAME_MAX]; /* has to be it; "": as asked for */
	char words[512];		  /* why, or a warning; "" when nothing is to be said */
};

/* All of POLICIES have to admit it; of what they ask the strongest holds, and two different profiles refuse. */
void admission_decide(const struct admission_policy *policies, size_t count, const struct admission_facts *f,
		      struct admission_verdict *ret);
