/* SPDX-License-Identifier: Apache-2.0 */
/* container.*, user.*, group.* and fs.path.*. */
#include <fnmatch.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "look.h"

enum { SHORT_ID = 12 };

/* Users are those before the call: a setuid is judged by who asked for it. */
static int user_uid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, l->proc ? (int32_t)l->proc->uid : (int32_t)l->event->uid);
}

static const struct name *user(const struct look *l)
{
	return containers_user(l->containers, l->container, l->proc ? l->proc->uid : l->event->uid);
}

static int user_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct name *name = user(l);
	return name ? look_text(out, name->text) : look_text(out, "<NA>");
}

static int user_homedir(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct name *name = user(l);
	return name ? look_text(out, name->home) : 0;
}

static int user_shell(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct name *name = user(l);
	return name ? look_text(out, name->shell) : 0;
}

static int user_loginuid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, l->proc && l->proc->has_login ? (int32_t)l->proc->loginuid : -1);
}

static int user_loginname(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct name *name =
		l->proc && l->proc->has_login ? containers_user(l->containers, NULL, l->proc->loginuid) : NULL;
	return name ? look_text(out, name->text) : look_text(out, "<NA>");
}

static int group_gid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_number(out, l->proc ? l->proc->gid : l->event->gid);
}

static int group_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct name *name = containers_group(l->containers, l->container, l->proc ? l->proc->gid : l->event->gid);
	return name ? look_text(out, name->text) : look_text(out, "<NA>");
}

look_fn *const look_user_fields[DETECT_FIELD_COUNT] = {
	[FIELD_USER_UID] = user_uid,	 [FIELD_USER_NAME] = user_name,		[FIELD_USER_HOMEDIR] = user_homedir,
	[FIELD_USER_SHELL] = user_shell, [FIELD_USER_LOGINUID] = user_loginuid, [FIELD_USER_LOGINNAME] = user_loginname,
	[FIELD_GROUP_GID] = group_gid,	 [FIELD_GROUP_NAME] = group_name,
};

static int container_id(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (!l->container)
		return look_text(out, "host");
	*out = rule_value_str(l->container->id, strnlen(l->container->id, SHORT_ID));
	return 1;
}

static int container_full_id(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, l->container ? l->container->id : "host");
}

#define CONTAINER_TEXT(field, member, on_host)                                                                         \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return look_text(out, l->container ? l->container->member : (on_host));                                \
	}
#define CONTAINER_BOOL(field, member)                                                                                  \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		return l->container && l->container->facts ? look_bool(out, l->container->member) : 0;                 \
	}
CONTAINER_TEXT(container_name, name, "host")
CONTAINER_TEXT(container_image, image, NULL)
CONTAINER_TEXT(container_image_id, image_id, NULL)
CONTAINER_TEXT(container_image_repository, repository, NULL)
CONTAINER_TEXT(container_image_tag, tag, NULL)
CONTAINER_TEXT(container_image_digest, digest, NULL)
CONTAINER_TEXT(container_type, type, "host")
CONTAINER_BOOL(container_privileged, privileged)
CONTAINER_BOOL(container_host_pid, host_pid)
CONTAINER_BOOL(container_host_network, host_network)
CONTAINER_BOOL(container_host_ipc, host_ipc)

static int container_start_ts(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return l->container && l->container->started ? look_number(out, l->container->started) : 0;
}

static int container_duration(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (!l->container || !l->container->started)
		return 0;
	return look_number(out, (int64_t)((uint64_t)look_wall(l, l->event->time) - (uint64_t)l->container->started));
}

static int show_mount(struct look *l, const struct mount_point *m, struct rule_value *out)
{
	return look_printf(l, out, "%s:%s:%s:%s:%s", m->source, m->destination, m->mode, m->writable ? "true" : "false",
			   m->propagation);
}

static int container_mounts(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	char text[4096];
	size_t used = 0;
	if (!l->container || !l->container->facts)
		return 0;
	for (size_t i = 0; i < l->container->mount_count; i++) {
		const struct mount_point *m = &l->container->mounts[i];
		int n = snprintf(text + used, sizeof(text) - used, "%s%s:%s:%s:%s:%s", i ? "," : "", m->source,
				 m->destination, m->mode, m->writable ? "true" : "false", m->propagation);
		if (n < 0 || (size_t)n >= sizeof(text) - used)
			break;
		used += (size_t)n;
	}
	return look_copy(l, out, text, used);
}

/* One mount, by its number or by a pattern of its source or destination; NULL when there is none. */
static const struct mount_point *mount_of(const struct look *l, const struct rule_arg *arg, bool by_destination)
{
	char pattern[512];
	if (!l->container)
		return NULL;
	if (arg->form == RULE_ARG_IS_INDEX)
		return arg->index < l->container->mount_count ? &l->container->mounts[arg->index] : NULL;
	snprintf(pattern, sizeof(pattern), "%.*s", (int)arg->key.len, arg->key.at);
	for (size_t i = 0; i < l->container->mount_count; i++) {
		const struct mount_point *m = &l->container->mounts[i];
		if (fnmatch(pattern, by_destination ? m->destination : m->source, 0) == 0)
			return m;
	}
	return NULL;
}

/* A mount that is not there shows as "N/A", which is what rules compare with; unknown mounts are absent. */
#define MOUNT_FIELD(field, by_destination, text)                                                                       \
	static int field(struct look *l, const struct rule_arg *arg, struct rule_value *out)                           \
	{                                                                                                              \
		const struct mount_point *m = mount_of(l, arg, by_destination);                                        \
		if (!m)                                                                                                \
			return l->container && l->container->facts ? look_text(out, "N/A") : 0;                        \
		return look_text(out, text);                                                                           \
	}
MOUNT_FIELD(mount_source, true, m->source)
MOUNT_FIELD(mount_dest, false, m->destination)
MOUNT_FIELD(mount_mode, false, m->mode)
MOUNT_FIELD(mount_rdwr, false, m->writable ? "true" : "false")
MOUNT_FIELD(mount_propagation, false, m->propagation)

static int mount_whole(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	const struct mount_point *m = mount_of(l, arg, false);
	return m ? show_mount(l, m, out) : 0;
}

static int label(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return look_text(out, container_label(l->container, arg->key.at, arg->key.len));
}

static int labels(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);

	if (!l->container || !l->container->facts)
		return 0;
	for (size_t i = 0; i < l->container->label_count; i++)
		buf_printf(&text, "%s%s:%s", i ? ", " : "", l->container->labels[i].key, l->container->labels[i].value);
	return buf_error(&text) ? 0 : look_copy(l, out, buf_str(&text), text.len);
}

static int kubernetes(struct look *l, const char *key, struct rule_value *out)
{
	return look_text(out, container_label(l->container, key, strlen(key)));
}

static int k8s_ns_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return kubernetes(l, "io.kubernetes.pod.namespace", out);
}

static int k8s_pod_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return kubernetes(l, "io.kubernetes.pod.name", out);
}

static int k8s_pod_uid(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return kubernetes(l, "io.kubernetes.pod.uid", out);
}

/* containerd and CRI-O have a name each. */
static int k8s_pod_full_sandbox_id(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return kubernetes(l, "io.kubernetes.cri.sandbox-id", out) || kubernetes(l, "io.kubernetes.sandbox.id", out);
}

static int k8s_pod_sandbox_id(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (!k8s_pod_full_sandbox_id(l, arg, out))
		return 0;
	if (out->str.len > SHORT_ID)
		out->str.len = SHORT_ID;
	return 1;
}

look_fn *const look_container_fields[DETECT_FIELD_COUNT] = {
	[FIELD_CONTAINER_ID] = container_id,
	[FIELD_CONTAINER_FULL_ID] = container_full_id,
	[FIELD_CONTAINER_NAME] = container_name,
	[FIELD_CONTAINER_IMAGE] = container_image,
	[FIELD_CONTAINER_IMAGE_ID] = container_image_id,
	[FIELD_CONTAINER_IMAGE_REPOSITORY] = container_image_repository,
	[FIELD_CONTAINER_IMAGE_TAG] = container_image_tag,
	[FIELD_CONTAINER_IMAGE_DIGEST] = container_image_digest,
	[FIELD_CONTAINER_TYPE] = container_type,
	[FIELD_CONTAINER_PRIVILEGED] = container_privileged,
	[FIELD_CONTAINER_HOST_PID] = container_host_pid,
	[FIELD_CONTAINER_HOST_NETWORK] = container_host_network,
	[FIELD_CONTAINER_HOST_IPC] = container_host_ipc,
	[FIELD_CONTAINER_START_TS] = container_start_ts,
	[FIELD_CONTAINER_DURATION] = container_duration,
	[FIELD_CONTAINER_MOUNTS] = container_mounts,
	[FIELD_CONTAINER_MOUNT] = mount_whole,
	[FIELD_CONTAINER_MOUNT_SOURCE] = mount_source,
	[FIELD_CONTAINER_MOUNT_DEST] = mount_dest,
	[FIELD_CONTAINER_MOUNT_MODE] = mount_mode,
	[FIELD_CONTAINER_MOUNT_RDWR] = mount_rdwr,
	[FIELD_CONTAINER_MOUNT_PROPAGATION] = mount_propagation,
	[FIELD_CONTAINER_LABEL] = label,
	[FIELD_K8S_NS_NAME] = k8s_ns_name,
	[FIELD_K8S_POD_NAME] = k8s_pod_name,
	[FIELD_K8S_POD_UID] = k8s_pod_uid,
	[FIELD_K8S_POD_ID] = k8s_pod_uid,
	[FIELD_K8S_POD_SANDBOX_ID] = k8s_pod_sandbox_id,
	[FIELD_K8S_POD_FULL_SANDBOX_ID] = k8s_pod_full_sandbox_id,
	[FIELD_K8S_POD_LABEL] = label,
	[FIELD_K8S_POD_LABELS] = labels,
	[FIELD_CONTAINER_LABELS] = labels,
};

static bool has_two(const struct look *l)
{
	return l->view->params[EVENT_P_PATH2] != NULL;
}

static int path_name(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	if (has_two(l) || look_opens(l))
		return look_opens(l) ? look_fd_fields[FIELD_FD_NAME](l, arg, out) : 0;
	const char *text =
		event_text(l->view, EVENT_P_PATH) ? look_path(l, EVENT_P_PATH, EVENT_P_DIR) : look_file_path(l);
	return look_text(out, text);
}

static int path_nameraw(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return has_two(l) ? 0 : look_text(out, event_text(l->view, EVENT_P_PATH));
}

static int path_source(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return has_two(l) ? look_text(out, look_path(l, EVENT_P_PATH, EVENT_P_DIR)) : 0;
}

static int path_sourceraw(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return has_two(l) ? look_text(out, event_text(l->view, EVENT_P_PATH)) : 0;
}

static int path_target(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return has_two(l) ? look_text(out, look_path(l, EVENT_P_PATH2, EVENT_P_DIR2)) : 0;
}

static int path_targetraw(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return has_two(l) ? look_text(out, event_text(l->view, EVENT_P_PATH2)) : 0;
}

static int path_is_lexical(struct look *l, const struct rule_arg *arg, struct rule_value *out)
{
	return event_text(l->view, EVENT_P_PATH) ? look_bool(out, l->event->flags & EVENT_LEXICAL) : 0;
}

look_fn *const look_path_fields[DETECT_FIELD_COUNT] = {
	[FIELD_FS_PATH_NAME] = path_name,
	[FIELD_FS_PATH_NAMERAW] = path_nameraw,
	[FIELD_FS_PATH_SOURCE] = path_source,
	[FIELD_FS_PATH_SOURCERAW] = path_sourceraw,
	[FIELD_FS_PATH_TARGET] = path_target,
	[FIELD_FS_PATH_TARGETRAW] = path_targetraw,
	[FIELD_FS_PATH_IS_LEXICAL] = path_is_lexical,
};
