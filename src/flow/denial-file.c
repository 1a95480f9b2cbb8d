/* SPDX-License-Identifier: Apache-2.0 */
/* One array of small objects. */
#include "denial-file.h"

#include <errno.h>

#include "base/json.h"
#include "base/path.h"

void denial_write(struct denial_writer *w, const struct flow_denial *d)
{
	struct json_out o = JSON_OUT(w->out);

	buf_add_str(w->out, w->count++ ? ",\n" : "[");
	json_out_object(&o, NULL);
	json_out_str(&o, "part", d->part);
	json_out_str(&o, "verb", d->verb);
	json_out_str(&o, "what", d->what);
	json_out_str(&o, "command", d->command);
	json_out_bool(&o, "refused", d->refused);
	json_out_u64(&o, "count", d->count);
	json_out_i64(&o, "first", d->first);
	json_out_i64(&o, "last", d->last);
	json_out_object_end(&o);
}

int denial_save(struct denial_writer *w, int dir, const char *name, struct err *e)
{
	buf_add_str(w->out, w->count ? "]\n" : "[]\n");
	int r = buf_error(w->out);
	if (r == 0)
		r = path_write_file(dir, name, w->out->data, w->out->len, 0600, false);
	return r < 0 ? err_sys(e, r, "writing down what was refused") : 0;
}

static int decode(const struct json *v, struct flow_denial *d, struct err *e)
{
	int r = json_get_str(v, "part", &d->part, e);
	if (r == 0)
		r = json_get_str(v, "verb", &d->verb, e);
	if (r == 0)
		r = json_get_str(v, "what", &d->what, e);
	if (r == 0)
		r = json_get_str(v, "command", &d->command, e);
	if (r == 0)
		r = json_get_bool(v, "refused", &d->refused, e);
	if (r == 0)
		r = json_get_u64(v, "count", &d->count, e);
	if (r == 0)
		r = json_get_i64(v, "first", &d->first, e);
	return r < 0 ? r : json_get_i64(v, "last", &d->last, e);
}

int denial_read(int dir, const char *name, flow_denial_fn *fn, void *data, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(DENIALS_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json_limits limits = {.bytes_max = DENIALS_BYTES_MAX, .depth_max = 4};

	int r = path_read_file(dir, name, &text);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(e, r, "%s", name);
	r = json_parse(buf_str(&text), text.len, limits, &doc, e);
	for (size_t i = 0; r == 0 && i < json_count(doc); i++) {
		struct flow_denial d = {.part = "", .verb = "", .what = "", .command = ""};
		r = decode(json_at(doc, i), &d, e);
		if (r == 0)
			r = fn(&d, data, e);
	}
	return r < 0 ? err_wrap(e, r, "%s", name) : 0;
}
