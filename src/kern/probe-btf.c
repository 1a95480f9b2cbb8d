/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a function in the kernel's own type information (Documentation/bpf/btf.rst): one pass over records of known
 * sizes. libbpf does far more; a probe needs this one number.
 */
#include "probe-btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <string.h>

#include "base/path.h"

#define BTF_BYTES_MAX (64u << 20)
#define KIND_DECL_TAG 17
#define KIND_ENUM64 19

/* Bytes behind a record's head. */
static size_t extra_bytes(unsigned kind, unsigned count)
{
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return 12 * (size_t)count;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 8 * (size_t)count;
	default:
		return 0;
	}
}

static int find(const struct buf *b, const char *name)
{
	struct btf_header head;
	struct btf_type t;
	size_t wanted = strlen(name) + 1;

	if (b->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, b->data, sizeof(head));
	size_t at = (size_t)head.hdr_len + head.type_off, end = at + head.type_len;
	size_t names = (size_t)head.hdr_len + head.str_off;
	if (head.magic != BTF_MAGIC || end > b->len || names + head.str_len > b->len)
		return -EBADMSG;
	for (int id = 1; at + sizeof(t) <= end; id++) {
		memcpy(&t, b->data + at, sizeof(t));
		unsigned kind = BTF_INFO_KIND(t.info);
		if (kind == BTF_KIND_FUNC && t.name_off + wanted <= head.str_len &&
		    memcmp(b->data + names + t.name_off, name, wanted) == 0)
			return id;
		at += sizeof(t) + extra_bytes(kind, BTF_INFO_VLEN(t.info));
	}
	return -ENOENT;
}

int probe_btf_function(const char *name)
{
	SCOPED(buf) struct buf b = BUF_INIT(BTF_BYTES_MAX);
	int r = path_read_file(AT_FDCWD, "/sys/kernel/btf/vmlinux", &b);

	return r < 0 ? r : find(&b, name);
}
