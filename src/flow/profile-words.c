/* SPDX-License-Identifier: Apache-2.0 */
/* A named profile as a page: what it allows, line by line, and why. */
#include <errno.h>

#include "flow/behaviour.h"
#include "profile.h"

static void put_names(struct buf *out, const char *const *names, size_t skip)
{
	for (size_t i = 0; names[i]; i++)
		buf_printf(out, "%s%s", i ? ", " : "", names[i] + skip);
}

static void put_files(const struct flow_profile *p, struct buf *out)
{
	buf_add_str(out, "files           ");
	if (!p->read_only) {
		buf_add_str(out, "the image writable, in a layer that goes with the container\n");
		return;
	}
	buf_add_str(out, "the image read-only, memory on ");
	put_names(out, p->memory, 0);
	buf_add_str(out, ": nothing is changed or left behind but in volumes (-v)\n");
}

static size_t count_calls(const struct flow_profile *p)
{
	size_t all = p->all_syscalls_of_docker ? flow_syscalls_count : flow_syscalls_strict, count = 0;
	for (size_t i = 0; i < all; i++)
		count += flow_profile_has_call(p, flow_syscalls[i]);
	return count;
}

static void put_calls(const struct flow_profile *p, struct buf *out)
{
	buf_printf(out, "calls           %zu by name; all others %s\n", count_calls(p),
		   p->deny_logged ? "are logged and pass" : "are refused with EPERM");
	if (!p->without)
		return;
	buf_add_str(out, "without         ");
	put_names(out, p->without, 0);
	buf_printf(out, ": %s\n", p->without_why);
}

static void put_network(const struct flow_profile *p, struct buf *out)
{
	buf_add_str(out, "network         ");
	if (p->no_network)
		buf_add_str(out, "none, and none to be had: no socket but unix ones, and nobody can listen\n");
	else if (p->no_connect)
		buf_add_str(out,
			    "it may listen on any port and answer, over TCP; it may connect to no port: a shell that "
			    "calls home, or a download, needs that\n");
	else
		buf_add_str(out, "none unless asked for (--network host), then whatever its user may\n");
	if (p->families & FLOW_NETLINK)
		buf_printf(out,
			   "sockets         unix, inet but MPTCP, %snetlink for routes and generic families: no packet "
			   "filter, no IPsec, no audit\n",
			   p->families & FLOW_PACKET ? "packet, " : "");
	if (p->streams)
		buf_add_str(out,
			    "sockets         unix, and inet streams; no datagrams (name servers are asked with them) "
			    "and no raw packets\n");
}

int flow_profile_words(const char *name, struct buf *out)
{
	const struct flow_profile *p = flow_profile_find(name);

	if (!p)
		return -ENOENT;
	buf_printf(out, "%s: for %s\n\n", p->name, p->for_whom);
	put_files(p, out);
	buf_printf(out, "programs        %s\n",
		   p->drift == FLOW_DRIFT_ENFORCE
			   ? "those of the image; what lies in memory or a writable volume is not run"
			   : "any that it can read; those that it wrote itself are counted (drift: alert)");
	buf_add_str(out, "capabilities    ");
	put_names(out, p->capabilities, sizeof("CAP_") - 1);
	buf_add_str(out, ": inside a user namespace of its own, none over the host\n");
	put_calls(p, out);
	put_network(p, out);
	buf_printf(out, "at most         %u processes, %u open files\n", p->pids, p->files);
	buf_printf(out, "shared memory   %s in /dev/shm\n", p->shared ? p->shared : "64m");
	buf_printf(out, "core dumps      %s\n", p->core_dumps ? "as the host writes them" : "none: they hold secrets");
	buf_printf(
		out, "reach           %s\n",
		p->scoped
			? "no abstract socket and no signal beyond the container, where the kernel has Landlock scopes"
			: "abstract sockets and signals as namespaces leave them");
	buf_add_str(out, "always          no new privileges, no network unless asked for, a user namespace that no "
			 "other container has\n");
	return buf_error(out);
}
