/* SPDX-License-Identifier: Apache-2.0 */
/* Name servers as resolv.conf(5) has them, and one of our own that answers, lies, or says nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "resolve.h"

static void servers(void **state)
{
	struct resolve_servers s;
	char text[INET6_ADDRSTRLEN];
	resolve_servers_read(
		"# x\nnameserver 10.0.0.1\nsearch a b\nnameserver\tfd00::1 \nnameservers 1.1.1.1\nnameserver x\n"
		"nameserver 10.0.0.3\nnameserver 10.0.0.4",
		&s);
	assert_int_equal(s.count, 3);
	assert_string_equal(inet_ntop(AF_INET6, &s.at[0].sin6_addr, text, sizeof(text)), "::ffff:10.0.0.1");
	assert_string_equal(inet_ntop(AF_INET6, &s.at[1].sin6_addr, text, sizeof(text)), "fd00::1");
	assert_int_equal(ntohs(s.at[2].sin6_port), 53);
	resolve_servers_read("", &s);
	assert_int_equal(s.count, 1);
	assert_string_equal(inet_ntop(AF_INET6, &s.at[0].sin6_addr, text, sizeof(text)), "::ffff:127.0.0.1");
	resolve_servers_load(&s);
	assert_true(s.count > 0);
}

/* Answers each question for an A record with 10.0.0.7, after a packet with a wrong number; of AAAA there is none; "gone" is not there. */
static void serve(int fd)
{
	uint8_t bytes[DNS_ANSWER_MAX];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);

	for (ssize_t n; (n = recvfrom(fd, bytes, 512, 0, (struct sockaddr *)&from, &size)) > 40;) {
		size_t end = (size_t)n - 11;
		bool v4 = bytes[end - 3] == DNS_TYPE_A, gone = bytes[13] == 'g', mute = bytes[13] == 'm';
		bytes[2] = 0x81;
		bytes[3] = gone ? 0x83 : 0x80;
		bytes[7] = v4 && !gone;
		bytes[11] = 0;
		memcpy(bytes + end, "\xc0\x0c\0\1\0\1\0\0\0\x05\0\4\xa\0\0\x07", 16);
		if (mute)
			continue;
		bytes[0] ^= 1;
		ignore(sendto(fd, bytes, end + 16, 0, (struct sockaddr *)&from, size));
		bytes[0] ^= 1;
		ignore(sendto(fd, bytes, end + 16, 0, (struct sockaddr *)&from, size));
	}
	_exit(0);
}

static void questions(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(at);
	struct resolve_servers s;
	struct resolved r;
	struct err e = {0};

	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(bind(fd, (struct sockaddr *)&at, size) == 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	pid_t pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	resolve_servers_read("nameserver 127.0.0.1\n", &s);
	s.at[0].sin6_port = at.sin_port;
	assert_int_equal(resolve_name(&s, "db.example.com", &r, &e), 0);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.ttl_s, 5);
	assert_memory_equal(r.addresses[0] + 12, "\xa\0\0\x07", 4);
	assert_int_equal(resolve_name(&s, "gone.example.com", &r, &e), -EADDRNOTAVAIL);
	assert_int_equal(resolve_name(&s, "a..b", &r, &e), -EADDRNOTAVAIL);
	assert_int_equal(resolve_name(&s, "mute.example.com", &r, &e), -EAGAIN);
	assert_non_null(strstr(err_text(&e), "no name server"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(resolve_name(&s, "db.example.com", &r, &e), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(servers), cmocka_unit_test(questions)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
