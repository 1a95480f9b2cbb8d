/* SPDX-License-Identifier: Apache-2.0 */
/* One socket for each question: its port is as hard to guess as the number of the question. */
#include "resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/str.h"

enum { FILE_MAX = 64 << 10, WAIT_MS = 1000, TRIES = 2, PORT = 53 };

static void add_server(const char *text, size_t len, struct resolve_servers *ret)
{
	char address[INET6_ADDRSTRLEN], v4[INET6_ADDRSTRLEN + 8];
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};

	if (len >= sizeof(address) || ret->count == RESOLVE_SERVERS_MAX)
		return;
	memcpy(address, text, len);
	address[len] = '\0';
	snprintf(v4, sizeof(v4), "::ffff:%s", address);
	if (inet_pton(AF_INET6, address, &to.sin6_addr) == 1 || inet_pton(AF_INET6, v4, &to.sin6_addr) == 1)
		ret->at[ret->count++] = to;
}

void resolve_servers_read(const char *text, struct resolve_servers *ret)
{
	static const char key[] = "nameserver", blanks[] = " \t";

	ret->count = 0;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + sizeof(key) - 1;
		if (strncmp(line, key, sizeof(key) - 1) == 0 && *at && strchr(blanks, *at)) {
			at += strspn(at, blanks);
			add_server(at, strcspn(at, " \t\r\n"), ret);
		}
	}
	if (!ret->count)
		add_server("127.0.0.1", strlen("127.0.0.1"), ret);
}

void resolve_servers_load(struct resolve_servers *ret)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	bool there = path_read_file(AT_FDCWD, "/etc/resolv.conf", &text) == 0;
	resolve_servers_read(there ? buf_str(&text) : "", ret);
}

/* IPv4 by its own kind of socket: the host may have no other. */
static int connect_to(const struct sockaddr_in6 *to)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(&to->sin6_addr);
	struct sockaddr_in short_to = {.sin_family = AF_INET, .sin_port = to->sin6_port};
	memcpy(&short_to.sin_addr, (const uint8_t *)&to->sin6_addr + 12, 4);
	const struct sockaddr *address = v4 ? (const struct sockaddr *)&short_to : (const struct sockaddr *)to;
	scoped_fd int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, address, v4 ? sizeof(short_to) : sizeof(*to)) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Bytes that are no answer may come from anybody: the right one is waited for. */
static int ask(const struct sockaddr_in6 *to, const uint8_t *query, size_t len, struct dns_answer *ret)
{
	uint8_t bytes[DNS_ANSWER_MAX];
	scoped_fd int fd = connect_to(to);
	int64_t until = clock_boot() + (int64_t)WAIT_MS * 1000000;

	if (fd < 0 || send(fd, query, len, MSG_NOSIGNAL) != (ssize_t)len)
		return -EAGAIN;
	for (int64_t left; (left = (until - clock_boot()) / 1000000) > 0;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -EAGAIN;
		int r = n < 0 ? -EPROTO : dns_answer(bytes, (size_t)n, query, len, ret);
		if (r != -EPROTO)
			return r;
	}
	return -EAGAIN;
}

static int ask_type(const struct resolve_servers *servers, const char *name, unsigned type, struct dns_answer *ret)
{
	uint8_t query[DNS_QUERY_MAX];
	uint16_t id = 0;
	int r = -EAGAIN;

	for (size_t i = 0; r == -EAGAIN && i < TRIES * servers->count; i++) {
		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return -EAGAIN;
		int len = dns_query(name, id, type, query);
		r = len < 0 ? len : ask(&servers->at[i % servers->count], query, (size_t)len, ret);
	}
	return r;
}

int resolve_name(const struct resolve_servers *servers, const char *name, struct resolved *ret, struct err *e)
{
	static const unsigned types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
	int bad = 0;

	*ret = (struct resolved){.ttl_s = UINT32_MAX};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct dns_answer answer;
		int r = ask_type(servers, name, types[i], &answer);
		bad = r < 0 ? r : bad;
		if (r < 0)
			continue;
		memcpy(ret->addresses[ret->count], answer.addresses, answer.count * 16);
		ret->count += answer.count;
		if (answer.count && answer.ttl_s < ret->ttl_s)
			ret->ttl_s = answer.ttl_s;
	}
	if (ret->count)
		return 0;
	if (bad == -EINVAL)
		return err_set(e, -EADDRNOTAVAIL, "%s: it is no name that can be looked up", name);
	return bad < 0 ? err_set(e, -EAGAIN, "%s: no name server of /etc/resolv.conf could tell its address", name)
		       : err_set(e, -EADDRNOTAVAIL, "%s: it has no address", name);
}
