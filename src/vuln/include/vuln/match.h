/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which known vulnerabilities a package has. A package of a distribution is judged by that distribution's feed alone,
 * by the name the feed uses (source or binary), so that a fix that was carried back counts; a package of a language is
 * judged by its ecosystem's. What cannot be judged is said, never left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/package.h"
#include "vuln/cvss.h"
#include "vuln/index.h"

#define VULN_SCOPE_FEEDS_MAX 512 /* ecosystems of one release */

/* What the index knows of the release around the packages. Anything but KNOWN must be shown, once per scan. */
enum vuln_release_state {
	VULN_RELEASE_KNOWN,
	VULN_RELEASE_NONE,	  /* no os-release: packages of a distribution cannot be judged */
	VULN_RELEASE_UNKNOWN,	  /* a distribution or release skep does not know */
	VULN_RELEASE_NO_FEED,	  /* known, but the index holds no rows for it */
	VULN_RELEASE_END_OF_LIFE, /* judged, but its distributor publishes no more fixes */
	VULN_RELEASE_ROLLING,	  /* has no feed of ours by design (Arch, Debian unstable) */
	VULN_RELEASE_STATES,
};
/* "known", "none", "unknown", "no-feed", "end-of-life", "rolling". */
const char *vuln_release_state_name(enum vuln_release_state s);

struct vuln_feed {
	uint32_t segment, ecosystem;
};
/* Made once per scan. */
struct vuln_scope {
	enum vuln_release_state state;
	bool os_judged;	    /* packages of the distribution are matched */
	bool by_source;	    /* the feed names source packages */
	char feed[64];	    /* "Debian:12"; "" none */
	char words[256];    /* the state for a person: "Debian 9 has had no fixes since 2022-06-30" */
	int64_t end_life_s; /* when support ended or will end; 0 unknown */
	size_t feed_count;
	struct vuln_feed feeds[VULN_SCOPE_FEEDS_MAX];
	bool show_all;	     /* set by the caller: also rows that do not apply (VULN_NOT_AFFECTED), for explanations */
	const char *only_id; /* set by the caller: only findings with this id among theirs; or NULL */
};
/* RELEASE may be NULL; NOW_S is the time to judge ends of life by. */
void vuln_scope_make(const struct vuln_index *x, const struct model_release *release, int64_t now_s,
		     struct vuln_scope *ret);

enum vuln_status {
	VULN_FIXABLE,	   /* affected, and a fixed version is known */
	VULN_NO_FIX,	   /* affected, no fixed version is known */
	VULN_NOT_AFFECTED, /* only with show_all */
	VULN_UNDECIDED,	   /* the versions cannot be compared */
	VULN_STATUSES,
};
/* "fixable", "no-fix", "not-affected", "undecided". */
const char *vuln_status_name(enum vuln_status s);

struct vuln_severity {
	enum vuln_severity_level level;
	int tenths;	    /* score * 10; -1: no vector was given */
	const char *vector; /* or NULL */
	const char *from;   /* "GHSA-... in npm", "urgency of Debian"; "" for unknown */
};

struct vuln_finding {
	const char *id;		/* the CVE when there is exactly one, else the advisory */
	const char *const *ids; /* every name it has, ID first, the others sorted; advisories of a bundle too */
	size_t id_count;
	enum vuln_status status;
	struct vuln_severity severity;
	const char *fixed;     /* lowest version above the installed one that ends the range; NULL unknown */
	const char *source;    /* of the row: "Debian" */
	const char *ecosystem; /* "Debian:12" */
	const char *package;   /* as the feed names it */
	const char *row;       /* the row's ranges: ">= 0, < 1.2-3" */
	const char *reason;    /* the comparison in words: "1.2-1 is before 1.2-3 (dpkg)" */
	const char *urgency;   /* Debian's word, or NULL */
	bool malicious;	       /* the package itself is malware */
	bool kev;
	struct vuln_kev kev_entry;
	bool has_epss;
	struct vuln_epss epss;		 /* the highest of its CVEs */
	int64_t published_s, modified_s; /* 0 unknown */
	struct vuln_place place;	 /* for vuln_text_get() */
	const char *suppressed;		 /* why a statement (VEX) takes it back; NULL when none does */
};

/* All in the caller's arena. */
struct vuln_findings {
	struct vuln_finding *items; /* by severity, the highest first, then by id */
	size_t count;
	size_t undecided; /* of them */
	bool judged;	  /* false: there is no feed for this package, so that nothing can be said */
};

/*
 * Fills RET for one package. Values that point into the index live as long as it, the rest as long as the arena.
 * -ENOMEM, or -EBADMSG for a damaged index.
 */
int vuln_match(const struct vuln_index *x, const struct vuln_scope *scope, const struct model_package *p,
	       struct arena *a, struct vuln_findings *ret, struct err *e) must_check;
