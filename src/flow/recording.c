/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading recordings. */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/json.h"
#include "base/str.h"

enum { HEAD_BYTES_MAX = 64 << 10, LEVEL = 3 };
static const char magic[8] = {'S', 'K', 'E', 'P', 'R', 'E', 'C', '1'};

struct recording {
	FILE *file;
	char *path;
	ZSTD_CCtx *packer;
	char *raw, *packed;
	size_t used, room;
};

static int free_recording(struct recording *r, int code)
{
	if (r->file)
		fclose(r->file);
	ZSTD_freeCCtx(r->packer);
	free(r->path);
	free(r->raw);
	free(r->packed);
	free(r);
	return code;
}

static int failed(const struct recording *r, struct err *e)
{
	return err_sys(e, errno ? -errno : -EIO, "cannot write %s", r->path);
}

static int write_head(struct recording *r, int64_t boot, const char *hostname, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(HEAD_BYTES_MAX);
	struct json_out o = JSON_OUT(&text);
	json_out_object(&o, NULL);
	json_out_u64(&o, "version", 1);
	json_out_i64(&o, "boot", boot);
	json_out_str(&o, "hostname", hostname);
	json_out_object_end(&o);
	uint32_t length = (uint32_t)text.len;
	if (buf_error(&text) < 0)
		return err_set(e, buf_error(&text), "out of memory");
	if (fwrite(magic, sizeof(magic), 1, r->file) != 1 || fwrite(&length, sizeof(length), 1, r->file) != 1 ||
	    fwrite(text.data, length, 1, r->file) != 1)
		return failed(r, e);
	return 0;
}

int recording_create(const char *path, int64_t boot, const char *hostname, struct recording **ret, struct err *e)
{
	struct recording *r = calloc(1, sizeof(*r));
	*ret = NULL;
	if (!r)
		return err_set(e, -ENOMEM, "out of memory");
	r->room = ZSTD_compressBound(RECORDING_BLOCK_MAX);
	r->path = str_dup(path);
	r->raw = malloc(RECORDING_BLOCK_MAX);
	r->packed = malloc(r->room);
	r->packer = ZSTD_createCCtx();
	if (!r->path || !r->raw || !r->packed || !r->packer)
		return free_recording(r, err_set(e, -ENOMEM, "out of memory"));
	ZSTD_CCtx_setParameter(r->packer, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(r->packer, ZSTD_c_compressionLevel, LEVEL);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->file) {
		int code = failed(r, e);
		if (fd >= 0)
			close(fd);
		return free_recording(r, code);
	}
	int code = write_head(r, boot, hostname, e);
	if (code < 0)
		return free_recording(r, code);
	*ret = r;
	return 0;
}

int recording_flush(struct recording *r, struct err *e)
{
	if (r->used) {
		size_t packed = ZSTD_compress2(r->packer, r->packed, r->room, r->raw, r->used);
		uint32_t lengths[2] = {(uint32_t)r->used, (uint32_t)packed};
		if (ZSTD_isError(packed))
			return err_set(e, -EIO, "cannot compress a block of %s: %s", r->path,
				       ZSTD_getErrorName(packed));
		if (fwrite(lengths, sizeof(lengths), 1, r->file) != 1 || fwrite(r->packed, packed, 1, r->file) != 1)
			return failed(r, e);
		r->used = 0;
	}
	return fflush(r->file) == 0 ? 0 : failed(r, e);
}

int recording_add(struct recording *r, const struct event *event, struct err *e)
{
	if (RECORDING_BLOCK_MAX - r->used < event->size) {
		int code = recording_flush(r, e);
		if (code < 0)
			return code;
	}
	memcpy(r->raw + r->used, event, event->size);
	r->used += event->size;
	return 0;
}

int recording_close(struct recording *r, struct err *e)
{
	if (!r)
		return 0;
	int code = recording_flush(r, e);
	return free_recording(r, code);
}

static int read_head(FILE *f, const char *path, struct recording_head *head, struct err *e)
{
	char start[sizeof(magic)];
	const char *hostname = "";
	uint32_t length;
	if (fread(start, sizeof(start), 1, f) != 1 || memcmp(start, magic, sizeof(magic)) != 0 ||
	    fread(&length, sizeof(length), 1, f) != 1 || length > HEAD_BYTES_MAX)
		return err_set(e, -EPROTO, "%s is no recording of skep record", path);
	scoped_free char *text = malloc(length + 1);
	if (!text)
		return err_set(e, -ENOMEM, "out of memory");
	if (fread(text, 1, length, f) != length)
		return err_set(e, -EPROTO, "%s ends within its head", path);
	SCOPED_PTR(json) struct json *doc = NULL;
	uint64_t version = 0;
	int r = json_parse(text, length, JSON_LIMITS_CONFIG, &doc, e);
	if (r == 0)
		r = json_get_u64(doc, "version", &version, e);
	if (r == 0)
		r = json_get_i64(doc, "boot", &head->boot, e);
	if (r == 0)
		r = json_get_str(doc, "hostname", &hostname, e);
	if (r < 0)
		return err_wrap(e, r, "%s: its head", path);
	if (version != 1)
		return err_set(e, -EPROTO, "%s is a recording of version %llu; this skep reads version 1", path,
			       (unsigned long long)version);
	snprintf(head->hostname, sizeof(head->hostname), "%s", hostname);
	return 0;
}

/* The events of one unpacked block. */
static int tell_block(const char *raw, size_t length, const char *path, recording_event_fn *each, void *ctx,
		      struct err *e)
{
	for (size_t at = 0; at < length;) {
		const struct event *event = (const void *)(raw + at);
		if (length - at < sizeof(*event) || event->size < sizeof(*event) || event->size > length - at ||
		    event->size % 8)
			return err_set(e, -EPROTO, "%s is damaged: an event has a wrong length", path);
		int r = each(ctx, event);
		if (r < 0)
			return r;
		at += event->size;
	}
	return 0;
}

static int read_blocks(FILE *f, const char *path, recording_event_fn *each, void *ctx, struct err *e)
{
	size_t room = ZSTD_compressBound(RECORDING_BLOCK_MAX);
	scoped_free char *raw = malloc(RECORDING_BLOCK_MAX), *packed = malloc(room);
	uint32_t lengths[2];
	if (!raw || !packed)
		return err_set(e, -ENOMEM, "out of memory");
	for (;;) {
		size_t got = fread(lengths, 1, sizeof(lengths), f);
		if (got == 0)
			return ferror(f) ? err_sys(e, -EIO, "cannot read %s", path) : 0;
		if (got != sizeof(lengths) || lengths[0] > RECORDING_BLOCK_MAX || lengths[1] > room)
			return err_set(e, -EPROTO, "%s is damaged or was cut short: a block has a wrong head", path);
		if (fread(packed, 1, lengths[1], f) != lengths[1])
			return err_set(e, -EPROTO, "%s was cut short: its last block is not whole", path);
		size_t n = ZSTD_decompress(raw, RECORDING_BLOCK_MAX, packed, lengths[1]);
		if (ZSTD_isError(n) || n != lengths[0])
			return err_set(e, -EPROTO, "%s is damaged: a block does not unpack to what it was", path);
		int r = tell_block(raw, n, path, each, ctx, e);
		if (r < 0)
			return r;
	}
}

int recording_read(const char *path, recording_begin_fn *begin, recording_event_fn *each, void *ctx, struct err *e)
{
	struct recording_head head = {0};
	FILE *f = fopen(path, "re");
	if (!f)
		return err_sys(e, -errno, "cannot open %s", path);
	int r = read_head(f, path, &head, e);
	if (r == 0)
		r = begin(ctx, &head);
	if (r == 0)
		r = read_blocks(f, path, each, ctx, e);
	fclose(f);
	return r;
}
