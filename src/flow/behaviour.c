/* SPDX-License-Identifier: Apache-2.0 */
/* Reading profiles. */
#include "flow/behaviour.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "behaviour-file.h"
#include "document.h"
#include "guarding.h"
#include "kern/process.h"
#include "hold.h"
#include "priv/sandbox.h"

enum { DEPTH_MAX = 16 };

int flow_behaviour_read(const char *path, struct profile *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = document_read(path, PROFILE_BYTES_MAX, &doc, e);

	if (r == 0 && (r = profile_decode(doc, ret, e)) < 0)
		err_wrap(e, r, "%s", path);
	return r;
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
