/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving host interfaces into the container by rtnetlink(7): the addresses of global scope are read, the interface is
 * moved and renamed in one request, and the addresses are given back inside, where it is then brought up.
 */
#include "netdev.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "kern/process.h"

#define ADDRESSES_MAX 64
#define REPLY_MAX 32768

struct address {
	unsigned char family, prefix_len;
	unsigned char bytes[16], local[16];
	size_t len;
};

struct device {
	unsigned index;
	struct address addresses[ADDRESSES_MAX];
	size_t count;
	char name[IFNAMSIZ]; /* inside */
};

struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	};
	char attributes[256];
};

static void add_attribute(struct request *q, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int open_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return fd < 0 ? -errno : fd;
}

/* Sends a request and waits for the kernel's answer to it. */
static int ask(int fd, struct request *q)
{
	char reply[REPLY_MAX];

	q->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, q, q->header.nlmsg_len, 0) < 0)
		return -errno;
	ssize_t len = recv(fd, reply, sizeof(reply), 0);
	const struct nlmsghdr *h = (const struct nlmsghdr *)reply;
	if (len < (ssize_t)sizeof(*h) || h->nlmsg_type != NLMSG_ERROR)
		return len < 0 ? -errno : -EBADMSG;
	return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
}

static void take_address(struct device *d, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	struct address a = {.family = m->ifa_family, .prefix_len = m->ifa_prefixlen};
	int len = (int)IFA_PAYLOAD(h);

	if (m->ifa_index != d->index || m->ifa_scope != RT_SCOPE_UNIVERSE || d->count == ADDRESSES_MAX)
		return;
	for (const struct rtattr *at = IFA_RTA(m); RTA_OK(at, len); at = RTA_NEXT(at, len)) {
		size_t size = RTA_PAYLOAD(at);
		if (size > sizeof(a.bytes) || (at->rta_type != IFA_ADDRESS && at->rta_type != IFA_LOCAL))
			continue;
		memcpy(at->rta_type == IFA_LOCAL ? a.local : a.bytes, RTA_DATA(at), size);
		if (at->rta_type == IFA_ADDRESS && a.family == AF_INET6)
			memcpy(a.local, RTA_DATA(at), size);
		a.len = size;
	}
	if (a.len)
		d->addresses[d->count++] = a;
}

static int read_addresses(int fd, struct device *d)
{
	struct request q = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(q.address)),
				       .nlmsg_type = RTM_GETADDR,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	char reply[REPLY_MAX];

	if (send(fd, &q, q.header.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t got = recv(fd, reply, sizeof(reply), 0);
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		uint32_t len = (uint32_t)got; /* unsigned as nlmsg_len, with which the macros compare it */
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)reply; NLMSG_OK(h, len);
		     h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			take_address(d, h);
		}
	}
}

static int move(int fd, const struct device *d, int netns)
{
	struct request q = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(q.link)), .nlmsg_type = RTM_NEWLINK}};
	uint32_t target = (uint32_t)netns;

	q.link.ifi_index = (int)d->index;
	add_attribute(&q, IFLA_NET_NS_FD, &target, sizeof(target));
	add_attribute(&q, IFLA_IFNAME, d->name, strlen(d->name) + 1);
	return ask(fd, &q);
}

static int give_address(int fd, unsigned index, const struct address *a)
{
	struct request q = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(q.address)),
				       .nlmsg_type = RTM_NEWADDR,
				       .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL}};

	q.address.ifa_family = a->family;
	q.address.ifa_prefixlen = a->prefix_len;
	q.address.ifa_index = index;
	add_attribute(&q, IFA_LOCAL, a->local, a->len);
	add_attribute(&q, IFA_ADDRESS, a->bytes, a->len);
	return ask(fd, &q);
}

static int bring_up(int fd, unsigned index)
{
	struct request q = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(q.link)), .nlmsg_type = RTM_NEWLINK}};

	q.link.ifi_index = (int)index;
	q.link.ifi_flags = q.link.ifi_change = IFF_UP;
	return ask(fd, &q);
}

/* In a process of its own, which enters the container's network. */
static int configure_inside(const struct device *d, int netns)
{
	if (setns(netns, CLONE_NEWNET) < 0)
		return -errno;
	unsigned index = if_nametoindex(d->name);
	scoped_fd int fd = open_netlink();
	int r = !index ? -ENODEV : fd < 0 ? fd : 0;

	for (size_t i = 0; r == 0 && i < d->count; i++) {
		r = give_address(fd, index, &d->addresses[i]);
		if (r == -EEXIST)
			r = 0;
	}
	return r < 0 ? r : bring_up(fd, index);
}

static int move_device(const struct oci_pair *pair, int netns, struct err *e)
{
	struct device d = {.index = if_nametoindex(pair->key)};
	const char *name = pair->value && *pair->value ? pair->value : pair->key;

	if (!d.index)
		return err_set(e, -ENODEV, "linux.netDevices: the host has no interface \"%.32s\"", pair->key);
	if (strlen(name) >= sizeof(d.name) || strchr(name, '/') || strchr(name, ' '))
		return err_set(e, -EINVAL, "linux.netDevices: \"%.32s\" is not an interface name", name);
	snprintf(d.name, sizeof(d.name), "%s", name);
	scoped_fd int fd = open_netlink();
	int r = fd < 0 ? fd : read_addresses(fd, &d);
	if (r == 0)
		r = move(fd, &d, netns);
	if (r < 0)
		return err_sys(e, r, "linux.netDevices: cannot move %s", pair->key);
	pid_t child = kern_clone(0, -1, NULL);
	if (child == 0)
		_exit(configure_inside(&d, netns) < 0);
	int code = child < 0 ? child : kern_wait_exit_code(child);
	return code ? err_set(e, -EIO, "linux.netDevices: cannot set up %s inside the container", d.name) : 0;
}

int netdev_move_all(const struct oci_pairs *devices, int joined, pid_t pid, struct err *e)
{
	char path[64];
	int r = 0;

	/* The process enters a joined namespace by itself, and may not be there yet. */
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	scoped_fd int own = joined >= 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int netns = joined >= 0 ? joined : own;
	if (netns < 0)
		return err_sys(e, -errno, "linux.netDevices: cannot open the container's network namespace");

	for (size_t i = 0; r == 0 && i < devices->count; i++)
		r = move_device(&devices->at[i], netns, e);
	return r;
}
