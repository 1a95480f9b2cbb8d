/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a specification asks for and does not get, as warnings (config.md, "Linux Process": a runtime should not fail for
 * capabilities that cannot be granted).
 */
#include "warn.h"

#include "base/buf.h"
#include "kern/creds.h"

#define NAMES_MAX 4096

static void add_names(struct buf *b, uint64_t set)
{
	for (int i = 0; i < 64; i++)
		if (set >> i & 1 && oci_capability_name(i))
			buf_printf(b, "%s%s", b->len ? ", " : "", oci_capability_name(i));
}

static void warn_set(const struct report *to, uint64_t set, const char *what)
{
	SCOPED(buf) struct buf names = BUF_INIT(NAMES_MAX);

	if (!set)
		return;
	add_names(&names, set);
	report(to, LOG_WARN, "%s: %s", what, buf_str(&names));
}

void warn_capabilities(const struct launch *l, const struct report *to)
{
	const struct oci_capabilities *c = &l->process->capabilities;
	uint64_t effective = 0, permitted = 0, inheritable = 0;

	for (size_t i = 0; i < c->unknown.count; i++)
		report(to, LOG_WARN, "ignoring unknown or unavailable capabilities: %.64s", c->unknown.at[i]);
	/* A new user namespace has all of them. */
	bool all = l->own_userns || l->join[OCI_NS_USER] >= 0;
	if (!all && kern_caps_get(&effective, &permitted, &inheritable) == 0) {
		uint64_t wanted = c->bounding | c->effective | c->permitted | c->inheritable | c->ambient;
		warn_set(to, wanted & ~(permitted & kern_caps_bounding()),
			 "ignoring unknown or unavailable capabilities, which this runtime does not have itself");
	}
	warn_set(to, c->ambient & ~(c->permitted & c->inheritable),
		 "ignoring ambient capabilities that are not permitted and inheritable");
}

void warn_mounts(const struct launch *l, const struct report *to)
{
	if (l->new_namespaces & CLONE_NEWNS)
		return;
	for (size_t i = 0; i < l->spec->mounts.count; i++)
		report(to, LOG_WARN, "mounts[%zu] (%s) is not made: it needs a new mount namespace", i,
		       l->spec->mounts.at[i].destination);
	if (l->spec->linux_.rootfs_propagation)
		report(to, LOG_WARN, "linux.rootfsPropagation is not set: it needs a new mount namespace");
	if (l->spec->linux_.devices.count)
		report(to, LOG_WARN, "linux.devices are not made: they need a new mount namespace");
}
