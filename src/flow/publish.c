/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files are copied under a temporary name while they are hashed and then called by their digest, so whoever reads the mirror
 * meanwhile sees whole files only. The list and its signature come last; a kill before them changes nothing.
 */
#include "flow/publish.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"
#include "publish-layout.h"
#include "trust/key.h"

#define PIECE (1u << 20)
#define TEMPORARY ".new"
#define FILES "files"
#define BLOBS "blobs/sha256"
#define DAYS_MAX 3650

static void publish_done(struct publish *p)
{
	mirror_list_done(&p->list);
	close_keep_errno(p->files);
	close_keep_errno(p->folder);
}
DEFINE_SCOPED(publish)

static int load_key(const char *path, struct trust_key **ret, struct err *e)
{
	SCOPED(buf) struct buf pem = BUF_INIT(TRUST_PEM_BYTES_MAX);
	int r = path_read_file(AT_FDCWD, path, &pem);

	if (r < 0)
		return err_sys(e, r, "the key %s", path);
	r = trust_key_private(buf_str(&pem), pem.len, ret, e);
	explicit_bzero(pem.data, pem.len);
	return r < 0 ? err_wrap(e, r, "the key %s", path) : 0;
}

/* ---- files ---- */

static int copy_and_hash(int from, int to, uint64_t *ret_bytes, struct digest *ret, struct err *e)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *c = NULL;
	scoped_free char *piece = malloc(PIECE);
	uint64_t bytes = 0;
	int r = piece ? digest_ctx_new("sha256", &c) : -ENOMEM;

	while (r == 0) {
		ssize_t got = read(from, piece, PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			r = got < 0 ? -errno : 0;
			break;
		}
		bytes += (uint64_t)got;
		if (bytes > MIRROR_FILE_BYTES_MAX)
			return err_set(e, -EFBIG, "larger than %llu bytes", MIRROR_FILE_BYTES_MAX);
		r = digest_update(c, piece, (size_t)got);
		if (r == 0)
			r = fd_write_all(to, piece, (size_t)got);
	}
	if (r == 0)
		r = digest_final(c, ret);
	if (r < 0)
		return err_sys(e, r, "copying");
	*ret_bytes = bytes;
	return bytes ? 0 : err_set(e, -ENODATA, "it is empty");
}

static int put_file(struct publish *p, const struct flow_db_input *in, struct mirror_file *ret, struct err *e)
{
	scoped_fd int to = openat(p->files, TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = to < 0 ? err_sys(e, -errno, "%s", p->place) : copy_and_hash(in->fd, to, &ret->bytes, &ret->digest, e);

	if (r == 0 && (fsync(to) < 0 || renameat(p->files, TEMPORARY, p->files, digest_hex(&ret->digest)) < 0))
		r = err_sys(e, -errno, "%s", p->place);
	if (r < 0) {
		unlinkat(p->files, TEMPORARY, 0);
		return err_wrap(e, r, "%s", in->words);
	}
	ret->source = arena_str(&p->list.arena, in->source);
	ret->path = arena_printf(&p->list.arena, FILES "/%s", digest_hex(&ret->digest));
	return arena_failed(&p->list.arena) ? err_set(e, -ENOMEM, "out of memory") : 0;
}

static int put_files(struct publish *p, const struct flow_db_inputs *in, struct err *e)
{
	p->list.files = ARENA_ARRAY(&p->list.arena, in->count + 1, struct mirror_file);
	if (!p->list.files)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < in->count; i++) {
		const struct flow_db_input *one = &in->items[i];
		if (one->is_folder)
			return err_set(
				e, -EISDIR,
				"%s: its .json files are single documents; pack them (zip -q %s.zip *.json), or name "
				"one of them",
				one->words, one->source);
		if (mirror_list_find(&p->list, one->source))
			return err_set(e, -EEXIST, "%s: there is another source \"%s\"", one->words, one->source);
		int r = put_file(p, one, &p->list.files[p->list.count], e);
		if (r < 0)
			return r;
		p->list.bytes += p->list.files[p->list.count++].bytes;
	}
	return 0;
}

int publish_blob(const struct publish *p, const struct buf *text, struct digest *ret, struct err *e)
{
	int r = buf_error(text);

	if (r == 0)
		r = digest_of(buf_str(text), text->len, ret);
	if (r == 0)
		r = path_write_file(p->files, digest_hex(ret), text->data, text->len, 0644, true);
	return r < 0 ? err_sys(e, r, "%s", p->place) : 0;
}

/* ---- a folder ---- */

/* The list that is there; none, or one that cannot be read, is an empty one. */
static void read_old(const struct publish *p, struct mirror_list *ret)
{
	SCOPED(buf) struct buf text = BUF_INIT(MIRROR_LIST_BYTES_MAX);

	if (path_read_file(p->folder, MIRROR_LIST_NAME, &text) == 0)
		ignore(mirror_list_decode(buf_str(&text), text.len, ret, NULL));
}

/* Files of neither list. */
static void sweep(const struct publish *p, const struct mirror_list *old)
{
	int fd = openat(p->files, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		close_keep_errno(fd);
		return;
	}
	while ((entry = readdir(d)))
		if (strspn(entry->d_name, "0123456789abcdef") == 64 && !mirror_list_has(&p->list, entry->d_name) &&
		    !mirror_list_has(old, entry->d_name))
			unlinkat(p->files, entry->d_name, 0);
	closedir(d);
}

static int put_folder(const struct publish *p, const struct mirror_list *old, const struct buf *list,
		      const struct buf *signature, struct err *e)
{
	int r = path_write_file(p->folder, MIRROR_LIST_NAME, list->data, list->len, 0644, true);

	if (r == 0)
		r = path_write_file(p->folder, MIRROR_SIGNATURE_NAME, signature->data, signature->len, 0644, true);
	if (r < 0)
		return err_sys(e, r, "%s", p->place);
	sweep(p, old);
	return 0;
}

/* ---- the whole ---- */

static int open_place(struct publish *p, const char *place, const char *files, struct err *e)
{
	scoped_free char *path = str_printf("%s/%s", place, files);
	int r = path ? path_mkdirs(path, 0755) : -ENOMEM;

	p->place = place;
	if (r == 0)
		p->folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && p->folder >= 0)
		p->files = path_open_beneath(p->folder, files, O_RDONLY | O_DIRECTORY, 0);
	if (r < 0 || p->folder < 0 || p->files < 0)
		return err_sys(e, r < 0 ? r : p->folder < 0 ? -errno : p->files, "%s", place);
	if (flock(p->files, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, -EBUSY, "%s: somebody else is publishing there", place);
	return 0;
}

static int sign(struct publish *p, const struct trust_key *key, struct buf *list, struct buf *signature, struct err *e)
{
	mirror_list_encode(&p->list, list);
	if (buf_error(list))
		return err_set(e, buf_error(list), "the list is too long");
	return trust_sign(key, list->data, list->len, signature, e);
}

static int write_all(struct publish *p, const struct flow_publish_options *o, const struct trust_key *key,
		     const char *tag, struct err *e)
{
	SCOPED(mirror_list) struct mirror_list old = MIRROR_LIST_INIT;
	SCOPED(buf) struct buf list = BUF_INIT(MIRROR_LIST_BYTES_MAX), signature = BUF_INIT(MIRROR_SIGNATURE_BYTES_MAX);
	int64_t now_s = clock_wall() / CLOCK_NS_PER_S;
	int r = put_files(p, o->inputs, e);

	if (r < 0)
		return r;
	read_old(p, &old);
	p->list.serial = o->serial ? o->serial : (uint64_t)now_s;
	if (!o->serial && p->list.serial <= old.serial)
		p->list.serial = old.serial + 1;
	p->list.created_s = now_s;
	p->list.expires_s = now_s + (int64_t)o->days * 86400;
	r = sign(p, key, &list, &signature, e);
	if (r < 0)
		return r;
	return tag ? publish_layout(p, tag, &list, &signature, e) : put_folder(p, &old, &list, &signature, e);
}

int flow_publish(const struct flow_publish_options *o, struct flow_publish *ret, struct err *e)
{
	SCOPED(publish) struct publish p = {-1, -1, "", MIRROR_LIST_INIT};
	SCOPED_PTR(trust_key) struct trust_key *key = NULL;
	struct oci_ref ref = {.transport = OCI_TRANSPORT_NAME};
	bool layout = str_starts_with(o->to, "oci:");
	int r = layout ? oci_ref_parse(o->to, &ref, e) : 0;

	if (r < 0)
		return r;
	if (!o->days || o->days > DAYS_MAX)
		return err_set(e, -EINVAL, "a list expires after 1 to %d days", DAYS_MAX);
	if (!o->inputs->count || o->inputs->count > MIRROR_FILES_MAX)
		return err_set(e, -E2BIG, "1 to %d sources can be published", MIRROR_FILES_MAX);
	r = load_key(o->key, &key, e);
	if (r == 0)
		r = open_place(&p, layout ? ref.path : o->to, layout ? BLOBS : FILES, e);
	if (r == 0)
		r = write_all(&p, o, key, layout ? (ref.tag[0] ? ref.tag : "latest") : NULL, e);
	if (r < 0)
		return r;
	*ret = (struct flow_publish){p.list.serial, p.list.bytes, p.list.count, *trust_key_id(key)};
	return 0;
}
