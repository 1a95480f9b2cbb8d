/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From os-release to the ecosystems whose rows judge its packages, and whether anybody still writes them. The dates
 * are those that the distributors publish for their ordinary (and Debian's long-term) support; test/system/vuln.bats holds
 * Debian's and Ubuntu's against the package distro-info-data.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "ecosystem.h"
#include "osv.h"
#include "segment.h"
#include "vuln/match.h"

/* How VERSION_ID becomes the release of a feed. */
enum release_form {
	FORM_WHOLE,	/* "22.04" */
	FORM_MAJOR,	/* "9" of "9.4" */
	FORM_TWO_PARTS, /* "3.20" of "3.20.3" */
	FORM_NONE,	/* the feed has no releases */
};

static const struct distribution {
	const char *id;
	const char *feed; /* what stands before the release, or all of it; NULL: none by design */
	enum release_form form;
} distributions[] = {
	{"debian", "Debian:", FORM_MAJOR},
	{"ubuntu", "Ubuntu:", FORM_WHOLE},
	{"alpine", "Alpine:v", FORM_TWO_PARTS},
	{"wolfi", "Wolfi", FORM_NONE},
	{"chainguard", "Chainguard", FORM_NONE},
	{"minimos", "MinimOS", FORM_NONE},
	{"alpaquita", "Alpaquita:", FORM_WHOLE},
	{"rhel", "Red Hat:enterprise_linux:", FORM_MAJOR},
	{"redhat", "Red Hat:enterprise_linux:", FORM_MAJOR},
	/* Rebuilt from Red Hat's sources with the same versions. */
	{"centos", "Red Hat:enterprise_linux:", FORM_MAJOR},
	{"rocky", "Rocky Linux:", FORM_MAJOR},
	{"almalinux", "AlmaLinux:", FORM_MAJOR},
	{"opensuse-leap", "openSUSE:Leap ", FORM_WHOLE},
	{"opensuse-tumbleweed", "openSUSE:Tumbleweed", FORM_NONE},
	{"mageia", "Mageia:", FORM_MAJOR},
	{"photon", "Photon OS:", FORM_WHOLE},
	{"azurelinux", "Azure Linux:", FORM_MAJOR},
	{"arch", NULL, FORM_NONE},
};

/* Debian's test releases have a name and no number. */
static const struct {
	const char *codename, *number;
} debian_names[] = {{"buster", "10"}, {"bullseye", "11"}, {"bookworm", "12"}, {"trixie", "13"}, {"forky", "14"}};

static const struct {
	const char *id, *release, *end;
} ends[] = {
	{"debian", "7", "2018-05-31"},
	{"debian", "8", "2020-06-30"},
	{"debian", "9", "2022-06-30"},
	{"debian", "10", "2024-06-30"},
	{"debian", "11", "2026-08-31"},
	{"debian", "12", "2028-06-30"},
	{"debian", "13", "2030-06-30"},
	{"ubuntu", "14.04", "2019-04-25"},
	{"ubuntu", "14.10", "2015-07-23"},
	{"ubuntu", "15.04", "2016-02-04"},
	{"ubuntu", "15.10", "2016-07-28"},
	{"ubuntu", "16.04", "2021-04-30"},
	{"ubuntu", "16.10", "2017-07-20"},
	{"ubuntu", "17.04", "2018-01-13"},
	{"ubuntu", "17.10", "2018-07-19"},
	{"ubuntu", "18.04", "2023-05-31"},
	{"ubuntu", "18.10", "2019-07-18"},
	{"ubuntu", "19.04", "2020-01-23"},
	{"ubuntu", "19.10", "2020-07-17"},
	{"ubuntu", "20.04", "2025-05-29"},
	{"ubuntu", "20.10", "2021-07-22"},
	{"ubuntu", "21.04", "2022-01-20"},
	{"ubuntu", "21.10", "2022-07-14"},
	{"ubuntu", "22.04", "2027-06-01"},
	{"ubuntu", "22.10", "2023-07-20"},
	{"ubuntu", "23.04", "2024-01-25"},
	{"ubuntu", "23.10", "2024-07-11"},
	{"ubuntu", "24.04", "2029-05-31"},
	{"ubuntu", "24.10", "2025-07-10"},
	{"ubuntu", "25.04", "2026-01-15"},
	{"ubuntu", "25.10", "2026-07-09"},
	{"ubuntu", "26.04", "2031-05-29"},
	{"alpine", "3.9", "2020-11-01"},
	{"alpine", "3.10", "2021-05-01"},
	{"alpine", "3.11", "2021-11-01"},
	{"alpine", "3.12", "2022-05-01"},
	{"alpine", "3.13", "2022-11-01"},
	{"alpine", "3.14", "2023-05-01"},
	{"alpine", "3.15", "2023-11-01"},
	{"alpine", "3.16", "2024-05-23"},
	{"alpine", "3.17", "2024-11-22"},
	{"alpine", "3.18", "2025-05-09"},
	{"alpine", "3.19", "2025-11-01"},
	{"alpine", "3.20", "2026-04-01"},
	{"alpine", "3.21", "2026-11-01"},
	{"alpine", "3.22", "2027-05-01"},
	{"alpine", "3.23", "2027-11-01"},
	{"rhel", "5", "2017-03-31"},
	{"rhel", "6", "2020-11-30"},
	{"rhel", "7", "2024-06-30"},
	{"rhel", "8", "2029-05-31"},
	{"rhel", "9", "2032-05-31"},
	{"rhel", "10", "2035-05-31"},
	{"centos", "6", "2020-11-30"},
	{"centos", "7", "2024-06-30"},
	{"centos", "8", "2021-12-31"},
	{"rocky", "8", "2029-05-31"},
	{"rocky", "9", "2032-05-31"},
	{"rocky", "10", "2035-05-31"},
	{"almalinux", "8", "2029-03-01"},
	{"almalinux", "9", "2032-05-31"},
	{"almalinux", "10", "2035-05-31"},
	{"opensuse-leap", "15.5", "2024-12-31"},
	{"opensuse-leap", "15.6", "2026-04-30"},
	{"opensuse-leap", "16.0", "2027-10-31"},
};

const char *vuln_release_state_name(enum vuln_release_state s)
{
	static const char *const names[VULN_RELEASE_STATES] = {"known",	  "none",	 "unknown",
							       "no-feed", "end-of-life", "rolling"};

	return (size_t)s < ARRAY_LEN(names) ? names[s] : "unknown";
}

static const struct distribution *find_distribution(const char *id)
{
	for (size_t i = 0; id && i < ARRAY_LEN(distributions); i++)
		if (str_eq(distributions[i].id, id))
			return &distributions[i];
	return NULL;
}

/* The release as the feed writes it; false when os-release does not say. */
static bool read_release(const struct distribution *d, const struct model_release *r, char *ret, size_t room)
{
	const char *version = r->version_id;
	size_t parts = d->form == FORM_MAJOR ? 1 : 2, len = 0;

	for (size_t i = 0; !version && str_eq(d->id, "debian") && r->codename && i < ARRAY_LEN(debian_names); i++)
		if (str_eq(debian_names[i].codename, r->codename))
			version = debian_names[i].number;
	ret[0] = '\0';
	/* Red Hat's 2.1 is the one release of its line that is not called by its first number. */
	if (version && str_eq(version, "2.1") && str_starts_with(d->feed ? d->feed : "", "Red Hat:"))
		parts = 2;
	if (d->form == FORM_NONE)
		return true;
	if (!version || !*version)
		return false;
	for (; version[len] && (d->form == FORM_WHOLE || version[len] != '.' || --parts); len++)
		;
	return snprintf(ret, room, "%.*s", (int)len, version) < (int)room;
}

/* A feed's ecosystem is this release's when it is its name, or goes on with a colon ("Ubuntu:22.04:LTS"). */
static void collect_feeds(const struct vuln_index *x, struct vuln_scope *s)
{
	size_t len = strlen(s->feed);

	for (uint32_t i = 0; i < x->count; i++) {
		const struct segment *segment = &x->segments[i];
		size_t count;
		segment_table(segment, TABLE_ECOSYSTEMS, sizeof(struct disk_ecosystem), &count);
		size_t at = segment_lower_bound(segment, TABLE_ECOSYSTEMS, sizeof(struct disk_ecosystem), 0, count,
						s->feed);
		for (; at < count && s->feed_count < VULN_SCOPE_FEEDS_MAX; at++) {
			const struct disk_ecosystem *e =
				SEGMENT_AT(segment, TABLE_ECOSYSTEMS, struct disk_ecosystem, at);
			const char *name = segment_str(segment, e->name);
			if (strncmp(name, s->feed, len) != 0)
				break;
			if (name[len] == '\0' || name[len] == ':')
				s->feeds[s->feed_count++] = (struct vuln_feed){i, (uint32_t)at};
		}
	}
}

static void say(struct vuln_scope *s, enum vuln_release_state state, const char *fmt, ...) printf_like(3, 4);
static void say(struct vuln_scope *s, enum vuln_release_state state, const char *fmt, ...)
{
	va_list ap;

	s->state = state;
	va_start(ap, fmt);
	vsnprintf(s->words, sizeof(s->words), fmt, ap);
	va_end(ap);
	str_plain(s->words, strlen(s->words));
}

static void judge_age(const struct distribution *d, const char *release, int64_t now_s, struct vuln_scope *s)
{
	const char *id = str_eq(d->id, "redhat") ? "rhel" : d->id;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (!str_eq(ends[i].id, id) || !str_eq(ends[i].release, release))
			continue;
		s->end_life_s = osv_time(ends[i].end);
		if (now_s > s->end_life_s)
			say(s, VULN_RELEASE_END_OF_LIFE, "%s %s has had no fixes since %s%s", d->id, release,
			    ends[i].end, s->feed_count ? "" : ", and the index has no rows for it");
	}
}

void vuln_scope_make(const struct vuln_index *x, const struct model_release *release, int64_t now_s,
		     struct vuln_scope *ret)
{
	const struct distribution *d = find_distribution(release ? release->id : NULL);
	char number[32];

	*ret = (struct vuln_scope){0};
	if (!release || !release->id) {
		say(ret, VULN_RELEASE_NONE, "there is no os-release: packages of a distribution cannot be judged");
		return;
	}
	if (d && !d->feed) {
		say(ret, VULN_RELEASE_ROLLING, "%s has no feed of advisories that skep reads", release->id);
		return;
	}
	if (!d || !read_release(d, release, number, sizeof(number))) {
		say(ret, VULN_RELEASE_UNKNOWN, "skep knows no feed for %.64s %.64s: its packages cannot be judged",
		    release->id, release->version_id ? release->version_id : "(no VERSION_ID)");
		return;
	}
	snprintf(ret->feed, sizeof(ret->feed), "%s%s", d->feed, number);
	ret->by_source = ecosystem_find(ret->feed)->by_source;
	collect_feeds(x, ret);
	ret->os_judged = ret->feed_count > 0;
	if (ret->os_judged)
		say(ret, VULN_RELEASE_KNOWN, "judged by %s", ret->feed);
	else
		say(ret, VULN_RELEASE_NO_FEED, "the index has no rows for %s: import that feed", ret->feed);
	judge_age(d, number, now_s, ret);
}
