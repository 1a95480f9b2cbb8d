/* SPDX-License-Identifier: Apache-2.0 */
/* Reading profiles, and the named ones in words. */
#include "flow/behaviour.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "behaviour-file.h"
#include "guarding.h"
#include "kern/process.h"
#include "hold.h"
#include "priv/sandbox.h"
#include "profile.h"
#include "rule/document.h"

enum { DEPTH_MAX = 16 };

int flow_behaviour_read(const char *path, struct profile *ret, struct rule_problems *problems, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(PROFILE_BYTES_MAX);
	SCOPED(buf) struct buf json = BUF_INIT(PROFILE_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = PROFILE_BYTES_MAX, .depth_max = DEPTH_MAX};

	int r = path_read_file(AT_FDCWD, path, &text);
	if (r < 0)
		return err_sys(e, r, "cannot read %s", path);
	r = rule_document_json(path, buf_str(&text), text.len, problems, &json);
	if (r == -EMSGSIZE)
		return err_set(e, r, "%s: more than %u bytes", path, PROFILE_BYTES_MAX);
	if (r < 0)
		return err_set(e, r, "%s: no YAML or JSON document", path);
	r = json_parse(buf_str(&json), json.len, limits, &doc, e);
	if (r == 0)
		r = profile_decode(doc, ret, e);
	return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

int behaviour_save(const struct profile *p, int dir, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(PROFILE_BYTES_MAX);
	profile_encode(p, &text);
	int r = buf_error(&text);
	if (r == 0)
		r = path_write_file(dir, BEHAVIOUR_FILE, text.data, text.len, 0600, false);
	return r < 0 ? err_sys(e, r, "writing the container's profile") : 0;
}

int behaviour_load(int dir, struct profile *ret, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(PROFILE_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = PROFILE_BYTES_MAX, .depth_max = DEPTH_MAX};

	int r = path_read_file(dir, BEHAVIOUR_FILE, &text);
	if (r < 0)
		return err_sys(e, r, "reading the container's profile");
	r = json_parse(buf_str(&text), text.len, limits, &doc, e);
	if (r == 0)
		r = profile_decode(doc, ret, e);
	return r < 0 ? err_wrap(e, r, "the container's profile") : 0;
}

int flow_behaviour_ladder(const struct profile *p, struct remarks *ret)
{
	SCOPED(hold) struct hold hold = HOLD_INIT;
	const struct hold_host host = {priv_landlock_abi(), !kern_has_mdwe(), false, guarding_offers(), NULL};
	return hold_plan(p, &host, &hold, ret);
}

int flow_profile_words(const char *name, struct buf *out)
{
	const struct flow_profile *p = flow_profile_find(name);
	size_t calls;

	if (!p)
		return -ENOENT;
	calls = p->all_syscalls_of_docker ? flow_syscalls_count : flow_syscalls_strict;
	buf_printf(out, "%s\n\n", p->name);
	buf_printf(out, "files           %s\n",
		   p->read_only ? "the image read-only, memory on /tmp and /run: nothing is changed or left behind"
				: "the image writable, in a layer that goes with the container");
	buf_add_str(out, "capabilities    ");
	for (size_t i = 0; p->capabilities[i]; i++)
		buf_printf(out, "%s%s", i ? ", " : "", p->capabilities[i] + sizeof("CAP_") - 1);
	buf_add_str(out, ": inside a user namespace of its own, none over the host\n");
	buf_printf(out, "calls           %zu by name; all others %s\n", calls,
		   p->deny_logged ? "are logged and pass" : "are refused with EPERM");
	buf_printf(out, "at most         %u processes, %u open files\n", p->pids, p->files);
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
