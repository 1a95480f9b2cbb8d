/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a folder the files *.yar and *.yara are taken, in the order of their names. Nothing in them is looked at here.
 */
#include "scan-rules.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "files-in.h"
#include "priv/worker.h"
#include "scan-plan.h"

struct scan_rules_file {
	struct model_rules_file head;
	int fd; /* owned */
};

struct opening {
	const char *root;
	struct scan_rules *rules;
	struct digest_ctx *digest;
};

void scan_rules_done(struct scan_rules *r)
{
	for (size_t i = 0; i < r->count; i++)
		close_keep_errno(r->files[i].fd);
	free(r->files);
	close_keep_errno(r->made);
	*r = SCAN_RULES_INIT;
}

/* All of FROM into TO and the digest. */
static int copy(struct opening *o, int from, int to, const char *path, struct err *e)
{
	char piece[64 << 10];
	ssize_t n = 0;
	int r = 0;

	while (r == 0 && ((n = read(from, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR))) {
		if (n < 0)
			continue;
		o->rules->bytes += (uint64_t)n;
		if (o->rules->bytes > SCAN_RULES_BYTES_MAX)
			return err_set(e, -E2BIG, "%s: more than %u MiB of rules and lists", path,
				       SCAN_RULES_BYTES_MAX >> 20);
		r = digest_update(o->digest, piece, (size_t)n);
		if (r == 0)
			r = fd_write_all(to, piece, (size_t)n);
	}
	if (r == 0 && n < 0)
		r = -errno;
	return r < 0 ? err_sys(e, r, "%s", path) : 0;
}

static int open_file(struct opening *o, enum model_rules_kind kind, const char *path, struct err *e)
{
	struct scan_rules *rules = o->rules;
	struct scan_rules_file f = {.head = {.kind = kind}, .fd = -1};
	scoped_fd int from = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (from < 0)
		return err_sys(e, -errno, "%s", path);
	if (rules->count == SCAN_RULES_FILES_MAX)
		return err_set(e, -E2BIG, "%s: more than %d files of rules and lists", path, SCAN_RULES_FILES_MAX);
	if (!rules->files && !(rules->files = calloc(SCAN_RULES_FILES_MAX, sizeof(*rules->files))))
		return err_set(e, -ENOMEM, "out of memory");
	snprintf(f.head.name, sizeof(f.head.name), "%s", path);
	scoped_fd int to = scan_unnamed_file(o->root);
	if (to < 0)
		return err_sys(e, to, "a copy of %s", path);
	int r = digest_update(o->digest, &f.head, sizeof(f.head));
	if (r < 0)
		return err_sys(e, r, "%s", path);
	r = copy(o, from, to, path, e);
	if (r < 0)
		return r;
	/* Workers that a layer took over share it with the others. */
	f.fd = open(fd_path_of(to).text, O_RDONLY | O_CLOEXEC);
	if (f.fd < 0)
		return err_sys(e, -errno, "%s", path);
	rules->files[rules->count++] = f;
	return 0;
}

static int open_rules(const char *path, void *data, struct err *e)
{
	return open_file(data, MODEL_RULES_YARA, path, e);
}

int scan_rules_open(const struct flow_scan_options *options, struct scan_rules *ret, struct err *e)
{
	static const char *const endings[] = {".yar", ".yara", NULL};
	SCOPED_PTR(digest_ctx) struct digest_ctx *digest = NULL;
	SCOPED(scan_rules) struct scan_rules rules = SCAN_RULES_INIT;
	struct opening o = {.root = options->root, .rules = &rules};
	int r = digest_ctx_new("sha256", &digest);

	if (r < 0)
		return err_sys(e, r, "a digest");
	o.digest = digest;
	for (size_t i = 0; r == 0 && options->yara && i < options->yara->count; i++) {
		const char *path = options->yara->items[i];
		int found = files_in(path, endings, open_rules, &o, e);
		r = found ? MIN_OF(found, 0) : err_set(e, -ENOENT, "%s: no file *.yar or *.yara in it", path);
	}
	for (size_t i = 0; r == 0 && options->hashes && i < options->hashes->count; i++)
		r = open_file(&o, MODEL_RULES_HASHES, options->hashes->items[i], e);
	if (r == 0 && options->secret_rules) {
		r = open_file(&o, MODEL_RULES_SECRETS, options->secret_rules, e);
		rules.secrets = r == 0 ? rules.files[rules.count - 1].fd : -1;
	}
	if (r == 0 && rules.count && (r = digest_final(digest, &rules.key)) < 0)
		err_sys(e, r, "a digest");
	if (r == 0) {
		*ret = rules;
		rules = SCAN_RULES_INIT;
	}
	return r;
}

/* ---- made by a worker ---- */

static int converse(const struct scan_rules *rules, struct priv_worker *w, int out, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	int r = m ? 0 : -ENOMEM;

	/* A worker that hung up says why. */
	for (size_t i = 0; r == 0 && i < rules->count; i++)
		r = priv_send(w->channel, MODEL_WORKER_RULES, &rules->files[i].head, sizeof(rules->files[i].head),
			      &rules->files[i].fd, 1);
	if (r == 0)
		r = priv_send(w->channel, MODEL_WORKER_MAKE, NULL, 0, &out, 1);
	if (r == 0 || r == -EPIPE || r == -ECONNRESET)
		r = scan_worker_hear(w, m, e);
	else
		err_sys(e, r, "making the rules ready");
	if (r < 0)
		return r;
	priv_message_done(m);
	return m->type == MODEL_WORKER_MADE ? 0 : scan_worker_failed(m, e);
}

int scan_rules_make(struct scan_rules *rules, struct err *e)
{
	SCOPED(priv_worker) struct priv_worker w = PRIV_WORKER_INIT;
	scoped_fd int out = memfd_create("rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (rules->made >= 0)
		return 0;
	if (out < 0)
		return err_sys(e, -errno, "a file for rules");
	int r = priv_worker_start_program("skep-scan", "rules", &w, e);
	if (r == 0)
		r = converse(rules, &w, out, e);
	if (r < 0)
		return r;
	priv_worker_done(&w);
	/* Workers that a layer took over share it with the others. */
	if (fcntl(out, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return err_sys(e, -errno, "sealing the rules");
	rules->made = take_fd(&out);
	return 0;
}
