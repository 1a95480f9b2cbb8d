/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cgroups that come and go: their path tells which container their tasks are. */
#pragma once

#include "put-text.h"

static __always_inline int cgroup_event(uint32_t type, struct cgroup *cgroup, const char *path)
{
	struct scratch *s = scratch();
	uint32_t memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	if (!s)
		return 0;
	/* Ids are unique within a hierarchy: only the two that events carry. */
	if (cgroup->root->hierarchy_id && !(cgroup->root->subsys_mask >> memory & 1))
		return 0;
	begin(s, type, EVENT_NO_RESULT);
	s->event.args[0] = cgroup->kn->id;
	s->event.args[1] = cgroup->root->hierarchy_id;
	put_kernel_text((uint64_t)path, EVENT_P_CGROUP, cgroup->root->hierarchy_id);
	submit(s);
	return 0;
}

/* The container that is waited for: from here on nobody else is heard. */
static __always_inline void narrow(struct cgroup *cgroup, const char *path)
{
	char text[256] = {}, end[SENSOR_NAME] = {};

	if (!control.only_name[0] || cgroup->root->hierarchy_id)
		return;
	long size = bpf_probe_read_kernel_str(text, sizeof(text), path);
	if (size <= SENSOR_NAME || size > (long)sizeof(text))
		return;
	bpf_probe_read_kernel(end, sizeof(end), path + size - 1 - SENSOR_NAME);
	for (int i = 0; i < SENSOR_NAME; i++)
		if (end[i] != control.only_name[i])
			return;
	control.only_level = cgroup->level;
	control.only_cgroup = cgroup->kn->id;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	narrow(cgroup, path);
	return cgroup_event(WATCH_CGROUP_NEW, cgroup, path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	return cgroup_event(WATCH_CGROUP_GONE, cgroup, path);
}
