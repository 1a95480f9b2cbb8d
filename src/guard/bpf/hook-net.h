/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses: connect(2), bind(2), and datagrams that name their receiver. 1 lets the call through, 0 is EPERM. */
#pragma once

#include "policies.h"

enum { IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_MPTCP = 262, V4_MAPPED = 0xffff0000 };

struct endpoint {
	uint64_t address[2];
	uint16_t port;
	uint8_t kind, protocol;
};

static __always_inline uint8_t protocol_of(uint32_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP ? GUARD_TCP
	       : protocol == IPPROTO_UDP			    ? GUARD_UDP
								    : GUARD_OTHER;
}

static __always_inline bool fits(const struct guard_rule *r, const struct endpoint *e)
{
	return r->kind == e->kind && (r->protocols & e->protocol) && r->first <= e->port && e->port <= r->last &&
	       (e->address[0] & r->mask[0]) == r->net[0] && (e->address[1] & r->mask[1]) == r->net[1];
}

static __always_inline bool allowed(const struct guard_policy *p, const struct endpoint *e)
{
	for (uint32_t i = 0; i < GUARD_RULES_MAX; i++) {
		if (i >= p->rule_count)
			return false;
		if (fits(&p->rules[i], e))
			return true;
	}
	return false;
}

static __always_inline int decide(const struct endpoint *e)
{
	uint64_t cgroup;
	const struct guard_policy *p = policy_of_task(&cgroup);

	if (!p)
		return 1;
	bool connect = e->kind == GUARD_CONNECT;
	uint8_t mode = connect ? p->mode[GUARD_CONNECT] : p->mode[GUARD_LISTEN];
	if (mode == GUARD_OFF || allowed(p, e))
		return 1;
	mode = mode_now(mode, connect ? p->relaxed_until[GUARD_CONNECT] : p->relaxed_until[GUARD_LISTEN]);
	struct guard_denial_key key = {.cgroup = cgroup,
				       .what = {e->address[0], e->address[1]},
				       .port = e->port,
				       .kind = e->kind,
				       .protocol = e->protocol,
				       .refused = mode == GUARD_ENFORCE};
	count_denial(&key, NULL);
	return mode != GUARD_ENFORCE;
}

static __always_inline int decide_v4(struct bpf_sock_addr *a, uint8_t kind)
{
	struct endpoint e = {.address = {0, (uint64_t)a->user_ip4 << 32 | V4_MAPPED},
			     .port = __builtin_bswap16(a->user_port),
			     .kind = kind,
			     .protocol = protocol_of(a->protocol)};
	return decide(&e);
}

static __always_inline int decide_v6(struct bpf_sock_addr *a, uint8_t kind)
{
	uint64_t first = a->user_ip6[0], second = a->user_ip6[1], third = a->user_ip6[2], last = a->user_ip6[3];
	struct endpoint e = {.address = {second << 32 | first, last << 32 | third},
			     .port = __builtin_bswap16(a->user_port),
			     .kind = kind,
			     .protocol = protocol_of(a->protocol)};
	return decide(&e);
}

SEC("cgroup/connect4")
int on_connect4(struct bpf_sock_addr *a)
{
	return decide_v4(a, GUARD_CONNECT);
}

SEC("cgroup/connect6")
int on_connect6(struct bpf_sock_addr *a)
{
	return decide_v6(a, GUARD_CONNECT);
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *a)
{
	return decide_v4(a, GUARD_CONNECT);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *a)
{
	return decide_v6(a, GUARD_CONNECT);
}

SEC("cgroup/bind4")
int on_bind4(struct bpf_sock_addr *a)
{
	return decide_v4(a, GUARD_LISTEN);
}

SEC("cgroup/bind6")
int on_bind6(struct bpf_sock_addr *a)
{
	return decide_v6(a, GUARD_LISTEN);
}
