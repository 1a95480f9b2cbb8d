/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer, in one pass. An entry is asked about by its name, then by its first bytes, and its content is kept only when
 * a reader wants it. A hard link to a file that was read says what that file said, under its own name.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "content.h"
#include "files.h"
#include "inflate.h"
#include "oci/tar.h"
#include "reader.h"

/* More is an attack: beyond, hard links are said not to have been followed. */
#define LINK_STEPS_MAX 200000000
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

struct layer {
	struct oci_tar *tar;
	const struct scan_options *options;
	struct scan_out *out;
	struct scan_content content;
	char path[OCI_TAR_NAME_MAX + 1];
	size_t path_len;
	uint64_t link_steps; /* spent on finding what hard links lead to */
};

/* PATH without "./", double slashes and slashes at its ends; -EXDEV for "..". */
static int plain_path(const char *path, char *into, size_t *ret_len, struct err *e)
{
	size_t n = 0, depth = 0;

	while (*path) {
		size_t len = strcspn(path, "/");
		if (len == 2 && memcmp(path, "..", 2) == 0)
			return err_set(e, -EXDEV, "an entry's path leads out of the layer by \"..\"");
		if (len && !(len == 1 && *path == '.')) {
			if (++depth > SCAN_DEPTH_MAX)
				return err_set(e, -E2BIG, "a path with more than %d folders", SCAN_DEPTH_MAX);
			if (n)
				into[n++] = '/';
			memcpy(into + n, path, len);
			n += len;
		}
		path += len;
		path += strspn(path, "/");
	}
	into[n] = '\0';
	*ret_len = n;
	return 0;
}

/* Whiteouts are files of the layer that are none of the image. */
static bool take_whiteout(struct layer *l, const char *base)
{
	char path[OCI_TAR_NAME_MAX + 1];
	size_t folder = (size_t)(base - l->path);

	if (!str_starts_with(base, WHITEOUT))
		return false;
	if (str_eq(base, OPAQUE)) {
		scan_opaque(l->out, l->path, folder ? folder - 1 : 0);
		return true;
	}
	memcpy(path, l->path, folder);
	size_t len = strlen(base + strlen(WHITEOUT));
	memcpy(path + folder, base + strlen(WHITEOUT), len);
	scan_name(l->out, path, folder + len);
	return true;
}

/* Puts the rest of the entry's content, from CHUNK on, where it is kept. */
static int gather(struct layer *l, struct oci_tar_chunk chunk, struct err *e)
{
	int r = 0;

	while (r == 0 && chunk.len) {
		r = scan_content_write(&l->content, chunk.offset, chunk.data, chunk.len, e);
		if (r == 0)
			r = oci_tar_data(l->tar, &chunk, e);
	}
	return r;
}

/* Room for all of F, or a remark. */
static bool has_room(struct layer *l, const struct scan_file *f, struct scan_wanted wanted)
{
	struct err why = {0};
	struct scan_wanted all = {.yes = wanted.yes | wanted.look};

	if (f->size > wanted.bytes_max)
		err_set(&why, -EFBIG, "larger than its limit");
	else if (scan_content_begin(&l->content, f->size, &why) == 0)
		return true;
	scan_skip(l->out, f, all, err_text(&why));
	return false;
}

/* Most files are looked at by their first chunk alone; of sparse ones that may say nothing of the beginning. */
static int keep_content(struct layer *l, struct scan_file *f, struct scan_wanted wanted, struct err *e)
{
	struct oci_tar_chunk chunk = {0};
	int r = oci_tar_data(l->tar, &chunk, e);

	if (r < 0)
		return r;
	f->head_len = (size_t)MIN_OF(f->size, (uint64_t)SCAN_HEAD_BYTES);
	bool whole = chunk.offset == 0 && chunk.len >= f->head_len;
	if (whole) {
		f->head = chunk.data;
		wanted = scan_wanted(f, false);
		if (!wanted.yes)
			return 0;
	}
	if (!has_room(l, f, wanted))
		return 0;
	r = gather(l, chunk, e);
	if (r == 0)
		r = scan_content_finish(&l->content, &f->data, e);
	if (r < 0)
		return r;
	f->len = (size_t)f->size;
	f->mapped = l->content.mapped;
	f->head = f->data;
	wanted = scan_wanted(f, false);
	scan_read(l->out, f, wanted);
	return 0;
}

static int take_file(struct layer *l, const struct oci_tar_entry *entry, const char *base, struct err *e)
{
	struct scan_file f = {.path = l->path,
			      .base = base,
			      .size = entry->size,
			      .mode = entry->mode | S_IFREG,
			      .options = l->options};
	struct scan_wanted wanted = scan_wanted(&f, false);

	if (!wanted.yes && !wanted.look)
		return 0;
	return keep_content(l, &f, wanted, e);
}

/* What was found in TARGET is in PATH as well: one of them may be all that later layers leave. */
static void copy_remarks(struct layer *l, const char *target)
{
	const struct model_part *p = &l->out->part;
	size_t count = p->remark_count;

	l->link_steps += count;
	for (size_t i = 0; l->link_steps < LINK_STEPS_MAX && i < count; i++) {
		struct model_part_remark m = p->remarks[i];
		if ((m.kind == MODEL_REMARK_MALWARE || m.kind == MODEL_REMARK_SECRET) && str_eq(m.path, target))
			scan_remark(l->out, m.kind, m.rule, (struct scan_place){l->path, m.line}, "%s", m.text);
	}
}

/* The same records under another name. */
static void take_hardlink(struct layer *l, const struct oci_tar_entry *entry, const char *base)
{
	char target[OCI_TAR_NAME_MAX + 1];
	struct model_part *p = &l->out->part;
	struct scan_file f = {.path = l->path, .base = base, .mode = entry->mode | S_IFREG, .options = l->options};
	size_t len;

	if (strlen(entry->link) > OCI_TAR_NAME_MAX || plain_path(entry->link, target, &len, NULL) < 0)
		return;
	copy_remarks(l, target);
	l->link_steps += p->group_count;
	for (size_t i = l->link_steps < LINK_STEPS_MAX ? p->group_count : 0; i-- > 0;) {
		struct model_part_group g = p->groups[i];
		if (!str_eq(g.path, target))
			continue;
		scan_group_begin(l->out);
		for (size_t k = 0; k < g.package_count; k++)
			scan_add(l->out, &g.packages[k]);
		scan_group_end(l->out, l->path, g.kind);
		return;
	}
	struct scan_wanted wanted = scan_wanted(&f, false);
	if (wanted.yes || l->link_steps >= LINK_STEPS_MAX)
		scan_skip(l->out, &f, wanted, "it is a hard link to a file of another name");
}

static int take_entry(struct layer *l, const struct oci_tar_entry *entry, struct err *e)
{
	int r = plain_path(entry->path, l->path, &l->path_len, e);

	if (r < 0)
		return r;
	if (!l->path_len)
		return 0;
	const char *slash = strrchr(l->path, '/');
	const char *base = slash ? slash + 1 : l->path;
	if (++l->out->part.files > SCAN_FILES_MAX)
		return err_set(e, -E2BIG, "more than %d entries", SCAN_FILES_MAX);
	l->out->part.bytes += entry->size;
	if (l->options->rootfs && (str_eq(l->path, "oci-layout") || str_eq(l->path, "manifest.json")))
		scan_remark(l->out, MODEL_REMARK_UNREAD, MODEL_GAP_PACKAGES, SCAN_AT(l->path),
			    "the archive may be an image too, which was not read: name it oci-archive: or "
			    "docker-archive:");
	if (entry->type != OCI_TAR_DIR && take_whiteout(l, base))
		return 0;
	if (entry->type == OCI_TAR_DIR)
		scan_folder_name(l->out, l->path, l->path_len);
	else
		scan_name(l->out, l->path, l->path_len);
	if (entry->type == OCI_TAR_SYMLINK)
		scan_look_at_link(l->out, l->path, entry->link);
	if (l->options->files)
		scan_look_at_entry(l->out, l->path, entry->type, entry->mode);
	if (entry->type == OCI_TAR_FILE)
		return take_file(l, entry, base, e);
	if (entry->type == OCI_TAR_HARDLINK)
		take_hardlink(l, entry, base);
	return 0;
}

int scan_layer(struct oci_stream *s, const struct scan_options *options, struct scan_out *o, struct err *e)
{
	SCOPED_PTR(oci_tar) struct oci_tar *tar = NULL;
	struct layer l = {.options = options, .out = o, .content = {.scratch_fd = options->scratch_fd}};
	const struct oci_tar_entry *entry = NULL;
	int r = oci_stream_inflate_by(s, &scan_inflater);

	if (r == 0)
		r = oci_tar_open(s, &tar);
	l.tar = tar;
	if (r < 0)
		return err_set(e, r, "out of memory");
	while (r == 0 && (r = oci_tar_next(tar, &entry, e)) == 1) {
		r = take_entry(&l, entry, e);
		if (r == 0 && scan_out_error(o))
			break;
	}
	scan_content_done(&l.content);
	return r < 0 ? err_wrap(e, r, "%s", l.path[0] ? l.path : "the layer's first entry") : 0;
}
