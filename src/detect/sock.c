/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of a socket: from the kernel's socket, and from the address that a call was given where that is all there is. */
#include "sock.h"

#include <arpa/inet.h>
#include <asm/unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { TCP_ESTABLISHED_STATE = 1, TCP_LISTEN_STATE = 10 };

/* The address argument into an end; false when it is none of FAMILY. */
static bool given(const struct look *l, uint16_t family, struct sock_end *end)
{
	size_t length;
	const char *bytes = event_bytes(l->view, EVENT_P_ADDR, &length);
	const struct sockaddr *address = (const void *)bytes;
	if (length < sizeof(address->sa_family) || address->sa_family != family)
		return false;
	if (family == AF_INET && length >= 8) {
		const struct sockaddr_in *in = (const void *)bytes;
		memcpy(end->address, &in->sin_addr, 4);
		end->port = ntohs(in->sin_port);
		return true;
	}
	if (family == AF_INET6 && length >= 24) {
		const struct sockaddr_in6 *in6 = (const void *)bytes;
		memcpy(end->address, &in6->sin6_addr, 16);
		end->port = ntohs(in6->sin6_port);
		return true;
	}
	return false;
}

static uint16_t protocol_of(const struct event_sock *sock)
{
	if (sock->type == SOCK_STREAM)
		return IPPROTO_TCP;
	if (sock->type == SOCK_DGRAM)
		return sock->protocol == IPPROTO_ICMP || sock->protocol == IPPROTO_ICMPV6 ? sock->protocol
											  : IPPROTO_UDP;
	return sock->protocol;
}

static void unix_path(const struct look *l, struct sock_ends *ends)
{
	size_t length, skip = sizeof(struct event_sock) + 2;
	const char *bytes = event_bytes(l->view, EVENT_P_SOCK, &length);
	if (length <= skip) {
		bytes = event_bytes(l->view, EVENT_P_ADDR, &length);
		skip = 2;
	}
	if (length <= skip)
		return;
	bytes += skip;
	length -= skip;
	if (length > sizeof(ends->path) - 1)
		length = sizeof(ends->path) - 1;
	memcpy(ends->path, bytes, length);
	if (ends->path[0] == '\0') /* of the abstract name space */
		ends->path[0] = '@';
}

static bool serves(const struct look *l, const struct event_sock *sock)
{
	unsigned type = l->event->type;
	return type == __NR_accept || type == __NR_accept4 || type == __NR_listen || type == __NR_bind ||
	       sock->state == TCP_LISTEN_STATE;
}

/* A datagram from anybody: whoever has the lower port is asked, as a resolver by its clients. */
static bool receives_as_server(const struct look *l, const struct sock_ends *ends)
{
	unsigned type = l->event->type;
	return (type == __NR_recvfrom || type == __NR_recvmsg) && ends->protocol == IPPROTO_UDP && !ends->connected &&
	       (!ends->remote_known || ends->local.port <= ends->remote.port);
}

bool sock_ends(const struct look *l, struct sock_ends *ret)
{
	const struct event_sock *sock = event_fixed(l->view, EVENT_P_SOCK, sizeof(*sock));
	struct sock_end to = {{0}, 0};

	*ret = (struct sock_ends){0};
	if (!sock)
		return false;
	ret->family = sock->family;
	ret->self = sock->self;
	ret->peer = sock->peer;
	if (sock->family == AF_UNIX) {
		unix_path(l, ret);
		return true;
	}
	ret->protocol = protocol_of(sock);
	memcpy(ret->local.address, sock->local, sizeof(ret->local.address));
	memcpy(ret->remote.address, sock->remote, sizeof(ret->remote.address));
	ret->local.port = sock->local_port;
	ret->remote.port = sock->remote_port;
	/* A connected datagram socket is in the established state as well. */
	ret->connected = sock->state == TCP_ESTABLISHED_STATE && sock->remote_port;
	ret->remote_known = sock->remote_port != 0;
	if (!ret->remote_known && given(l, sock->family, &to)) {
		if (l->event->type == __NR_bind) {
			ret->local = to;
		} else {
			ret->remote = to;
			ret->remote_known = true;
		}
	}
	ret->is_server = serves(l, sock) || receives_as_server(l, ret);
	ret->client = ret->is_server ? ret->remote : ret->local;
	ret->server = ret->is_server ? ret->local : ret->remote;
	return true;
}

bool sock_cache_changed(struct sock_cache *cache, const struct sock_ends *ends)
{
	size_t i = (ends->self >> 6) % (sizeof(cache->slots) / sizeof(cache->slots[0]));
	if (!ends->remote_known)
		return false;
	bool same = cache->slots[i].self == ends->self &&
		    memcmp(&cache->slots[i].remote, &ends->remote, sizeof(ends->remote)) == 0;
	cache->slots[i].self = ends->self;
	cache->slots[i].remote = ends->remote;
	return !same;
}
