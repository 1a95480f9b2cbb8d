/* SPDX-License-Identifier: Apache-2.0 */
/* Reading profiles. */
#include "flow/behaviour.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "behaviour-file.h"
#include "guarding.h"
#include "kern/process.h"
#include "hold.h"
#include "priv/sandbox.h"
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
