/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parameter that tells where a name led: the name is read character by character, from folder to folder. See find.h. */
#pragma once

#include "find-link.h"

/* Goes into the component at hand. LAST: it is what the call was about; only a link is gone through then. */
__noinline int find_enter(uint32_t last)
{
	struct finder *f = finder();
	if (!f)
		return FIND_NOT;
	uint64_t n = f->length;
	BOUND(n, 255);
	*(uint64_t *)(f->name + n) = 0;
	if (f->name[0] == '.' && (n == 1 || (n == 2 && f->name[1] == '.'))) {
		if (n == 2)
			go_up(f);
		f->length = 0;
		f->whole = 0;
		return FIND_ENTERED;
	}
	if (last && !f->follow)
		return FIND_STAYS;
	f->child = child(f);
	uint64_t found = f->child; /* a number, by now */
	struct dentry *dentry = (void *)found;
	uint32_t kind = found ? READ(dentry, d_inode, i_mode) & S_IFMT_BITS : 0;
	if (kind == S_IFLNK_BITS)
		return find_link(found);
	if (last)
		return FIND_STAYS;
	if (kind != S_IFDIR_BITS)
		return FIND_NOT;
	f->dentry = found;
	go_down(f);
	f->length = 0;
	f->whole = 0;
	return FIND_ENTERED;
}

struct reading {
	struct finder *finder;
};

/* One character of the name, or of a link; 1 ends the reading. */
static long read_character(uint32_t unused, struct reading *r)
{
	struct finder *f = r->finder;
	uint64_t at = f->at, length = f->length, level = f->level;
	BOUND(at, FIND_TEXT - 1);
	char c = f->text[at];
	if (c && c != '/') {
		if (f->whole)
			return find_enter(0) == FIND_NOT;
		if (length >= NAME_ROOM - 1)
			return 1;
		BOUND(length, 255);
		f->name[length] = c;
		f->length = length + 1;
		f->at = at + 1;
		return 0;
	}
	f->whole = length != 0;
	if (c) {
		f->at = at + 1;
		return 0;
	}
	if (level) {
		level--;
		BOUND(level, FIND_LEVELS - 1);
		f->level = level;
		f->at = f->back[level];
		f->top = f->start[level];
		return 0;
	}
	int result = length ? find_enter(1) : FIND_STAYS;
	f->found = result == FIND_STAYS;
	return result != FIND_ENTERED;
}

/* TEXT: where the name is in the record. It starts from the folder, unless it is absolute. */
__noinline int put_found(uint64_t text, uint64_t dentry, uint64_t vfsmount, uint32_t follow, uint32_t kind)
{
	struct scratch *s = scratch();
	struct finder *f = finder();
	uint64_t used;
	uint32_t reach;
	uint8_t *at = s ? room(s, &used) : NULL;
	if (!at || !f || used > EVENT_PARAMS_MAX - TEXT_ROOM)
		return FIND_NOT;
	BOUND(text, 0x7fff);
	if (text > EVENT_PARAMS_MAX)
		return FIND_NOT;
	long n = bpf_probe_read_kernel_str(f->text, TEXT_ROOM, s->params + text);
	if (n < 2 || n >= TEXT_ROOM)
		return FIND_NOT;
	struct fs_struct *fs = READ(subject(s), fs);
	f->root = (uint64_t)READ(fs, root.dentry);
	f->root_mount = mount_of((uint64_t)READ(fs, root.mnt));
	f->dentry = f->text[0] == '/' ? f->root : dentry;
	f->mount = f->text[0] == '/' ? f->root_mount : mount_of(vfsmount);
	f->at = f->level = f->length = f->whole = f->links = f->found = f->work = 0;
	f->top = n;
	f->follow = follow;
	struct reading reading = {f};
	bpf_loop(FIND_STEPS, read_character, &reading, 0);
	if (!f->found)
		return FIND_NOT;
	uint64_t name = f->length ? f->length + 1 : 0;
	BOUND(name, 511);
	if (name > NAME_ROOM || bpf_probe_read_kernel(at + sizeof(struct event_param), name, f->name))
		return FIND_NOT;
	uint64_t length =
		walk(s, used + sizeof(struct event_param) + name, (void *)f->dentry, vfsmount_of(f->mount), &reach);
	put_head(s, at, kind, name + length, reach);
	return FIND_ENTERED;
}

/* Where the path led that is in the record at TEXT and starts, unless it is absolute, from the folder FD. */
static __always_inline void find_from(struct scratch *s, uint64_t text, int fd, bool follow, uint32_t kind)
{
	uint64_t folder = 0, mount = 0;
	if (fd == CWD) {
		folder = as_number(s, READ(subject(s), fs, pwd.dentry));
		mount = as_number(s, READ(subject(s), fs, pwd.mnt));
	} else {
		struct file *file = file_of(s, fd);
		folder = as_number(s, READ(file, f_path.dentry));
		mount = as_number(s, READ(file, f_path.mnt));
	}
	if (put_found(text, folder, mount, follow, kind) == FIND_NOT && s->event.ret >= 0)
		s->event.flags |= EVENT_LEXICAL;
}
