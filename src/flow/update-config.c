/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the document of mirrors; files that it names are found from its own folder. */
#include "update-config.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/str.h"
#include "document.h"

void update_config_done(struct update_config *c)
{
	for (size_t i = 0; i < c->key_count; i++)
		trust_key_free(c->keys[i]);
	mirror_config_done(&c->document);
	*c = UPDATE_CONFIG_INIT;
}

static int read_document(const char *path, struct mirror_config *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	char place[MIRROR_PLACE_MAX];
	int r = document_read(path, MIRROR_CONFIG_BYTES_MAX, &doc, e);

	if (r == -ENOENT)
		return err_wrap(e, r, "no mirrors are configured");
	if (r < 0)
		return r;
	r = mirror_config_decode(doc, ret, place, e);
	return r < 0 ? document_refuse(path, MIRROR_CONFIG_BYTES_MAX, place, r, e) : 0;
}

/* NAME beside the document, unless it is absolute. */
static const char *beside(const char *path, const char *name, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	return name[0] == '/' || !slash ? name : arena_printf(a, "%.*s/%s", (int)(slash - path), path, name);
}

static int read_key(const char *path, struct trust_key **ret, struct err *e)
{
	SCOPED(buf) struct buf pem = BUF_INIT(TRUST_PEM_BYTES_MAX);
	int r = path_read_file(AT_FDCWD, path, &pem);

	if (r < 0)
		return err_sys(e, r, "the key %s", path);
	r = trust_key_public(buf_str(&pem), pem.len, ret, e);
	return r < 0 ? err_wrap(e, r, "the key %s", path) : 0;
}

int update_config_read(const char *path, struct update_config *ret, struct err *e)
{
	struct mirror_config *doc = &ret->document;
	int r = read_document(path, doc, e);

	for (size_t i = 0; r == 0 && i < doc->count; i++)
		if (doc->mirrors[i].ca && !(doc->mirrors[i].ca = beside(path, doc->mirrors[i].ca, &doc->arena)))
			r = err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < doc->keys.count; i++) {
		const char *key = beside(path, doc->keys.at[i], &doc->arena);
		r = key ? read_key(key, &ret->keys[i], e) : err_set(e, -ENOMEM, "out of memory");
		ret->key_count += r == 0;
	}
	return r;
}
