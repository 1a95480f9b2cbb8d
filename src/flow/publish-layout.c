/* SPDX-License-Identifier: Apache-2.0 */
/* A mirror as an artifact in an OCI layout (image-layout.md), which any tool for registries takes further. */
#include <stdio.h>

#include "base/path.h"
#include "base/str.h"
#include "mirror.h"
#include "oci/manifest.h"
#include "publish-layout.h"

#define INDEX_NAME "index.json"
#define REF_NAME "org.opencontainers.image.ref.name"

static int put_document(const struct publish *p, const char *name, const struct buf *text, struct err *e)
{
	int r = buf_error(text);

	if (r == 0)
		r = path_write_file(p->folder, name, text->data, text->len, 0644, true);
	return r < 0 ? err_sys(e, r, "%s/%s", p->place, name) : 0;
}

static int put_manifest(const struct publish *p, const struct buf *list, const struct buf *signature,
			struct oci_desc *ret, struct err *e)
{
	SCOPED(arena) struct arena a = ARENA_INIT(4u << 20);
	SCOPED(buf) struct buf empty = BUF_INIT(16), text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	size_t count = p->list.count + 2;
	struct oci_desc *layers = ARENA_ARRAY(&a, count, struct oci_desc);
	struct oci_manifest m = {.artifact_type = MIRROR_ARTIFACT, .layers = layers, .layer_count = count};

	if (!layers || buf_add_str(&empty, OCI_EMPTY_CONFIG) < 0)
		return err_set(e, -ENOMEM, "out of memory");
	layers[0] = (struct oci_desc){.media_text = MIRROR_LIST_MEDIA, .size = list->len, .title = MIRROR_LIST_NAME};
	layers[1] = (struct oci_desc){
		.media_text = MIRROR_SIGNATURE_MEDIA, .size = signature->len, .title = MIRROR_SIGNATURE_NAME};
	for (size_t i = 0; i < p->list.count; i++) {
		const struct mirror_file *f = &p->list.files[i];
		layers[i + 2] = (struct oci_desc){
			.media_text = MIRROR_FILE_MEDIA, .size = f->bytes, .title = f->path, .digest = f->digest};
	}
	m.config.size = empty.len;
	int r = publish_blob(p, list, &layers[0].digest, e);
	if (r == 0)
		r = publish_blob(p, signature, &layers[1].digest, e);
	if (r == 0)
		r = publish_blob(p, &empty, &m.config.digest, e);
	if (r < 0)
		return r;
	oci_artifact_encode(&m, &text);
	*ret = (struct oci_desc){.media = OCI_MEDIA_MANIFEST, .size = text.len};
	return publish_blob(p, &text, &ret->digest, e);
}

/* What is in the index already, but for TAG. */
static int keep_others(const struct publish *p, const char *tag, struct json_out *o, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = path_read_file(p->folder, INDEX_NAME, &text);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(e, r, "%s/" INDEX_NAME, p->place);
	r = json_parse(buf_str(&text), text.len, OCI_JSON_LIMITS, &doc, e);
	if (r < 0)
		return err_wrap(e, r, "%s/" INDEX_NAME, p->place);
	const struct json *list = json_get(doc, "manifests");
	for (size_t i = 0; list && i < json_count(list); i++) {
		const struct json *entry = json_at(list, i);
		const char *name = NULL;
		ignore(json_get_str(json_get(entry, "annotations"), REF_NAME, &name, NULL)); /* none: not ours */
		if (!str_eq(name, tag))
			json_out_value(o, NULL, entry);
	}
	return 0;
}

static int put_index(const struct publish *p, const struct oci_desc *manifest, const char *tag, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(OCI_MANIFEST_BYTES_MAX);
	struct json_out o = JSON_OUT(&text);

	json_out_object(&o, NULL);
	json_out_i64(&o, "schemaVersion", 2);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_INDEX));
	json_out_array(&o, "manifests");
	int r = keep_others(p, tag, &o, e);
	if (r < 0)
		return r;
	json_out_object(&o, NULL);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_MANIFEST));
	json_out_str(&o, "artifactType", MIRROR_ARTIFACT);
	json_out_str(&o, "digest", manifest->digest.text);
	json_out_u64(&o, "size", manifest->size);
	json_out_object(&o, "annotations");
	json_out_str(&o, REF_NAME, tag);
	json_out_object_end(&o);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_object_end(&o);
	return put_document(p, INDEX_NAME, &text, e);
}

int publish_layout(const struct publish *p, const char *tag, const struct buf *list, const struct buf *signature,
		   struct err *e)
{
	SCOPED(buf) struct buf mark = BUF_INIT(64);
	struct oci_desc manifest;
	int r = put_manifest(p, list, signature, &manifest, e);

	buf_add_str(&mark, "{\"imageLayoutVersion\":\"1.0.0\"}");
	if (r == 0)
		r = put_document(p, "oci-layout", &mark, e);
	return r < 0 ? r : put_index(p, &manifest, tag, e);
}
