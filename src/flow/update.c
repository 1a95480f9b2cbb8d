/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of an update: a list, its signature, its rules, its files, the import, and what is remembered of it. The index
 * is replaced before the memory of it, so that a kill in between takes the same files once more.
 */
#include "flow/update.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "incoming.h"
#include "update-config.h"
#include "update-state.h"

#define LOCK "update.lock"
#define INCOMING "incoming"
#define DAY_S 86400
#define SIGN_AGAIN_MS 500

struct update {
	const struct flow_update_options *o;
	struct flow_update *ret;
	struct update_config config;
	struct update_state state;
	struct update_set *set;
	struct vuln_index *index; /* NULL: there is none that can be read */
	struct mirror_list list;
	struct digest list_digest;
	int db, incoming, lock; /* ROOT/db; owned */
	bool final;		/* no other mirror would change it */
	size_t at;		/* of the file that is fetched */
};

static void update_done(struct update *u)
{
	mirror_list_done(&u->list);
	vuln_index_free(u->index);
	update_state_done(&u->state);
	update_config_done(&u->config);
	close_keep_errno(u->incoming);
	close_keep_errno(u->lock);
	close_keep_errno(u->db);
}
DEFINE_SCOPED(update)

static int refuse(struct update *u, struct err *e, const char *fmt, ...) printf_like(3, 4);
static int refuse(struct update *u, struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	u->ret->refused = true;
	return err_set(e, -EKEYREJECTED, "%s", text);
}

/* ---- the list ---- */

static bool is_signed(const struct update *u, const struct buf *list, const struct buf *signature)
{
	for (size_t i = 0; i < u->config.key_count; i++)
		if (trust_verify(u->config.keys[i], buf_str(list), list->len, buf_str(signature), signature->len,
				 NULL) == 0)
			return true;
	return false;
}

/* Both are replaced one after the other where they are published: what does not fit is looked at once more. */
static int read_signed(struct update *u, struct mirror *m, struct buf *list, struct err *e)
{
	const struct timespec pause = {0, SIGN_AGAIN_MS * CLOCK_NS_PER_MS};

	for (int n = 0; n < 2; n++) {
		SCOPED(buf) struct buf signature = BUF_INIT(MIRROR_SIGNATURE_BYTES_MAX);
		if (n)
			nanosleep(&pause, NULL);
		buf_reset(list);
		int r = m->ops->head(m, list, &signature, e);
		if (r < 0)
			return r;
		if (is_signed(u, list, &signature))
			return digest_of(buf_str(list), list->len, &u->list_digest) < 0
				       ? err_set(e, -ENOMEM, "out of memory")
				       : 0;
	}
	return refuse(u, e,
		      "the signature of its list is of none of the %zu keys that are configured; nothing was taken",
		      u->config.key_count);
}

static int check_dates(struct update *u, struct err *e)
{
	int64_t now_s = clock_wall() / CLOCK_NS_PER_S;
	const struct mirror_list *l = &u->list;
	long long days = (long long)(now_s - l->created_s) / DAY_S;
	uint64_t most = u->config.document.max_age_days;

	if (u->o->allow_expired)
		return 0;
	if (now_s >= l->expires_s)
		return refuse(
			u, e,
			"its list of %lld days ago has expired; publish a new one there, or take it as it is with "
			"--allow-expired",
			days);
	if (most && now_s - l->created_s > (int64_t)most * DAY_S)
		return refuse(u, e, "its list is %lld days old and maxAgeDays is %llu; --allow-expired takes it", days,
			      (unsigned long long)most);
	return 0;
}

static int check_serial(struct update *u, struct err *e)
{
	const struct update_set *set = u->set;

	if (u->list.serial < set->serial)
		return refuse(u, e,
			      "its list has the serial %llu, and %llu was taken already; an old list is not taken",
			      (unsigned long long)u->list.serial, (unsigned long long)set->serial);
	if (u->list.serial == set->serial && !digest_equal(&u->list_digest, &set->list))
		return refuse(u, e, "another list of the same serial %llu was taken already; publish it with a new one",
			      (unsigned long long)u->list.serial);
	return 0;
}

static bool is_wanted(const struct update *u, const char *source)
{
	const struct mirror_texts *t = &u->config.document.sources;

	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->at[i], source))
			return true;
	return !t->count;
}

/* Leaves in the list what is to be taken of it. */
static int choose(struct update *u, struct err *e)
{
	const struct mirror_texts *wanted = &u->config.document.sources;
	size_t kept = 0;

	for (size_t i = 0; i < wanted->count; i++)
		if (!mirror_list_find(&u->list, wanted->at[i]))
			return err_set(e, -ENOENT, "its list has no source \"%.100s\"", wanted->at[i]);
	for (size_t i = 0; i < u->list.count; i++) {
		const struct mirror_file *f = &u->list.files[i];
		if (!is_wanted(u, f->source))
			continue;
		bool taken = update_state_has(u->set, u->index, f->source, &f->digest);
		struct flow_update_item *item = &u->ret->items[u->ret->count++];
		*item = (struct flow_update_item){.bytes = f->bytes, .taken = taken};
		snprintf(item->source, sizeof(item->source), "%s", f->source);
		if (!taken)
			u->list.files[kept++] = *f;
	}
	u->list.count = u->ret->fresh = kept;
	return 0;
}

static int read_list(struct update *u, struct mirror *m, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(MIRROR_LIST_BYTES_MAX);
	int r = read_signed(u, m, &text, e);

	mirror_list_done(&u->list);
	u->ret->count = u->ret->fresh = 0;
	if (r == 0 && (r = mirror_list_decode(buf_str(&text), text.len, &u->list, e)) < 0)
		return err_wrap(e, r, MIRROR_LIST_NAME);
	if (r == 0)
		r = check_dates(u, e);
	if (r == 0)
		r = check_serial(u, e);
	return r < 0 ? r : choose(u, e);
}

/* ---- the files ---- */

static void tick(void *data, uint64_t bytes)
{
	struct update *u = data;
	const struct mirror_file *f = &u->list.files[u->at];

	if (u->o->progress)
		u->o->progress(u->o->data, f->source, bytes, f->bytes);
}

static int fetch_files(struct update *u, struct mirror *m, struct flow_db_inputs *in, struct err *e)
{
	m->tick = tick;
	m->data = u;
	incoming_sweep(u->incoming, &u->list);
	for (u->at = 0; u->at < u->list.count; u->at++) {
		const struct mirror_file *f = &u->list.files[u->at];
		int fd = incoming_get(u->incoming, m, f, e);
		if (fd < 0) {
			u->ret->refused |= fd == -EBADMSG;
			return fd;
		}
		tick(u, f->bytes);
		int r = flow_db_add_fd(in, fd, f->source, f->source, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int remember(struct update *u, struct err *e)
{
	struct update_set *set = u->set;
	const struct flow_db_notes *notes = &u->ret->notes;
	int r = 0;

	for (size_t i = 0; r == 0 && i < notes->count; i++) {
		const struct mirror_file *from = mirror_list_find(&u->list, notes->items[i].input);
		const struct update_file f = {.input = notes->items[i].input,
					      .source = notes->items[i].source,
					      .imported_s = notes->imported_s,
					      .digest = from ? from->digest : (struct digest){""}};
		r = from ? update_state_took(&u->state, set, &f) : 0;
	}
	if (r < 0)
		return err_sys(e, r, "remembering what was taken");
	set->serial = u->list.serial;
	set->created_s = u->list.created_s;
	set->taken_s = clock_wall() / CLOCK_NS_PER_S;
	set->list = u->list_digest;
	return update_state_save(u->db, &u->state, e);
}

static int take(struct update *u, struct mirror *m, struct err *e)
{
	SCOPED(flow_db_inputs) struct flow_db_inputs in = {0};
	int r = fetch_files(u, m, &in, e);

	if (r < 0)
		return r;
	u->final = true;
	if (in.count)
		r = flow_db_import(u->o->root, &in, &u->ret->notes, e);
	if (r == 0)
		r = remember(u, e);
	if (r == 0) {
		incoming_sweep(u->incoming, NULL);
		unlinkat(u->db, INCOMING, AT_REMOVEDIR);
	}
	return r;
}

/* ---- mirrors ---- */

static int try_mirror(struct update *u, const struct mirror_place *place, struct err *e)
{
	SCOPED(mirror) struct mirror m = MIRROR_INIT;
	int r = mirror_open(&m, place, e);

	if (r == 0)
		r = read_list(u, &m, e);
	if (r == 0 && !u->o->check)
		r = take(u, &m, e);
	if (r < 0)
		return err_wrap(e, r, "mirror %.200s", place->name);
	snprintf(u->ret->mirror, sizeof(u->ret->mirror), "%s", place->name);
	u->ret->serial = u->list.serial;
	u->ret->created_s = u->list.created_s;
	return 0;
}

static int try_mirrors(struct update *u, struct err *e)
{
	const struct mirror_config *c = &u->config.document;
	int r = -ENOENT;

	for (size_t i = 0; i < c->count; i++) {
		r = try_mirror(u, &c->mirrors[i], e);
		if (r == 0 || u->final || i + 1 == c->count)
			break;
		if (u->o->say)
			u->o->say(u->o->data, err_text(e));
	}
	if (r == 0)
		u->ret->refused = false;
	return r;
}

static int open_folders(struct update *u, struct err *e)
{
	scoped_free char *path = str_printf("%s/db", u->o->root);
	int r = !path ? -ENOMEM : u->o->check ? 0 : path_mkdirs(path, 0755);

	if (r == 0)
		u->db = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && u->db < 0 && !(u->o->check && errno == ENOENT))
		r = -errno;
	if (r < 0 || u->o->check)
		return r < 0 ? err_sys(e, r, "%s/db", u->o->root) : 0;
	u->lock = openat(u->db, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (u->lock < 0)
		return err_sys(e, -errno, "%s", path);
	if (flock(u->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? err_set(e, -EBUSY, "another update is running; wait for its end")
					    : err_sys(e, -errno, "%s", path);
	if (mkdirat(u->db, INCOMING, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "%s/" INCOMING, path);
	u->incoming = path_open_beneath(u->db, INCOMING, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	return u->incoming < 0 ? err_sys(e, u->incoming, "%s/" INCOMING, path) : 0;
}

int flow_update(const struct flow_update_options *o, struct flow_update *ret, struct err *e)
{
	SCOPED(update)
	struct update u = {.o = o,
			   .ret = ret,
			   .config = UPDATE_CONFIG_INIT,
			   .state = UPDATE_STATE_INIT,
			   .list = MIRROR_LIST_INIT,
			   .db = -1,
			   .incoming = -1,
			   .lock = -1};

	memset(ret, 0, sizeof(*ret));
	int r = update_config_read(o->config ? o->config : FLOW_UPDATE_CONFIG, &u.config, e);
	if (r == 0)
		r = open_folders(&u, e);
	if (r == 0 && u.db >= 0)
		r = update_state_load(u.db, &u.state, e);
	if (r < 0)
		return r;
	u.set = update_state_set(&u.state, u.config.document.name);
	if (!u.set)
		return err_set(e, -E2BIG, "more than %d documents of mirrors were used here", UPDATE_SETS_MAX);
	/* Without an index nothing is taken yet. */
	ignore(vuln_open_root(o->root, &u.index, NULL));
	return try_mirrors(&u, e);
}
