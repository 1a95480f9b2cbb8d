/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting mount options by one table.
 */
#include "mount-options.h"

#include <linux/mount.h>
#include <sys/mount.h>

#include "base/str.h"

enum option_kind {
	ATTR_SET,
	ATTR_CLEAR,
	ATIME,
	PROPAGATION,
	SB_FLAG,
	BIND,
	RBIND,
	REMOUNT,
	COPY_UP,
	IDMAP,
	RIDMAP,
	NOTHING
};

/* Sorted by name. A recursive word is the plain one with "r" in front, where RECURSIVE. */
static const struct option {
	const char *name;
	enum option_kind kind;
	uint64_t value;
	bool recursive;
} options[] = {
	{"acl", SB_FLAG, 0, false},
	{"async", SB_FLAG, 0, false},
	{"atime", ATTR_CLEAR, MOUNT_ATTR__ATIME, false},
	{"bind", BIND, 0, false},
	{"copyup", COPY_UP, 0, false},
	{"defaults", NOTHING, 0, false},
	{"dev", ATTR_CLEAR, MOUNT_ATTR_NODEV, false},
	{"diratime", ATTR_CLEAR, MOUNT_ATTR_NODIRATIME, false},
	{"dirsync", SB_FLAG, 0, false},
	{"exec", ATTR_CLEAR, MOUNT_ATTR_NOEXEC, false},
	{"idmap", IDMAP, 0, false},
	{"iversion", SB_FLAG, 0, false},
	{"lazytime", SB_FLAG, 0, false},
	{"loud", NOTHING, 0, false},
	{"mand", SB_FLAG, 0, false},
	{"noacl", SB_FLAG, 0, false},
	{"noatime", ATIME, MOUNT_ATTR_NOATIME, false},
	{"nodev", ATTR_SET, MOUNT_ATTR_NODEV, false},
	{"nodiratime", ATTR_SET, MOUNT_ATTR_NODIRATIME, false},
	{"noexec", ATTR_SET, MOUNT_ATTR_NOEXEC, false},
	{"noiversion", NOTHING, 0, false},
	{"nolazytime", NOTHING, 0, false},
	{"nomand", NOTHING, 0, false},
	{"norelatime", ATIME, MOUNT_ATTR_STRICTATIME, false},
	{"nostrictatime", ATIME, MOUNT_ATTR_RELATIME, false},
	{"nosuid", ATTR_SET, MOUNT_ATTR_NOSUID, false},
	{"nosymfollow", ATTR_SET, MOUNT_ATTR_NOSYMFOLLOW, false},
	{"private", PROPAGATION, MS_PRIVATE, false},
	{"ratime", ATIME, MOUNT_ATTR_RELATIME, true},
	{"rbind", RBIND, 0, false},
	{"rdev", ATTR_CLEAR, MOUNT_ATTR_NODEV, true},
	{"rdiratime", ATTR_CLEAR, MOUNT_ATTR_NODIRATIME, true},
	{"relatime", ATIME, MOUNT_ATTR_RELATIME, false},
	{"remount", REMOUNT, 0, false},
	{"rexec", ATTR_CLEAR, MOUNT_ATTR_NOEXEC, true},
	{"ridmap", RIDMAP, 0, false},
	{"rnoatime", ATIME, MOUNT_ATTR_NOATIME, true},
	{"rnodev", ATTR_SET, MOUNT_ATTR_NODEV, true},
	{"rnodiratime", ATTR_SET, MOUNT_ATTR_NODIRATIME, true},
	{"rnoexec", ATTR_SET, MOUNT_ATTR_NOEXEC, true},
	{"rnorelatime", ATIME, MOUNT_ATTR_STRICTATIME, true},
	{"rnostrictatime", ATIME, MOUNT_ATTR_RELATIME, true},
	{"rnosuid", ATTR_SET, MOUNT_ATTR_NOSUID, true},
	{"rnosymfollow", ATTR_SET, MOUNT_ATTR_NOSYMFOLLOW, true},
	{"ro", ATTR_SET, MOUNT_ATTR_RDONLY, false},
	{"rprivate", PROPAGATION, MS_PRIVATE, true},
	{"rrelatime", ATIME, MOUNT_ATTR_RELATIME, true},
	{"rro", ATTR_SET, MOUNT_ATTR_RDONLY, true},
	{"rrw", ATTR_CLEAR, MOUNT_ATTR_RDONLY, true},
	{"rshared", PROPAGATION, MS_SHARED, true},
	{"rslave", PROPAGATION, MS_SLAVE, true},
	{"rstrictatime", ATIME, MOUNT_ATTR_STRICTATIME, true},
	{"rsuid", ATTR_CLEAR, MOUNT_ATTR_NOSUID, true},
	{"rsymfollow", ATTR_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, true},
	{"runbindable", PROPAGATION, MS_UNBINDABLE, true},
	{"rw", ATTR_CLEAR, MOUNT_ATTR_RDONLY, false},
	{"shared", PROPAGATION, MS_SHARED, false},
	{"silent", NOTHING, 0, false},
	{"slave", PROPAGATION, MS_SLAVE, false},
	{"strictatime", ATIME, MOUNT_ATTR_STRICTATIME, false},
	{"suid", ATTR_CLEAR, MOUNT_ATTR_NOSUID, false},
	{"symfollow", ATTR_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, false},
	{"sync", SB_FLAG, 0, false},
	{"tmpcopyup", COPY_UP, 0, false},
	{"unbindable", PROPAGATION, MS_UNBINDABLE, false},
};

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (str_eq(options[i].name, name))
			return &options[i];
	return NULL;
}

/* The last word about an attribute wins, as with mount(8). */
static void attr(struct mount_options *o, bool recursive, uint64_t set, uint64_t clear)
{
	uint64_t *to_set = recursive ? &o->attr_rec_set : &o->attr_set;
	uint64_t *to_clear = recursive ? &o->attr_rec_clear : &o->attr_clear;

	*to_set = (*to_set & ~clear) | set;
	*to_clear = (*to_clear & ~set) | clear;
}

static void apply(struct mount_options *o, const struct option *option)
{
	switch (option->kind) {
	case ATTR_SET:
		attr(o, option->recursive, option->value, 0);
		break;
	case ATTR_CLEAR:
		attr(o, option->recursive, 0, option->value);
		break;
	case ATIME:
		/* The access-time modes are values of one field: changing it means clearing the whole field. */
		attr(o, option->recursive, 0, MOUNT_ATTR__ATIME);
		*(option->recursive ? &o->attr_rec_set : &o->attr_set) |= option->value;
		break;
	case PROPAGATION:
		o->propagation = option->value;
		o->propagation_recursive = option->recursive;
		break;
	case BIND:
		o->bind = true;
		break;
	case RBIND:
		o->bind = o->rbind = true;
		break;
	case REMOUNT:
		o->remount = true;
		break;
	case COPY_UP:
		o->copy_up = true;
		break;
	case IDMAP:
		o->idmap = true;
		break;
	case RIDMAP:
		o->idmap = o->ridmap = true;
		break;
	case SB_FLAG:
	case NOTHING:
		break;
	}
}

int mount_options_parse(const struct oci_strs *words, struct arena *arena, struct mount_options *ret, struct err *e)
{
	struct mount_options o = {0};

	o.data.at = ARENA_ARRAY(arena, words->count + 1, char *);
	if (!o.data.at)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < words->count; i++) {
		const struct option *option = find_option(words->at[i]);
		if (option)
			apply(&o, option);
		if ((!option || option->kind == SB_FLAG) && words->at[i][0])
			o.data.at[o.data.count++] = words->at[i];
	}
	if (o.idmap && !o.bind)
		return err_set(e, -EINVAL, "idmap is only for bind mounts");
	*ret = o;
	return 0;
}

const char *const *mount_options_known(void)
{
	static const char *names[ARRAY_LEN(options) + 1];

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		names[i] = options[i].name;
	return names;
}
