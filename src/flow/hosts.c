/* SPDX-License-Identifier: Apache-2.0 */
/* Names and their addresses, and what becomes of them from one look to the next. */
#include "hosts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool hosts_is_name(const struct profile_endpoint *e)
{
	return !str_eq(e->protocol, "unix") && !e->any && !e->is_net && !strchr(e->host, '*');
}

const struct host *hosts_find(const struct hosts *h, const char *name)
{
	for (size_t i = 0; h && i < h->count; i++)
		if (str_eq(h->list[i].name, name))
			return &h->list[i];
	return NULL;
}

int hosts_collect(const struct profile *p, struct hosts *ret, struct err *e)
{
	static const enum profile_list lists[] = {PROFILE_CONNECT, PROFILE_LISTEN};
	struct profile_endpoint to;

	*ret = (struct hosts){.count = 0};
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < p->lists[lists[l]].count; i++) {
			if (profile_endpoint_read(p->lists[lists[l]].at[i], &to, NULL) < 0 || !hosts_is_name(&to) ||
			    hosts_find(ret, to.host))
				continue;
			if (ret->count == HOSTS_MAX)
				return err_set(e, -E2BIG, "%s: at most %d names of hosts are looked up", to.host,
					       HOSTS_MAX);
			snprintf(ret->list[ret->count++].name, sizeof(ret->list->name), "%s", to.host);
		}
	return 0;
}

bool hosts_are_told(const struct hosts *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (!h->list[i].told)
			return false;
	return true;
}

static size_t find_address(const struct host *h, const uint8_t *address)
{
	size_t i = 0;
	while (i < h->count && memcmp(h->addresses[i], address, 16) != 0)
		i++;
	return i;
}

/* Drops the one that was not told for the longest time. */
static void make_room(struct host *h)
{
	size_t oldest = 0;
	for (size_t i = 1; i < h->count; i++)
		if (h->missed[i] > h->missed[oldest])
			oldest = i;
	h->count--;
	memmove(h->addresses[oldest], h->addresses[h->count], 16);
	h->missed[oldest] = h->missed[h->count];
}

bool host_tell(struct host *h, const struct resolved *r)
{
	bool changed = !h->told;

	h->told = true;
	for (size_t i = 0; i < h->count; i++)
		h->missed[i]++;
	for (size_t i = 0; i < r->count; i++) {
		size_t at = find_address(h, r->addresses[i]);
		if (at == h->count) {
			changed = true;
			if (h->count == RESOLVE_ADDRESSES_MAX)
				make_room(h);
			at = h->count++;
			memcpy(h->addresses[at], r->addresses[i], 16);
		}
		h->missed[at] = 0;
	}
	for (size_t i = 0; i < h->count;)
		if (h->missed[i] >= HOSTS_FORGET) {
			changed = true;
			h->count--;
			memmove(h->addresses[i], h->addresses[h->count], 16);
			h->missed[i] = h->missed[h->count];
		} else {
			i++;
		}
	return changed;
}

/* As the container's own /etc/hosts has it. */
static bool is_itself(const char *name, const struct flow_record *r)
{
	return str_eq(name, "localhost") || str_eq(name, r->name);
}

static const struct resolved loopback = {
	.addresses = {{[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, {[15] = 1}}, .count = 2, .ttl_s = UINT32_MAX};
static const struct resolved nowhere = {.ttl_s = UINT32_MAX};

static int look_up(const struct resolve_servers *servers, const struct flow_record *record, const char *name,
		   struct resolved *ret, struct err *e)
{
	/* Without a network there is nobody to ask, and nowhere to go. */
	if (is_itself(name, record) || !record->host_network) {
		*ret = is_itself(name, record) ? loopback : nowhere;
		return 0;
	}
	return resolve_name(servers, name, ret, e);
}

int hosts_look(struct hosts *h, const struct flow_record *record, bool *ret_changed, struct err *e)
{
	struct resolve_servers servers;
	struct err ignored = {0};
	int bad = 0;

	*ret_changed = false;
	resolve_servers_load(&servers);
	h->ttl_s = HOSTS_CEILING_S;
	for (size_t i = 0; i < h->count; i++) {
		struct resolved r;
		int told = look_up(&servers, record, h->list[i].name, &r, bad == 0 ? e : &ignored);
		if (told < 0) {
			bad = bad < 0 ? bad : told;
			h->ttl_s = HOSTS_FLOOR_S;
			continue;
		}
		*ret_changed |= host_tell(&h->list[i], &r);
		h->ttl_s = MIN_OF(h->ttl_s, r.ttl_s);
	}
	if (h->ttl_s < HOSTS_FLOOR_S)
		h->ttl_s = HOSTS_FLOOR_S;
	return bad;
}
