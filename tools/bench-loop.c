/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops whose cost sensors and profiles change, for tools/bench-sensors and tools/bench-prevent: "bench-loop KIND COUNT" prints the
 * nanoseconds of processor time that one turn took, children included.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static double used(int who)
{
	struct rusage r;
	getrusage(who, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e9 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e3;
}

static void opens(long count)
{
	for (long i = 0; i < count; i++)
		close(open("/etc/hostname", O_RDONLY));
}

static void execs(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
}

static void connects(long count)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger at_once = {1, 0};
	socklen_t length = sizeof(to);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server, (void *)&to, length) < 0 || listen(server, 64) < 0 ||
	    getsockname(server, (void *)&to, &length) < 0)
		exit(1);
	for (long i = 0; i < count; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(client, (void *)&to, sizeof(to)) < 0)
			exit(1);
		int accepted = accept(server, NULL, NULL);
		setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(client);
		close(accepted);
	}
}

/* What a profile refuses, and the same where it does not. */
static void opens_other(long count)
{
	for (long i = 0; i < count; i++)
		close(open("/etc/other", O_RDONLY));
}

static void datagrams(long count, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (long i = 0; i < count; i++)
		connect(fd, (void *)&to, sizeof(to));
	close(fd);
}

static void datagrams_listed(long count)
{
	datagrams(count, 53);
}

static void datagrams_other(long count)
{
	datagrams(count, 54);
}

static void nothings(long count)
{
	for (long i = 0; i < count; i++)
		getppid();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(long count);
	} kinds[] = {{"open", opens},
		     {"exec", execs},
		     {"connect", connects},
		     {"nothing", nothings},
		     {"open-other", opens_other},
		     {"datagram", datagrams_listed},
		     {"datagram-other", datagrams_other}};
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	double start = used(RUSAGE_SELF) + used(RUSAGE_CHILDREN);
	if (count <= 0)
		return 2;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kinds[i].run(count);
	printf("%.1f\n", (used(RUSAGE_SELF) + used(RUSAGE_CHILDREN) - start) / (double)count);
	return 0;
}
