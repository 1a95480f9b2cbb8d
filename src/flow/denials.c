/* SPDX-License-Identifier: Apache-2.0 */
/* What was refused, out of the kernel and out of the container's folder; and modes, changed and written down. */
#include "flow/denials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alerting.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/path.h"
#include "behaviour-file.h"
#include "denial-file.h"
#include "guarding.h"
#include "mounts.h"
#include "starts.h"

#define AUDIT_FILE "audit.jsonl"

enum { AUDIT_BYTES_MAX = 4 << 20, REASON_MAX = 1000 };

int flow_denials(struct flow_place *p, const struct flow_record *r, flow_denial_fn *fn, void *data, struct err *e)
{
	scoped_fd int dir = flow_container_dir(p, r->id, e);
	int bad = dir < 0 ? dir : denial_read(dir, ALERTED_FILE, fn, data, e);

	if (bad < 0)
		return bad;
	return flow_runs(r) ? guarding_denials(r, fn, data, e) : denial_read(dir, GUARDED_FILE, fn, data, e);
}

/* ---- the log of changes ---- */

static int write_down(int dir, const char *what, const char *reason, struct err *e)
{
	SCOPED(buf) struct buf line = BUF_INIT(2 * REASON_MAX + 4096);
	struct json_out o = JSON_OUT(&line);
	char time[CLOCK_TEXT_MAX], user[16];
	const char *login = getenv("SUDO_USER");

	clock_text(clock_wall(), time);
	snprintf(user, sizeof(user), "%u", getuid());
	json_out_object(&o, NULL);
	json_out_str(&o, "time", time);
	json_out_str(&o, "what", what);
	json_out_str(&o, "reason", reason);
	json_out_str(&o, "user", login ? login : user);
	json_out_object_end(&o);
	buf_add_char(&line, '\n');
	scoped_fd int fd = openat(dir, AUDIT_FILE, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r = buf_error(&line);
	if (r == 0)
		r = fd < 0 ? -errno : fd_write_all(fd, line.data, line.len);
	return r < 0 ? err_sys(e, r, "writing down the change") : 0;
}

static int tell_change(const char *line, size_t len, flow_audit_fn *fn, void *data, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct flow_change c = {"", "", "", ""};
	int r = json_parse(line, len, JSON_LIMITS_CONFIG, &doc, e);

	if (r == 0)
		r = json_get_str(doc, "time", &c.time, e);
	if (r == 0)
		r = json_get_str(doc, "what", &c.what, e);
	if (r == 0)
		r = json_get_str(doc, "reason", &c.reason, e);
	if (r == 0)
		r = json_get_str(doc, "user", &c.user, e);
	return r < 0 ? r : fn(&c, data, e);
}

int flow_audit(struct flow_place *p, const struct flow_record *r, flow_audit_fn *fn, void *data, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(AUDIT_BYTES_MAX);
	scoped_fd int dir = flow_container_dir(p, r->id, e);
	int bad = dir < 0 ? dir : path_read_file(dir, AUDIT_FILE, &text);

	if (bad == -ENOENT)
		return 0;
	if (bad < 0)
		return e->code ? bad : err_sys(e, bad, "reading the changes of container %s", r->name);
	for (const char *at = buf_str(&text), *end; bad == 0 && (end = strchr(at, '\n')); at = end + 1)
		bad = tell_change(at, (size_t)(end - at), fn, data, e);
	return bad;
}

/* ---- modes ---- */

static const char *guard_mode_name(uint8_t mode)
{
	return mode == GUARD_ENFORCE ? "enforce" : mode == GUARD_ALERT ? "alert" : "off";
}

static int64_t relaxed(const struct guard_policy *p, enum guard_kind kind)
{
	int64_t now = clock_boot(), until = p && p->mode[kind] == GUARD_ENFORCE ? (int64_t)p->relaxed_until[kind] : 0;
	return until > now ? clock_wall() + (until - now) : 0;
}

/* What of a profile was set at the start, for good. */
static int tell_fixed(const struct profile *b, flow_held_fn *fn, void *data, struct err *e)
{
	static const struct {
		enum profile_part part;
		const char *rung;
	} rows[] = {{PROFILE_FILES, "Landlock"},
		    {PROFILE_PROGRAMS, "Landlock"},
		    {PROFILE_CALLS, "seccomp"},
		    {PROFILE_PRIVILEGES, "capabilities"},
		    {PROFILE_MEMORIES, "PR_SET_MDWE, seccomp"}};
	int bad = 0;

	for (size_t i = 0; bad == 0 && i < ARRAY_LEN(rows); i++) {
		bool enforced = b->modes[rows[i].part] == PROFILE_ENFORCE;
		const struct flow_held h = {
			.part = profile_part_name(rows[i].part),
			.mode = profile_mode_name(b->modes[rows[i].part]),
			.rung = !enforced ? "sensors"
				: rows[i].part == PROFILE_CALLS && mounts_are_told(b)
					? "seccomp; mounts: a process that is asked (seccomp notification)"
					: rows[i].rung};
		bad = fn(&h, data, e);
	}
	return bad;
}

static int tell_drift(const struct flow_record *r, const struct guard_policy *policy, enum guard_rung rung,
		      flow_held_fn *fn, void *data, struct err *e)
{
	bool mounts = !r->writable && r->drift == FLOW_DRIFT_ENFORCE;
	const struct flow_held h = {.part = "drift",
				    .mode = mounts ? flow_drift_name(r->drift)
						   : guard_mode_name(policy ? policy->mode[GUARD_PROGRAM] : GUARD_OFF),
				    .rung = mounts && policy		? "mounts (read-only, noexec), guard (BPF)"
					    : mounts			? "mounts (read-only, noexec)"
					    : !policy			? "nothing"
					    : rung == GUARD_RUNG_REFUSE ? "guard (BPF security hooks)"
									: "guard (BPF, killed at exec)",
				    .changes = !mounts && policy,
				    .relaxed_until = mounts ? 0 : relaxed(policy, GUARD_PROGRAM)};
	return fn(&h, data, e);
}

static int tell_network(const struct profile *b, const struct guard *guard, const struct guard_policy *policy,
			flow_held_fn *fn, void *data, struct err *e)
{
	const struct flow_held h = {.part = "network",
				    .mode = policy ? guard_mode_name(policy->mode[GUARD_CONNECT])
						   : profile_mode_name(b->modes[PROFILE_NETWORK]),
				    .rung = !policy		    ? "Landlock"
					    : guard->offers.sockets ? "guard (BPF: addresses, names of unix sockets)"
								    : "guard (BPF: addresses)",
				    .changes = policy,
				    .relaxed_until = relaxed(policy, GUARD_CONNECT)};
	return fn(&h, data, e);
}

/* Parents and arguments, where some program names them. */
static int tell_starts(const struct profile *b, const struct guard *guard, const struct guard_policy *policy,
		       flow_held_fn *fn, void *data, struct err *e)
{
	static const char *const rungs[] = {
		[GUARD_RUNG_NONE] = "nothing",
		[GUARD_RUNG_KILL] = "guard (BPF, killed at exec)",
		[GUARD_RUNG_REFUSE] = "guard (parents: BPF security hooks; arguments: BPF, killed at exec)"};
	bool held = policy && policy->mode[GUARD_START] != GUARD_OFF;
	const struct flow_held h = {.part = "starts",
				    .mode = held ? guard_mode_name(policy->mode[GUARD_START])
						 : profile_mode_name(b->modes[PROFILE_PROGRAMS]),
				    .rung = rungs[held ? guard->offers.programs : GUARD_RUNG_NONE],
				    .changes = held,
				    .relaxed_until = relaxed(policy, GUARD_START)};
	return starts_are_told(b) ? fn(&h, data, e) : 0;
}

int flow_held(struct flow_place *p, const struct flow_record *r, flow_held_fn *fn, void *data, struct err *e)
{
	SCOPED(profile) struct profile behaviour = PROFILE_INIT;
	SCOPED(guard) struct guard guard = GUARD_INIT;
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	scoped_fd int dir = flow_container_dir(p, r->id, e);
	struct err none = {0};
	bool guarded =
		policy && flow_runs(r) && guarding_open(&guard, &none) == 0 && guard_get(&guard, r->id, policy) == 0;
	int bad = dir < 0 ? dir : 0;

	if (bad == 0 && r->behaves)
		bad = behaviour_load(dir, &behaviour, e);
	if (bad == 0 && r->behaves)
		bad = tell_fixed(&behaviour, fn, data, e);
	const struct guard_policy *at_work = guarded ? policy : NULL;
	if (bad == 0 && r->behaves)
		bad = tell_network(&behaviour, &guard, at_work, fn, data, e);
	if (bad == 0 && r->behaves)
		bad = tell_starts(&behaviour, &guard, at_work, fn, data, e);
	return bad < 0 ? bad : tell_drift(r, at_work, guard.offers.programs, fn, data, e);
}

static int check_reason(const char *reason, struct err *e)
{
	if (!reason || !reason[0] || strlen(reason) > REASON_MAX)
		return err_set(e, -EINVAL, "a reason of 1 to %d bytes is needed: it is written down", REASON_MAX);
	return 0;
}

/* The policy at work, for a look whether it can be changed. */
static int peek_policy(const struct flow_record *r, struct guard_policy *policy, struct err *e)
{
	SCOPED(guard) struct guard guard = GUARD_INIT;
	int bad = flow_need_running(r, e);
	if (bad == 0)
		bad = guarding_open(&guard, e);
	if (bad == 0 && guard_get(&guard, r->id, policy) < 0)
		bad = err_set(
			e, -ENOTSUP,
			"container %s has nothing that can change while it runs: what holds it was set at its start",
			r->name);
	return bad;
}

static uint64_t after(unsigned seconds)
{
	return seconds ? (uint64_t)clock_boot() + (uint64_t)seconds * CLOCK_NS_PER_S : 0;
}

/* What changes while a container runs, and what of the guard's that is. */
static const struct changing {
	const char *part;
	enum guard_kind kinds[3];
	size_t count;
} changing[] = {{"network", {GUARD_CONNECT, GUARD_LISTEN, GUARD_SOCKET}, 3},
		{"starts", {GUARD_START}, 1},
		{"drift", {GUARD_PROGRAM}, 1}};

static const struct changing *find_changing(const char *part)
{
	for (size_t i = 0; i < ARRAY_LEN(changing); i++)
		if (str_eq(part, changing[i].part))
			return &changing[i];
	return NULL;
}

struct new_mode {
	const struct changing *part;
	uint8_t mode;
	unsigned seconds;
};

static void set_mode(struct guard_policy *p, void *data)
{
	const struct new_mode *n = data;
	for (size_t i = 0; i < n->part->count; i++) {
		p->mode[n->part->kinds[i]] = n->mode;
		p->relaxed_until[n->part->kinds[i]] = after(n->seconds);
	}
}

int flow_set_mode(struct flow_place *p, const struct flow_record *r, const struct flow_mode_change *c, struct err *e)
{
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	struct new_mode to = {find_changing(c->part), c->mode == PROFILE_ENFORCE ? GUARD_ENFORCE : GUARD_ALERT,
			      c->after_seconds};
	char what[128];

	int bad = policy ? check_reason(c->reason, e) : err_set(e, -ENOMEM, "out of memory");
	if (bad == 0 && !to.part)
		bad = err_set(e, -ENOTSUP,
			      "%.40s: only network, starts and drift change while a container runs; the rest is set at "
			      "its start, "
			      "and nobody can take it off or put it on (skep run --mode)",
			      c->part);
	if (bad == 0)
		bad = peek_policy(r, policy, e);
	if (bad == 0 && policy->mode[to.part->kinds[0]] == GUARD_OFF)
		bad = err_set(e, -ENOTSUP, "container %s has no %s to change: see skep profile status", r->name,
			      c->part);
	scoped_fd int dir = bad == 0 ? flow_container_dir(p, r->id, e) : bad;
	if (dir < 0)
		return dir;
	/* Written down first: no change without its trace. */
	snprintf(what, sizeof(what), c->after_seconds ? "%s: %s in %u s" : "%s: %s", c->part,
		 profile_mode_name(c->mode), c->after_seconds);
	bad = write_down(dir, what, c->reason, e);
	return bad < 0 ? bad : guarding_change(r, dir, set_mode, &to, e);
}

static void break_glass(struct guard_policy *p, void *data)
{
	const unsigned *seconds = data;
	for (int kind = 0; kind < GUARD_KINDS; kind++)
		p->relaxed_until[kind] = after(*seconds);
}

int flow_break_glass(struct flow_place *p, const struct flow_record *r, const char *reason, unsigned seconds,
		     struct err *e)
{
	scoped_free struct guard_policy *policy = calloc(1, sizeof(*policy));
	char what[128];

	int bad = policy ? check_reason(reason, e) : err_set(e, -ENOMEM, "out of memory");
	if (bad == 0)
		bad = peek_policy(r, policy, e);
	scoped_fd int dir = bad == 0 ? flow_container_dir(p, r->id, e) : bad;
	if (dir < 0)
		return dir;
	snprintf(what, sizeof(what), seconds ? "glass broken for %u s" : "glass whole again", seconds);
	bad = write_down(dir, what, reason, e);
	return bad < 0 ? bad : guarding_change(r, dir, break_glass, &seconds, e);
}
