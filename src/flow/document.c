/* SPDX-License-Identifier: Apache-2.0 */
/* YAML becomes JSON, so that every kind of document has one reader. */
#include "document.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "rule/document.h"

enum { DEPTH_MAX = 16 };

int document_read(const char *path, size_t bytes_max, struct json **ret, struct err *e)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED(buf) struct buf text = BUF_INIT(bytes_max), json = BUF_INIT(bytes_max * 2);
	const struct json_limits limits = {.bytes_max = bytes_max * 2, .depth_max = DEPTH_MAX};

	int r = path_read_file(AT_FDCWD, path, &text);
	if (r == -EFBIG)
		return err_set(e, -EMSGSIZE, "%s: more than %zu bytes", path, bytes_max);
	if (r < 0)
		return err_sys(e, r, "cannot read %s", path);
	r = rule_document_json(path, buf_str(&text), text.len, &problems, &json);
	if (r == -EMSGSIZE)
		return err_set(e, r, "%s: more than %zu bytes", path, bytes_max);
	if (r < 0 && problems.count)
		return err_set(e, r, "%s:%u:%u: %s", path, problems.items[0].place.line, problems.items[0].place.column,
			       problems.items[0].text);
	if (r < 0)
		return err_set(e, r, "%s: no YAML or JSON document", path);
	r = json_parse(buf_str(&json), json.len, limits, ret, e);
	return r < 0 ? err_wrap(e, r, "%s", path) : 0;
}

int document_refuse(const char *path, size_t bytes_max, const char *place, int r, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(bytes_max);
	struct rule_place at = {.line = 0};

	if (path_read_file(AT_FDCWD, path, &text) == 0)
		at = rule_document_place(path, buf_str(&text), text.len, place);
	return at.line ? err_wrap(e, r, "%s:%u:%u: %s", path, at.line, at.column, place) : err_wrap(e, r, "%s", path);
}
