/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoders of descriptors, manifests and indexes (image-spec 1.1.1: descriptor.md, manifest.md, image-index.md). The
 * media type is never guessed from the bytes' look: what a document says it is, and what it holds, must agree.
 */
#include "oci/manifest.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/str.h"

#define TITLE "org.opencontainers.image.title"
#define EMPTY_MEDIA "application/vnd.oci.empty.v1+json"

static const struct {
	const char *text;
	enum oci_media media;
} media_types[] = {
	/* The first text of a kind is the one written. */
	{"application/vnd.oci.image.index.v1+json", OCI_MEDIA_INDEX},
	{"application/vnd.docker.distribution.manifest.list.v2+json", OCI_MEDIA_INDEX},
	{"application/vnd.oci.image.manifest.v1+json", OCI_MEDIA_MANIFEST},
	{"application/vnd.docker.distribution.manifest.v2+json", OCI_MEDIA_MANIFEST},
	{"application/vnd.oci.image.config.v1+json", OCI_MEDIA_CONFIG},
	{"application/vnd.docker.container.image.v1+json", OCI_MEDIA_CONFIG},
	{"application/vnd.oci.image.layer.v1.tar", OCI_MEDIA_LAYER_TAR},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar", OCI_MEDIA_LAYER_TAR},
	{"application/vnd.docker.image.rootfs.diff.tar", OCI_MEDIA_LAYER_TAR},
	{"application/vnd.oci.image.layer.v1.tar+gzip", OCI_MEDIA_LAYER_GZIP},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", OCI_MEDIA_LAYER_GZIP},
	{"application/vnd.docker.image.rootfs.diff.tar.gzip", OCI_MEDIA_LAYER_GZIP},
	{"application/vnd.oci.image.layer.v1.tar+zstd", OCI_MEDIA_LAYER_ZSTD},
	{"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", OCI_MEDIA_LAYER_ZSTD},
	{"application/vnd.docker.image.rootfs.diff.tar.zstd", OCI_MEDIA_LAYER_ZSTD},
};

enum oci_media oci_media_from(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
		if (str_eq(text, media_types[i].text))
			return media_types[i].media;
	return OCI_MEDIA_OTHER;
}

const char *oci_media_text(enum oci_media media)
{
	for (size_t i = 0; i < ARRAY_LEN(media_types); i++)
		if (media_types[i].media == media)
			return media_types[i].text;
	return "application/octet-stream";
}

const char *oci_host_architecture(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__riscv) && __riscv_xlen == 64
	return "riscv64";
#elif defined(__s390x__)
	return "s390x";
#elif defined(__powerpc64__)
	return "ppc64le";
#else
	return "unknown";
#endif
}

/* An optional string member, copied into the arena. */
static int get_copy(const struct json *v, const char *key, struct arena *a, const char **ret, struct err *e)
{
	const char *s = NULL;
	int r = json_get_str(v, key, &s, e);

	if (r == 0 && s && !(*ret = arena_str(a, s)))
		return err_set(e, -ENOMEM, "%s: out of memory", key);
	return r;
}

static int decode_platform(const struct json *v, struct arena *a, struct oci_desc *d, struct err *e)
{
	const struct json *platform = NULL, *annotations = NULL;
	int r = json_get_object(v, "platform", &platform, e);

	if (r == 0 && platform)
		r = get_copy(platform, "os", a, &d->os, e);
	if (r == 0 && platform)
		r = get_copy(platform, "architecture", a, &d->architecture, e);
	if (r == 0 && platform)
		r = get_copy(platform, "variant", a, &d->variant, e);
	if (r == 0)
		r = json_get_object(v, "annotations", &annotations, e);
	if (r == 0 && annotations)
		r = get_copy(annotations, "org.opencontainers.image.ref.name", a, &d->ref_name, e);
	if (r == 0 && annotations)
		r = get_copy(annotations, "io.containerd.image.name", a, &d->image_name, e);
	if (r == 0 && annotations)
		r = get_copy(annotations, TITLE, a, &d->title, e);
	return r;
}

static int decode_desc(const struct json *v, struct arena *a, struct oci_desc *ret, struct err *e)
{
	struct oci_desc d = {0};
	const char *digest = NULL;
	uint64_t size = UINT64_MAX;

	if (json_kind(v) != JSON_OBJECT)
		return err_set(e, -EINVAL, "expected a descriptor, found %s", json_kind_name(json_kind(v)));
	int r = get_copy(v, "mediaType", a, &d.media_text, e);
	if (r == 0)
		r = json_get_str(v, "digest", &digest, e);
	if (r == 0)
		r = json_get_u64(v, "size", &size, e);
	if (r < 0)
		return r;
	if (!d.media_text || !digest || size == UINT64_MAX)
		return err_set(e, -EINVAL, "a descriptor needs mediaType, digest and size");
	r = digest_parse(digest, &d.digest);
	if (r < 0)
		return err_set(e, r, "digest \"%.80s\": expected sha256:<64 hex> or sha512:<128 hex>", digest);
	if (size > INT64_MAX)
		return err_set(e, -EINVAL, "size: too large");
	d.size = size;
	d.media = oci_media_from(d.media_text);
	r = decode_platform(v, a, &d, e);
	if (r == 0)
		*ret = d;
	return r;
}

/* schemaVersion 2, and a mediaType, when given, of the expected kind. */
static int check_head(const struct json *doc, enum oci_media expected, struct err *e)
{
	uint64_t version = 0;
	const char *media = NULL;
	int r = json_get_u64(doc, "schemaVersion", &version, e);

	if (r == 0)
		r = json_get_str(doc, "mediaType", &media, e);
	if (r < 0)
		return r;
	if (json_kind(doc) != JSON_OBJECT)
		return err_set(e, -EINVAL, "expected an object");
	if (version != 2)
		return err_set(e, -EOPNOTSUPP, "schemaVersion is not 2; convert the image with a current tool");
	if (media && oci_media_from(media) != expected)
		return err_set(e, -EOPNOTSUPP, "mediaType \"%.100s\" is not what is expected here", media);
	if (json_get(doc, "manifests") && (json_get(doc, "layers") || json_get(doc, "config")))
		return err_set(e, -EINVAL, "holds both manifests and layers or config; such a document is ambiguous");
	return 0;
}

static int decode_list(const struct json *doc, const char *key, size_t max, struct arena *a, struct oci_desc **ret,
		       struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(doc, key, &list, e);

	if (r < 0)
		return r;
	if (!list)
		return err_set(e, -EINVAL, "%s: missing", key);
	size_t count = json_count(list);
	if (count > max)
		return err_set(e, -E2BIG, "%s: %zu entries, at most %zu are read", key, count, max);
	struct oci_desc *d = ARENA_ARRAY(a, count ? count : 1, struct oci_desc);
	if (!d)
		return err_set(e, -ENOMEM, "%s: out of memory", key);
	for (size_t i = 0; i < count; i++) {
		r = decode_desc(json_at(list, i), a, &d[i], e);
		if (r < 0)
			return err_wrap(e, r, "%s[%zu]", key, i);
	}
	*ret = d;
	return (int)count;
}

static int check_layers(const struct oci_manifest *m, struct err *e)
{
	if (m->config.media != OCI_MEDIA_CONFIG)
		return err_set(e, -EOPNOTSUPP,
			       "config: media type \"%.100s\" is not a container image's; "
			       "artifacts cannot be run",
			       m->config.media_text);
	for (size_t i = 0; i < m->layer_count; i++)
		if (m->layers[i].media < OCI_MEDIA_LAYER_TAR)
			return err_set(e, -EOPNOTSUPP, "layers[%zu]: media type \"%.100s\" is unknown", i,
				       m->layers[i].media_text);
	return 0;
}

static int decode_manifest(const char *text, size_t len, size_t layers_max, struct arena *a, struct oci_manifest *ret,
			   struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct oci_manifest m = {0};
	const struct json *config = NULL;
	int r = json_parse(text, len, OCI_JSON_LIMITS, &doc, e);

	if (r == 0)
		r = check_head(doc, OCI_MEDIA_MANIFEST, e);
	if (r == 0)
		r = json_get_object(doc, "config", &config, e);
	if (r == 0 && !config)
		r = err_set(e, -EINVAL, "config: missing");
	if (r == 0) {
		r = decode_desc(config, a, &m.config, e);
		if (r < 0)
			r = err_wrap(e, r, "config");
	}
	if (r == 0)
		r = get_copy(doc, "artifactType", a, &m.artifact_type, e);
	if (r == 0)
		r = decode_list(doc, "layers", layers_max, a, &m.layers, e);
	if (r < 0)
		return err_wrap(e, r, "manifest");
	m.layer_count = (size_t)r;
	*ret = m;
	return 0;
}

int oci_manifest_decode(const char *text, size_t len, struct arena *a, struct oci_manifest *ret, struct err *e)
{
	struct oci_manifest m;
	int r = decode_manifest(text, len, OCI_LAYERS_MAX, a, &m, e);

	if (r < 0)
		return r;
	r = check_layers(&m, e);
	if (r < 0)
		return err_wrap(e, r, "manifest");
	*ret = m;
	return 0;
}

int oci_artifact_decode(const char *text, size_t len, struct arena *a, struct oci_manifest *ret, struct err *e)
{
	return decode_manifest(text, len, OCI_ARTIFACT_FILES_MAX, a, ret, e);
}

const struct oci_desc *oci_artifact_find(const struct oci_manifest *m, const char *title)
{
	for (size_t i = 0; i < m->layer_count; i++)
		if (str_eq(m->layers[i].title, title))
			return &m->layers[i];
	return NULL;
}

int oci_index_decode(const char *text, size_t len, struct arena *a, struct oci_index *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct oci_index index = {0};
	int r = json_parse(text, len, OCI_JSON_LIMITS, &doc, e);

	if (r == 0)
		r = check_head(doc, OCI_MEDIA_INDEX, e);
	if (r == 0)
		r = decode_list(doc, "manifests", OCI_INDEX_ENTRIES_MAX, a, &index.manifests, e);
	if (r < 0)
		return err_wrap(e, r, "index");
	index.count = (size_t)r;
	*ret = index;
	return 0;
}

static void encode_desc(struct json_out *o, const char *key, const struct oci_desc *d)
{
	json_out_object(o, key);
	json_out_str(o, "mediaType", oci_media_text(d->media));
	json_out_str(o, "digest", d->digest.text);
	json_out_u64(o, "size", d->size);
	json_out_object_end(o);
}

void oci_manifest_encode(const struct oci_manifest *m, struct buf *b)
{
	struct json_out o = JSON_OUT(b);

	json_out_object(&o, NULL);
	json_out_i64(&o, "schemaVersion", 2);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_MANIFEST));
	encode_desc(&o, "config", &m->config);
	json_out_array(&o, "layers");
	for (size_t i = 0; i < m->layer_count; i++)
		encode_desc(&o, NULL, &m->layers[i]);
	json_out_array_end(&o);
	json_out_object_end(&o);
}

void oci_artifact_encode(const struct oci_manifest *m, struct buf *b)
{
	struct json_out o = JSON_OUT(b);

	json_out_object(&o, NULL);
	json_out_i64(&o, "schemaVersion", 2);
	json_out_str(&o, "mediaType", oci_media_text(OCI_MEDIA_MANIFEST));
	json_out_str(&o, "artifactType", m->artifact_type);
	json_out_object(&o, "config");
	json_out_str(&o, "mediaType", EMPTY_MEDIA);
	json_out_str(&o, "digest", m->config.digest.text);
	json_out_u64(&o, "size", m->config.size);
	json_out_object_end(&o);
	json_out_array(&o, "layers");
	for (size_t i = 0; i < m->layer_count; i++) {
		const struct oci_desc *d = &m->layers[i];
		json_out_object(&o, NULL);
		json_out_str(&o, "mediaType", d->media_text);
		json_out_str(&o, "digest", d->digest.text);
		json_out_u64(&o, "size", d->size);
		json_out_object(&o, "annotations");
		json_out_str(&o, TITLE, d->title);
		json_out_object_end(&o);
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	json_out_object_end(&o);
}

static bool has_tag(const struct oci_desc *d, const char *tag)
{
	if (!tag || !*tag)
		return true;
	return str_eq(d->ref_name, tag) || str_eq(d->image_name, tag);
}

static bool is_foreign(const struct oci_desc *d)
{
	if (d->os && !str_eq(d->os, "linux"))
		return true;
	return d->architecture && !str_eq(d->architecture, oci_host_architecture());
}

/* What is there, for the person who asked for something else. */
static void list_names(const struct oci_index *index, char *text, size_t len)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < index->count && used + 1 < len; i++) {
		const struct oci_desc *d = &index->manifests[i];
		int n = snprintf(text + used, len - used, "%s%.60s (%.20s/%.20s)", i ? ", " : "",
				 d->ref_name ? d->ref_name : "unnamed", d->os ? d->os : "any",
				 d->architecture ? d->architecture : "any");
		if (n < 0)
			break;
		used += (size_t)n;
	}
}

int oci_index_choose(const struct oci_index *index, const char *tag, const struct oci_desc **ret, struct err *e)
{
	const struct oci_desc *found = NULL;
	char names[400];
	size_t fit = 0;

	for (size_t i = 0; i < index->count; i++) {
		const struct oci_desc *d = &index->manifests[i];
		if (!has_tag(d, tag) || is_foreign(d) ||
		    (d->media != OCI_MEDIA_MANIFEST && d->media != OCI_MEDIA_INDEX))
			continue;
		if (fit++ && digest_equal(&found->digest, &d->digest))
			fit--;
		found = d;
	}
	list_names(index, names, sizeof(names));
	if (!found)
		return err_set(e, -ENOENT, "no image%s%.100s for linux/%s; there is: %s", tag && *tag ? " tagged " : "",
			       tag ? tag : "", oci_host_architecture(), index->count ? names : "nothing");
	/* Several without a tag: "latest" is meant, when there is one. */
	if (fit > 1 && (!tag || !*tag)) {
		struct err ignored = {0};
		if (oci_index_choose(index, "latest", ret, &ignored) == 0)
			return 0;
		return err_set(e, -EINVAL, "several images here; name one of: %s", names);
	}
	*ret = found;
	return 0;
}
