/* SPDX-License-Identifier: Apache-2.0 */
/* Containers by their cgroup: skep's own by their record. */
#include "known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "detect/detect.h"
#include "known-ask.h"
#include "known-engines.h"
#include "overlay.h"

enum { CONTAINER_WORD_MAX = 80 };

int known_tell(const struct buf *text, known_fn *each, void *ctx)
{
	_Alignas(8) char record[EVENT_SIZE_MAX];
	struct event *event = (void *)record;

	event_begin(event, WATCH_CONTAINER);
	event->flags = EVENT_NO_RESULT;
	event->time = (uint64_t)clock_boot();
	if (buf_error(text) < 0 ||
	    event_add(event, sizeof(record),
		      &(struct event_piece){EVENT_P_TEXT, .bytes = text->data, .length = text->len}) < 0)
		return 0;
	return each(ctx, event);
}

static int tell_names(struct flow_place *p, const struct flow_record *record, known_fn *each, void *ctx)
{
	SCOPED(flow_lowers) struct flow_lowers lowers = {0};
	SCOPED(oci_image) struct oci_image image = {0};
	if (record->rootfs) {
		scoped_fd int root = open(record->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return root < 0 ? 0 : known_layer_users(record->id, &root, 1, record->range, each, ctx);
	}
	if (oci_store_find(p->store, record->image_id, &image, NULL) < 0 ||
	    flow_lowers_open(p->store, &image, &lowers, NULL) < 0)
		return 0;
	return known_layer_users(record->id, lowers.fds, lowers.count, record->range, each, ctx);
}

int known_record(const struct flow_record *record, known_fn *each, void *ctx)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	struct json_out o = JSON_OUT(&text);

	json_out_object(&o, NULL);
	json_out_str(&o, "id", record->id);
	json_out_str(&o, "type", "skep");
	json_out_str(&o, "name", record->name);
	json_out_str(&o, "image", record->image ? record->image : "");
	json_out_str(&o, "imageId", record->image_id);
	json_out_bool(&o, "hostNetwork", record->host_network);
	json_out_object_end(&o);
	return known_tell(&text, each, ctx);
}

static int tell_skep(struct flow_place *p, const char *id, known_fn *each, void *ctx)
{
	SCOPED(flow_record) struct flow_record record = {0};
	if (!p || flow_find(p, id, &record, NULL) < 0)
		return 0;
	int r = known_record(&record, each, ctx);
	return r < 0 ? r : tell_names(p, &record, each, ctx);
}

/* Any engine's but ours; CGROUP is told with it when its path does not name the container. */
static int tell_engine(const char *id, const char *type, const struct event *cgroup, struct known_question *question,
		       known_fn *each, void *ctx)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	struct json_out o = JSON_OUT(&text);
	json_out_object(&o, NULL);
	json_out_str(&o, "id", id);
	json_out_str(&o, "type", type);
	if (known_engine(id, type, &o, question) < 0)
		return 0;
	if (cgroup) {
		json_out_array(&o, "cgroups");
		json_out_object(&o, NULL);
		json_out_u64(&o, "id", cgroup->args[0]);
		json_out_bool(&o, "v2", cgroup->args[1] == 0);
		json_out_object_end(&o);
		json_out_array_end(&o);
	}
	json_out_object_end(&o);
	return known_tell(&text, each, ctx);
}

/* "/namespace/id", as containerd's own client lays cgroups out; the id may be any word. */
static bool two_words(const char *path, char word[CONTAINER_WORD_MAX])
{
	const char *second = path[0] == '/' ? strchr(path + 1, '/') : NULL;
	if (!second || !second[1] || strchr(second + 1, '/') || strlen(second + 1) >= CONTAINER_WORD_MAX)
		return false;
	snprintf(word, CONTAINER_WORD_MAX, "%s", second + 1);
	return true;
}

/* Whether the last component of PATH has the ID: a cgroup below it is the container's as well, and needs no words. */
static bool names_itself(const char *path, const char *id)
{
	const char *last = strrchr(path, '/');
	return last && strstr(last, id);
}

/* Looks through the engines' files and processes, when there is time for it. TYPE NULL: containerd's, if it runs such a container. */
static int search(struct known_asking *a, const char *id, const char *type, const struct event *event, known_fn *each,
		  void *ctx)
{
	struct known_question question = {.id = ""};
	int64_t began = clock_ns(CLOCK_MONOTONIC);
	int r = 0;
	if (!known_may_search(a, began))
		return 0;
	if (type)
		r = tell_engine(id, type, NULL, &question, each, ctx);
	else if (known_shim(id))
		r = tell_engine(id, "containerd", event, &question, each, ctx);
	if (question.id[0])
		known_ask(a, &question);
	known_searched(a, began, clock_ns(CLOCK_MONOTONIC));
	return r;
}

int known_cgroup(struct known_asking *a, struct flow_place *p, const struct event *event, known_fn *each, void *ctx)
{
	struct event_view view;
	char id[CONTAINER_WORD_MAX];
	const char *path = event_view(event, event->size, &view) == 0 ? event_text(&view, EVENT_P_CGROUP) : NULL, *type;
	if (!path || event->type != WATCH_CGROUP_NEW)
		return 0;
	if (detect_container_id(path, id, sizeof(id), &type) < 0)
		return two_words(path, id) ? search(a, id, NULL, event, each, ctx) : 0;
	if (!names_itself(path, id))
		return 0;
	return str_eq(type, "skep") ? tell_skep(p, id, each, ctx) : search(a, id, type, event, each, ctx);
}
