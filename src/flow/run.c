/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a run, from a name to a running process: find the image, or bring it in; unpack what is not unpacked;
 * decide who the process is; claim a name and a range of users; write the container down; hand it to a monitor.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/path.h"
#include "behaviour-file.h"
#include "config.h"
#include "flow/admission.h"
#include "flow/behaviour.h"
#include "flow/container.h"
#include "flow/image.h"
#include "guarding.h"
#include "kern/process.h"
#include "names.h"
#include "overlay.h"
#include "place.h"
#include "priv/sandbox.h"
#include "record.h"
#include "score-file.h"

#define CONFIG_BYTES_MAX (1u << 20)

/* A container in the making. */
struct making {
	struct flow_place *place;
	const struct flow_run_options *options;
	struct flow_record record;
	struct oci_image image;
	struct arena arena;
	struct oci_image_docs docs;
	bool has_image;
	struct flow_lowers lowers;
	struct flow_user user;
	const struct flow_profile *profile;
	struct profile behaviour;
	struct hold hold;
	struct admission_verdict verdict;
	struct oci_tmp tmp; /* its folder, until it has its place */
	bool claimed;
};

static int find_image(struct making *m, struct err *e)
{
	struct flow_import_notes notes;
	struct flow_unpack_notes unpacked;
	struct oci_ref ref;
	int r;

	/* What is in the store may be named by an id, which is no reference. */
	if (oci_ref_parse(m->options->image, &ref, e) < 0 || ref.transport == OCI_TRANSPORT_NAME)
		r = oci_store_find(m->place->store, m->options->image, &m->image, e);
	else
		r = flow_import(m->place->store, &ref, NULL, &m->image, &notes, e);
	if (r == 0)
		r = flow_unpack_layers(m->place->store, &m->image, &unpacked, e);
	if (r == 0)
		r = oci_store_read_docs(m->place->store, &m->image.manifest, &m->arena, &m->docs, e);
	if (r == 0)
		r = flow_lowers_open(m->place->store, &m->image, &m->lowers, e);
	m->has_image = r == 0;
	memcpy(m->record.image_id, m->image.id, sizeof(m->record.image_id));
	return r;
}

static int find_root(struct making *m, const char *path, struct err *e)
{
	char real[PATH_MAX];

	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "rootfs:%s", path);
	m->lowers.fds[m->lowers.count++] = fd;
	int r = fd_real_path(fd, real, sizeof(real));
	if (r < 0)
		return err_sys(e, r, "rootfs:%s", path);
	m->record.rootfs = str_dup(real);
	return m->record.rootfs ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int choose_command(struct making *m, struct err *e)
{
	static const struct oci_strings none = {0};
	const struct flow_run_options *o = m->options;
	const struct oci_strings *entry = m->has_image ? &m->docs.config.entrypoint : &none;
	const struct oci_strings *cmd = m->has_image ? &m->docs.config.cmd : &none;
	struct strv *command = &m->record.command;
	int r = o->entrypoint && o->entrypoint[0] ? strv_add(command, o->entrypoint) : 0;

	for (size_t i = 0; r == 0 && !o->entrypoint && i < entry->count; i++)
		r = strv_add(command, entry->items[i]);
	for (size_t i = 0; r == 0 && i < o->command_count; i++)
		r = strv_add(command, o->command[i]);
	/* The image's default arguments go with its own entry point only. */
	for (size_t i = 0; r == 0 && !o->command_count && !o->entrypoint && i < cmd->count; i++)
		r = strv_add(command, cmd->items[i]);
	if (r < 0)
		return err_sys(e, r, "the command");
	return command->count ? 0 : err_set(e, -EINVAL, "the image names no command; give one after the image");
}

/* What the policies ask for because of the image's score; what is asked for otherwise has to agree. */
static int admit(struct making *m, struct err *e)
{
	const struct flow_run_options *o = m->options;
	struct admission_verdict *v = &m->verdict;
	struct admission_facts facts = {.scored = false};
	SCOPED(flow_policies) struct flow_policies policies = {.items = NULL};
	int r = flow_policies_load(&o->policies, &policies, e);

	if (r < 0)
		return r;
	if (m->has_image)
		score_file_find(m->place->root, m->image.manifest.text, clock_wall() / CLOCK_NS_PER_S, &facts);
	admission_decide(policies.items, policies.count, &facts, v);
	if (v->refused)
		return err_set(e, -EPERM, "%s; %s", v->words,
			       facts.scored ? "skep score says why, and what would lower it"
					    : "skep scan gives images of the store one");
	if (v->tier > ADMISSION_NATIVE)
		return err_set(e, -EPERM, "with score %u a policy asks for the tier %s, which this build does not have",
			       facts.score, admission_tier_name(v->tier));
	if (v->words[0] && o->warn)
		o->warn(v->words);
	return 0;
}

/* A name of one of ours, or a file with a behaviour profile, which goes on top of the strict one. */
static int choose_profile(struct making *m, struct err *e)
{
	const char *asked = m->verdict.profile;
	const char *name = m->options->profile ? m->options->profile : asked[0] ? asked : "strict";

	m->profile = flow_profile_find(name);
	if (m->profile)
		return 0;
	if (!strchr(name, '/') && !strchr(name, '.'))
		return err_set(e, -EINVAL,
			       "--profile %.40s: expected a name (" FLOW_PROFILE_NAMES
			       ") or a file with a behaviour profile",
			       name);
	int r = flow_behaviour_read(name, &m->behaviour, e);
	enum profile_mode mode;
	if (r == 0 && m->options->mode) {
		r = profile_mode_read(m->options->mode, &mode, e);
		if (r < 0)
			return err_wrap(e, r, "--mode");
		profile_set_mode(&m->behaviour, mode);
	}
	m->profile = flow_profile_find("strict");
	m->record.behaves = r == 0;
	return r;
}

/* A file is on top of the strict one. */
static int check_asked_profile(const struct making *m, struct err *e)
{
	const char *asked = m->verdict.profile;

	if (!asked[0] || str_eq(asked, m->profile->name))
		return 0;
	return err_set(e, -EPERM,
		       "because of the image's score a policy asks for the profile %s, not %s; leave --profile out",
		       asked, m->profile->name);
}

/* Mounts alone hold it while the root is read-only. */
static int choose_drift(struct making *m, struct err *e)
{
	const char *asked = m->options->drift;
	enum flow_drift d = m->profile->drift;

	for (d = asked ? FLOW_DRIFT_OFF : d; asked && !str_eq(asked, flow_drift_name(d)); d++)
		if (d == FLOW_DRIFT_ENFORCE)
			return err_set(e, -EINVAL, "--drift %.40s: expected off, alert or enforce", asked);
	m->record.drift = d;
	for (size_t i = 0; i < m->options->drift_allowed.count; i++) {
		int r = guarding_check_place(m->options->drift_allowed.items[i], i, e);
		if (r == 0 && strv_add(&m->record.drift_allowed, m->options->drift_allowed.items[i]) < 0)
			r = err_set(e, -ENOMEM, "out of memory");
		if (r < 0)
			return r;
	}
	if (d != FLOW_DRIFT_ENFORCE || !m->record.writable || guarding_offers().programs != GUARD_RUNG_NONE)
		return 0;
	return err_set(e, -ENOTSUP,
		       "with a writable root, this host cannot keep the container from executing what it writes "
		       "(skep doctor: \"deny: drift\"); accept that with --drift off");
}

/* Where these of the command line are mounted: "SOURCE:TARGET:OPTIONS" of volumes, "TARGET:OPTIONS" of memory. */
static int list_targets(const struct strv *mounts, bool volumes, struct strv *ret)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < mounts->count; i++) {
		const char *at = mounts->items[i];
		at += volumes ? strcspn(at, ":") : 0;
		at += *at == ':';
		scoped_free char *target = str_printf("%.*s", (int)strcspn(at, ":"), at);
		r = target ? strv_add(ret, target) : -ENOMEM;
	}
	return r;
}

/* Where something is mounted that the container may write to. */
static int list_places(const struct making *m, struct strv *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && m->profile->memory[i]; i++)
		r = strv_add(ret, m->profile->memory[i]);
	if (r == 0)
		r = list_targets(&m->options->tmpfs, false, ret);
	return r < 0 ? r : list_targets(&m->options->volumes, true, ret);
}

static int hold_behaviour(struct making *m, struct err *e)
{
	SCOPED(strv) struct strv places = {0};
	SCOPED(strv) struct strv volumes = {0};
	if (list_places(m, &places) < 0 || list_targets(&m->options->volumes, true, &volumes) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	const struct hold_host host = {priv_landlock_abi(), !kern_has_mdwe(), m->record.writable,
				       guarding_offers(),   &places,	      &volumes};
	SCOPED(remarks) struct remarks missing = REMARKS_INIT;
	char uid[16];

	snprintf(uid, sizeof(uid), "%u", m->user.uid);
	if (m->behaviour.lists[PROFILE_USERS].count && !profile_allows(&m->behaviour, PROFILE_USERS, uid))
		return err_set(e, -EPERM, "profile %s: user %s is not one of its users", m->behaviour.name, uid);
	if (hold_plan(&m->behaviour, &host, &m->hold, &missing) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	if (!missing.count || m->behaviour.allow_degraded)
		return 0;
	return err_set(e, -EPERM,
		       "profile %s cannot be held here as it is written: %s: %s%s; skep profile ladder shows all, "
		       "\"allowDegraded: true\" accepts it",
		       m->behaviour.name, missing.items[0].place, missing.items[0].text,
		       missing.count > 1 ? "; and more" : "");
}

static int check_network(const struct making *m, struct err *e)
{
	const char *network = m->options->network;

	if (network && !str_eq(network, "none") && !str_eq(network, "host"))
		return err_set(e, -EINVAL, "--network %.40s: expected none or host", network);
	if (m->profile->no_network && str_eq(network, "host"))
		return err_set(e, -EINVAL, "--network host: profile %s has no network; another one has",
			       m->profile->name);
	return 0;
}

static int check_options(const struct making *m, const char *stop, struct err *e)
{
	const struct flow_run_options *o = m->options;

	if (o->read_only && o->writable)
		return err_set(e, -EINVAL, "--read-only and --writable exclude each other");
	if (o->mode && !m->record.behaves)
		return err_set(e, -EINVAL, "--mode %.40s is for a behaviour profile; give its file with --profile",
			       o->mode);
	if (strlen(stop) >= sizeof(m->record.stop_signal))
		return err_set(e, -EINVAL, "stop signal \"%.40s\" is unknown", stop);
	return 0;
}

static int decide(struct making *m, struct err *e)
{
	const struct flow_run_options *o = m->options;
	const struct oci_image_config *c = m->has_image ? &m->docs.config : NULL;
	const char *stop = o->stop_signal ? o->stop_signal : c && c->stop_signal ? c->stop_signal : "SIGTERM";
	int r = admit(m, e);

	if (r == 0)
		r = choose_command(m, e);
	if (r == 0)
		r = choose_profile(m, e);
	if (r == 0)
		r = check_asked_profile(m, e);
	if (r == 0)
		r = check_network(m, e);
	if (r == 0)
		r = check_options(m, stop, e);
	if (r == 0)
		r = flow_user_resolve(&m->lowers, o->user ? o->user : c ? c->user : NULL, &m->user, e);
	if (r == 0)
		m->record.writable = o->writable || (!m->profile->read_only && !o->read_only);
	if (r == 0)
		r = choose_drift(m, e);
	if (r == 0 && m->record.behaves)
		r = hold_behaviour(m, e);
	if (r < 0)
		return r;
	snprintf(m->record.profile, sizeof(m->record.profile), "%s",
		 m->record.behaves ? m->behaviour.name : m->profile->name);
	snprintf(m->record.stop_signal, sizeof(m->record.stop_signal), "%s", stop);
	m->record.uid = m->user.uid;
	m->record.tty = o->tty;
	m->record.input = o->input;
	m->record.remove = o->remove;
	m->record.host_network = str_eq(o->network, "host");
	return 0;
}

static int claim_name(struct making *m, struct err *e)
{
	struct flow_record *r = &m->record;

	if (m->options->name) {
		int bad = flow_check_name(m->options->name, e);
		if (bad)
			return bad;
		snprintf(r->name, sizeof(r->name), "%s", m->options->name);
		return place_claim_name(m->place, r->name, r->id, e);
	}
	for (unsigned try = 0;; try++) {
		flow_make_name(r->id, try, r->name);
		int bad = place_claim_name(m->place, r->name, r->id, e);
		if (bad != -EEXIST || try > 1000)
			return bad;
	}
}

static int claim(struct making *m, struct err *e)
{
	int r = flow_new_id(m->record.id, e);

	if (r == 0)
		r = claim_name(m, e);
	m->claimed = r == 0;
	if (r == 0)
		r = place_claim_range(m->place, m->record.id, &m->record.range, e);
	if (r == 0 && m->has_image)
		r = oci_store_pin(m->place->store, m->record.id, &m->image, e);
	return r;
}

static int put_text(int dir, const char *name, const char *text, struct err *e)
{
	int r = path_write_file(dir, name, text, strlen(text), 0644, false);

	return r < 0 ? err_sys(e, r, "writing the container's %s", name) : 0;
}

/* The folder overlayfs writes to; its own attributes are those of the image's root folder. */
static int make_upper(struct making *m, struct err *e)
{
	uint32_t owner = m->record.range;
	struct stat st = {.st_mode = 0755};

	if (m->lowers.count && fstat(m->lowers.fds[0], &st) < 0)
		return err_sys(e, -errno, "the image's root folder");
	if (mkdirat(m->tmp.fd, "upper", 0700) < 0 || mkdirat(m->tmp.fd, "work", 0700) < 0 ||
	    fchownat(m->tmp.fd, "upper", owner + MIN_OF(st.st_uid, FLOW_RANGE_SIZE - 1),
		     owner + MIN_OF(st.st_gid, FLOW_RANGE_SIZE - 1), 0) < 0 ||
	    fchmodat(m->tmp.fd, "upper", st.st_mode & 07777, 0) < 0 || fchownat(m->tmp.fd, "work", owner, owner, 0) < 0)
		return err_sys(e, -errno, "making the container's writable layer");
	return 0;
}

static int make_files(struct making *m, struct err *e)
{
	char hosts[256], host[80];

	snprintf(host, sizeof(host), "%.64s\n", m->options->hostname ? m->options->hostname : m->record.id);
	if (!m->options->hostname)
		memcpy(host + 12, "\n", 2);
	snprintf(hosts, sizeof(hosts), "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.0.1 %s", host);
	int r = put_text(m->tmp.fd, "hosts", hosts, e);
	if (r == 0)
		r = put_text(m->tmp.fd, "hostname", host, e);
	if (r == 0 && (mkdirat(m->tmp.fd, "bundle", 0700) < 0 || mkdirat(m->tmp.fd, "bundle/rootfs", 0755) < 0))
		r = err_sys(e, -errno, "making the container's bundle");
	return r == 0 ? make_upper(m, e) : r;
}

static int write_config(struct making *m, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(CONFIG_BYTES_MAX);
	scoped_free char *dir = NULL;
	char root[PATH_MAX];

	int r = path_real(m->place->root, root, sizeof(root));
	if (r < 0)
		return err_sys(e, r, "%s", m->place->root);
	dir = str_printf("%s/containers/%s", root, m->record.id);
	if (!dir)
		return err_set(e, -ENOMEM, "out of memory");
	struct flow_config c = {.record = &m->record,
				.options = m->options,
				.image = m->has_image ? &m->docs.config : NULL,
				.profile = m->profile,
				.hold = m->record.behaves ? &m->hold : NULL,
				.user = &m->user,
				.dir = dir,
				.read_only = !m->record.writable};
	r = flow_config_write(&c, &text, e);
	if (r < 0)
		return r;
	scoped_fd int bundle = openat(m->tmp.fd, "bundle", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = bundle < 0 ? -errno : path_write_file(bundle, "config.json", text.data, text.len, 0600, false);
	return r < 0 ? err_sys(e, r, "writing the container's configuration") : 0;
}

static int write_behaviour(const struct making *m, struct err *e)
{
	return m->record.behaves ? behaviour_save(&m->behaviour, m->tmp.fd, e) : 0;
}

/* Everything is complete before the container has its place under its id. */
static int settle(struct making *m, struct err *e)
{
	char from[64];

	clock_text(clock_wall(), m->record.created);
	int r = record_save(&m->record, m->tmp.fd, e);
	if (r < 0)
		return r;
	snprintf(from, sizeof(from), "tmp/%s", m->tmp.name);
	if (renameat(oci_store_fd(m->place->store), from, m->place->containers, m->record.id) < 0)
		return err_sys(e, -errno, "storing the container");
	close_keep_errno(m->tmp.fd);
	m->tmp.fd = -1;
	return 0;
}

static void making_done(struct making *m, bool keep)
{
	struct err ignored;

	if (!keep && m->claimed) {
		place_release(m->place, &m->record);
		ignore(oci_store_unpin(m->place->store, m->record.id, &ignored)); /* the error that led here counts */
	}
	oci_store_tmp_drop(m->place->store, &m->tmp);
	flow_lowers_done(&m->lowers);
	oci_image_done(&m->image);
	arena_done(&m->arena);
	hold_done(&m->hold);
	profile_done(&m->behaviour);
	flow_record_done(&m->record);
}

int flow_create(struct flow_place *p, const struct flow_run_options *o, struct flow_record *ret, struct err *e)
{
	struct making m = {.place = p,
			   .options = o,
			   .arena = ARENA_INIT(32u << 20),
			   .behaviour = PROFILE_INIT,
			   .hold = HOLD_INIT,
			   .tmp = {.fd = -1}};
	struct oci_ref ref;
	int r = 0;

	m.record.image = str_dup(o->image);
	if (!m.record.image)
		r = err_set(e, -ENOMEM, "out of memory");
	if (r == 0 && oci_ref_parse(o->image, &ref, NULL) == 0 && ref.transport == OCI_TRANSPORT_ROOTFS)
		r = find_root(&m, ref.path, e);
	else if (r == 0)
		r = find_image(&m, e);
	if (r < 0 || (r = decide(&m, e)) < 0 || (r = claim(&m, e)) < 0 ||
	    (r = oci_store_tmp(p->store, &m.tmp, e)) < 0 || (r = make_files(&m, e)) < 0 ||
	    (r = write_config(&m, e)) < 0 || (r = write_behaviour(&m, e)) < 0 || (r = settle(&m, e)) < 0) {
		making_done(&m, false);
		return r;
	}
	*ret = m.record;
	m.record = (struct flow_record){.pid = 0};
	making_done(&m, true);
	return 0;
}
