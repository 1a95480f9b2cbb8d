/* SPDX-License-Identifier: Apache-2.0 */
/* From a profile to the guard's policy. */
#include "guarding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/str.h"
#include "behaviour-file.h"
#include "denial-file.h"
#include "kern/cgroup.h"
#include "program-digest.h"
#include "starts.h"

int guarding_open(struct guard *ret, struct err *e)
{
	struct kern_cgroup_layout layout;
	int r = kern_cgroup_detect(&layout, e);

	*ret = GUARD_INIT;
	if (r < 0)
		return r;
	if (layout.v2 < 0)
		return err_set(e, -ENOTSUP, "no cgroup v2 hierarchy is mounted");
	return guard_open(layout.at[layout.v2].mount, "skep", ret, e);
}

struct guard_offers guarding_offers(void)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	struct err ignored = {0};
	return guarding_open(&guard, &ignored) < 0 ? (struct guard_offers){.programs = GUARD_RUNG_NONE} : guard.offers;
}

/* Addresses in the form that the programs compare, of the first BITS; 0: any. */
static void put_rule(const struct profile_endpoint *e, enum guard_kind kind, const uint8_t *net, unsigned bits,
		     struct guard_policy *to)
{
	uint8_t mask[16] = {0};

	if (to->rule_count == GUARD_RULES_MAX)
		return;
	struct guard_rule *ret = &to->rules[to->rule_count++];
	for (unsigned i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	*ret = (struct guard_rule){.first = e->first, .last = e->last, .kind = (uint8_t)kind};
	ret->protocols = (uint8_t)((profile_endpoint_speaks(e, "tcp") ? GUARD_TCP : 0) |
				   (profile_endpoint_speaks(e, "udp") ? GUARD_UDP : 0) |
				   (profile_endpoint_speaks(e, "any") ? GUARD_OTHER : 0));
	memcpy(ret->mask, mask, sizeof(mask));
	memcpy(ret->net, net, sizeof(ret->net));
	ret->net[0] &= ret->mask[0];
	ret->net[1] &= ret->mask[1];
}

static void put_endpoint(const struct profile_endpoint *e, enum guard_kind kind, const struct hosts *hosts,
			 struct guard_policy *to)
{
	enum { ALL_BITS = 128 };

	if (!hosts_is_name(e)) {
		/* A pattern of names allows any address, and the plan has said so. */
		put_rule(e, kind, e->net, e->is_net ? e->bits : 0, to);
		return;
	}
	const struct host *host = hosts_find(hosts, e->host);
	for (size_t i = 0; host && i < host->count; i++)
		put_rule(e, kind, host->addresses[i], ALL_BITS, to);
}

static void put_list(const struct profile_items *items, enum guard_kind kind, const struct hosts *hosts,
		     struct guard_policy *ret)
{
	struct profile_endpoint e;

	for (size_t i = 0; i < items->count; i++)
		if (profile_endpoint_read(items->at[i], &e, NULL) == 0 && !str_eq(e.protocol, "unix"))
			put_endpoint(&e, kind, hosts, ret);
}

void guarding_rules(const struct profile *p, const struct hosts *hosts, struct guard_policy *ret)
{
	ret->rule_count = 0;
	memset(ret->rules, 0, sizeof(ret->rules));
	put_list(&p->lists[PROFILE_CONNECT], GUARD_CONNECT, hosts, ret);
	put_list(&p->lists[PROFILE_LISTEN], GUARD_LISTEN, hosts, ret);
}

static uint8_t mode_of(const struct profile *p, enum profile_part part)
{
	return p->modes[part] == PROFILE_ENFORCE ? GUARD_ENFORCE : GUARD_ALERT;
}

int guarding_sockets(const struct profile *p, struct guard_sockets *ret, struct err *e)
{
	const struct profile_items *items = &p->lists[PROFILE_CONNECT];
	struct profile_endpoint to;

	*ret = (struct guard_sockets){.count = 0};
	for (size_t i = 0; i < items->count; i++) {
		if (profile_endpoint_read(items->at[i], &to, NULL) < 0 || !str_eq(to.protocol, "unix"))
			continue;
		if (ret->count == GUARD_PATTERNS_MAX || guard_pattern(to.host, false, &ret->patterns[ret->count++]) < 0)
			return err_set(e, -E2BIG,
				       "%s: the guard takes at most %d names of unix sockets, of at most %d letters",
				       items->at[i], GUARD_PATTERNS_MAX, GUARD_PATTERN_MAX);
	}
	return 0;
}

void guarding_policy(const struct profile *p, const struct hosts *hosts, enum guard_mode drift,
		     struct guard_policy *ret)
{
	*ret = (struct guard_policy){.mode = {[GUARD_PROGRAM] = (uint8_t)drift}};
	if (!p)
		return;
	ret->mode[GUARD_CONNECT] = ret->mode[GUARD_LISTEN] = ret->mode[GUARD_SOCKET] = mode_of(p, PROFILE_NETWORK);
	if (starts_are_told(p))
		ret->mode[GUARD_START] = mode_of(p, PROFILE_PROGRAMS);
	if (p->modes[PROFILE_MEMORIES] != PROFILE_ENFORCE || profile_allows(p, PROFILE_MEMORY, "memfd-execute"))
		ret->flags |= GUARD_MEMFD;
	guarding_rules(p, hosts, ret);
}

/* ---- one container ---- */

/* As the kernel numbers it inside. */
static int device_of(int root, uint32_t *ret)
{
	struct stat st;
	if (fstat(root, &st) < 0)
		return -errno;
	*ret = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
	return 0;
}

/* "/opt/plugins" as its names; false when it has too many, or too long ones. */
static bool split_place(const char *path, struct guard_place *ret)
{
	*ret = (struct guard_place){.parts = 0};
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t len = strcspn(path, "/");
		if (ret->parts == GUARD_PLACE_PARTS || len >= sizeof(ret->names[0]) ||
		    (len <= 2 && path[0] == '.' && path[len - 1] == '.'))
			return false;
		memcpy(ret->names[ret->parts], path, len);
		ret->lengths[ret->parts++] = (uint32_t)len;
		path += len;
	}
	return ret->parts > 0;
}

int guarding_check_place(const char *path, size_t index, struct err *e)
{
	struct guard_place place;

	if (index >= GUARD_PLACES_MAX)
		return err_set(e, -E2BIG, "--drift-allow: at most %d places", GUARD_PLACES_MAX);
	if (path[0] == '/' && split_place(path, &place))
		return 0;
	return err_set(e, -EINVAL,
		       "--drift-allow %.100s: expected an absolute path of at most %d names of at most %zu bytes", path,
		       GUARD_PLACE_PARTS, sizeof(place.names[0]) - 1);
}

static void put_places(const struct strv *paths, struct guard_policy *ret)
{
	for (size_t i = 0; i < paths->count && i < GUARD_PLACES_MAX; i++)
		ignore(split_place(paths->items[i], &ret->places[i])); /* what is none allows nothing */
}

static enum guard_mode drift_mode(const struct flow_record *r)
{
	if (r->drift == FLOW_DRIFT_OFF)
		return GUARD_OFF;
	return r->drift == FLOW_DRIFT_ENFORCE ? GUARD_ENFORCE : GUARD_ALERT;
}

/* Whether the container must not start without all that the guard can hold. */
static bool must_hold(const struct flow_record *r, const struct profile *p, enum guard_mode drift)
{
	/* With a read-only root, all that mounts leave to the guard is what lies in no file. */
	if (drift == GUARD_ENFORCE && r->writable)
		return true;
	return r->behaves && !p->allow_degraded &&
	       (p->modes[PROFILE_NETWORK] == PROFILE_ENFORCE ||
		(p->modes[PROFILE_PROGRAMS] == PROFILE_ENFORCE && starts_are_told(p)));
}

static int put_sockets(struct guard *guard, const char *id, const struct profile *p, struct err *e)
{
	scoped_free struct guard_sockets *sockets = calloc(1, sizeof(*sockets));
	int r = sockets ? guarding_sockets(p, sockets, e) : err_set(e, -ENOMEM, "out of memory");
	return r < 0 ? r : guard_put_sockets(guard, id, sockets, e);
}

static int put_starts(struct guard *guard, const char *id, const struct profile *p, int root, struct err *e)
{
	scoped_free struct guard_starts *starts = calloc(1, sizeof(*starts));
	int r = starts ? starts_plan(p, root, guard->offers.programs, starts, e) : err_set(e, -ENOMEM, "out of memory");
	return r < 0 ? r : guard_put_starts(guard, id, starts, e);
}

/* Of a profile that is enforced, each name has an address, or the container does not start. */
static int look_up(const struct flow_record *r, const struct profile *p, struct hosts *ret, struct err *e)
{
	bool changed, enforced = p->modes[PROFILE_NETWORK] == PROFILE_ENFORCE;
	struct err ignored = {0};
	int bad = hosts_collect(p, ret, e);

	if (bad == 0 && ret->count)
		bad = hosts_look(ret, r, &changed, enforced ? e : &ignored);
	return bad < 0 && enforced ? err_wrap(e, bad, "looking up the names of the profile") : 0;
}

static int put_all(const struct flow_record *r, const struct profile *p, enum guard_mode drift, int root, struct err *e)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	scoped_free struct hosts *hosts = calloc(1, sizeof(*hosts));
	int bad = policy && hosts ? guarding_open(&guard, e) : err_set(e, -ENOMEM, "out of memory");

	if (bad == 0 && p)
		bad = look_up(r, p, hosts, e);
	if (bad < 0)
		return bad;
	guarding_policy(p, hosts, drift, policy);
	put_places(&r->drift_allowed, policy);
	bad = device_of(root, &policy->root_device);
	bad = bad < 0 ? err_sys(e, bad, "the root file system") : guard_put(&guard, r->id, policy, e);
	if (bad == 0 && policy->mode[GUARD_SOCKET] != GUARD_OFF)
		bad = put_sockets(&guard, r->id, p, e);
	if (bad == 0 && policy->mode[GUARD_START] != GUARD_OFF)
		bad = put_starts(&guard, r->id, p, root, e);
	return bad;
}

int guarding_begin(const struct flow_record *r, int dir, int root, struct err *e)
{
	SCOPED(profile) struct profile behaviour = PROFILE_INIT;
	enum guard_mode drift = drift_mode(r);
	int bad = r->behaves ? behaviour_load(dir, &behaviour, e) : 0;

	if (bad == 0 && r->behaves && behaviour.modes[PROFILE_PROGRAMS] == PROFILE_ENFORCE)
		bad = program_digests_check(&behaviour, root, e);
	if (bad < 0 || (!r->behaves && drift == GUARD_OFF))
		return bad;
	bad = put_all(r, r->behaves ? &behaviour : NULL, drift, root, e);
	return must_hold(r, &behaviour, drift) ? bad : 0;
}

int guarding_change(const struct flow_record *r, int dir, guarding_change_fn *change, void *data, struct err *e)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	/* An opening of its own: the lock ends with it. */
	scoped_fd int lock = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int bad = policy ? lock < 0 ? -errno : 0 : -ENOMEM;

	while (bad == 0 && flock(lock, LOCK_EX) < 0)
		bad = errno == EINTR ? 0 : -errno;
	if (bad < 0)
		return err_sys(e, bad, "the container's folder");
	bad = guarding_open(&guard, e);
	if (bad == 0 && guard_get(&guard, r->id, policy) < 0)
		bad = err_set(
			e, -ENOTSUP,
			"container %s has nothing that can change while it runs: what holds it was set at its start",
			r->name);
	if (bad < 0)
		return bad;
	change(policy, data);
	return guard_put(&guard, r->id, policy, e);
}

struct telling {
	flow_denial_fn *fn;
	void *data;
	struct err *e;
	int64_t boot; /* the time of the start, ns since 1970 */
};

static void endpoint_words(const struct guard_denial_key *key, char *text, size_t size)
{
	const char *protocol = key->protocol == GUARD_TCP ? "tcp" : key->protocol == GUARD_UDP ? "udp" : "any";
	char address[INET6_ADDRSTRLEN] = "?";
	uint8_t bytes[16];

	memcpy(bytes, key->what, sizeof(bytes));
	bool v4 = key->what[0] == 0 && memcmp(bytes + 8, "\0\0\xff\xff", 4) == 0;
	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + 12 : bytes, address, sizeof(address));
	snprintf(text, size, "%s %s %u", protocol, address, key->port);
}

/* What was refused, in words of the profile: which part, which act, and what is added to the name. */
static void tell_kind(const struct guard_denial_key *key, struct flow_denial *d, const char **ret_more)
{
	static const char *const drifts[] = {
		[DRIFT_WRITTEN] = "written by the container", [DRIFT_UNLINKED] = "in no folder"};
	static const char *const starts[] = {[START_UNNAMED] = "none of the profile's",
					     [START_PARENT] = "started by another than its parents",
					     [START_ARGUMENTS] = "with these arguments"};
	uint64_t why = key->what[1];

	*ret_more = NULL;
	d->part = key->kind == GUARD_PROGRAM ? "drift" : key->kind == GUARD_START ? "starts" : "network";
	d->verb = key->kind == GUARD_PROGRAM  ? "execute"
		  : key->kind == GUARD_START  ? "start"
		  : key->kind == GUARD_LISTEN ? "listen on"
					      : "connect to";
	if (key->kind == GUARD_PROGRAM)
		*ret_more = drifts[why < ARRAY_LEN(drifts) && drifts[why] ? why : DRIFT_WRITTEN];
	else if (key->kind == GUARD_START)
		*ret_more = starts[why < ARRAY_LEN(starts) && starts[why] ? why : START_UNNAMED];
}

static int tell(void *ctx, const struct guard_denial_key *key, const struct guard_denial *d)
{
	struct telling *t = ctx;
	const char *more;
	char what[256];
	struct flow_denial denial = {.what = what,
				     .command = d->comm,
				     .refused = key->refused,
				     .count = d->count,
				     .first = t->boot + (int64_t)d->first,
				     .last = t->boot + (int64_t)d->last};

	tell_kind(key, &denial, &more);
	if (more)
		snprintf(what, sizeof(what), "%.*s (%s)", GUARD_NAME_MAX, d->name, more);
	else if (key->kind == GUARD_SOCKET)
		snprintf(what, sizeof(what), "unix %.*s", GUARD_NAME_MAX, d->name);
	else
		endpoint_words(key, what, sizeof(what));
	return t->fn(&denial, t->data, t->e);
}

static int tell_all(const struct guard *guard, const struct flow_record *r, flow_denial_fn *fn, void *data,
		    struct err *e)
{
	struct telling telling = {fn, data, e, clock_wall() - clock_boot()};
	int bad = guard_denials(guard, r->id, tell, &telling);
	return bad == -ENOENT ? 0 : bad;
}

int guarding_denials(const struct flow_record *r, flow_denial_fn *fn, void *data, struct err *e)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	struct err none = {0};
	return guarding_open(&guard, &none) < 0 ? 0 : tell_all(&guard, r, fn, data, e);
}

static int keep(const struct flow_denial *d, void *data, struct err *e)
{
	denial_write(data, d);
	return 0;
}

void guarding_end(const struct flow_record *r, int dir)
{
	SCOPED(buf) struct buf text = BUF_INIT(DENIALS_BYTES_MAX);
	SCOPED(guard) struct guard guard = GUARD_INIT;
	struct denial_writer writer = {&text, 0};
	struct err ignored = {0};

	if ((!r->behaves && drift_mode(r) == GUARD_OFF) || guarding_open(&guard, &ignored) < 0)
		return;
	ignore(tell_all(&guard, r, keep, &writer, &ignored));
	/* Best effort: the container is over either way. */
	if (writer.count)
		ignore(denial_save(&writer, dir, GUARDED_FILE, &ignored));
	guard_forget(&guard, r->id);
}
