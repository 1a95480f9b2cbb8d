/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hole in a program: whoever sends it "door:ACT" makes it act, as an attacker does whose code runs in it. Preloaded into a program it
 * looks at what that receives and answers on the same socket; built as a program of its own it is a CGI script with the same hole.
 * Until the words come it makes no call that the program itself does not make.
 *
 *   shell            a shell runs
 *   drop FOLDER      a program is written there and run
 *   load FOLDER      one is written there and mapped as code, as the dynamic loader does
 *   read FILE        a file is read
 *   connect ADDRESS PORT
 *   append FILE      a file gets one more line
 *
 * The answer is one line: "done" or the name of the error.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER = 42, WORDS = 4, LINE = 256, MORE = 4096 };

/* A whole program: exit(42). */
static const unsigned char
	small[] =
		{
			0x7f, 'E',  'L',  'F',	2,  1, 1,  0, 0,    0,	0,    0, 0, 0,	  0,	  0,
			2,    0,    62,	  0,	1,  0, 0,  0, 0x78, 0,	0x40, 0, 0, 0,	  0,	  0, /* entry */
			64,   0,    0,	  0,	0,  0, 0,  0, 0,    0,	0,    0, 0, 0,	  0,	  0,
			0,    0,    0,	  0,	64, 0, 56, 0, 1,    0,	0,    0, 0, 0,	  0,	  0,
			1,    0,    0,	  0,	5,  0, 0,  0, 0,    0,	0,    0, 0, 0,	  0,	  0,
			0,    0,    0x40, 0,	0,  0, 0,  0, 0,    0,	0x40, 0, 0, 0,	  0,	  0, /* one segment */
			0x84, 0,    0,	  0,	0,  0, 0,  0, 0x84, 0,	0,    0, 0, 0,	  0,	  0,
			0,    0x10, 0,	  0,	0,  0, 0,  0, 0xb8, 60, 0,    0, 0, 0xbf, ANSWER, 0,
			0,    0,    0x0f, 0x05, /* mov eax, 60; mov edi, 42; syscall */
};

/* The program may wait for children itself, when it hears of their end. */
static int wait_for(pid_t child, int *status)
{
	while (waitpid(child, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int run(char *const argv[])
{
	int status = 0;
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid_t child = fork();
	if (child == 0) {
		execv(argv[0], argv);
		_exit(errno);
	}
	int bad = child < 0 ? -errno : wait_for(child, &status);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (bad < 0)
		return bad;
	if (!WIFEXITED(status))
		return -EINTR;
	return WEXITSTATUS(status) == ANSWER ? 0 : -WEXITSTATUS(status);
}

static int shell(char **w)
{
	return run((char *[]){"/bin/sh", "-c", "exit 42", NULL});
}

static int put(const char *folder, char path[LINE])
{
	snprintf(path, LINE, "%s/dropped", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	int bad = fd < 0 || write(fd, small, sizeof(small)) != sizeof(small) ? -errno : 0;
	close(fd);
	return bad;
}

static int drop(char **w)
{
	char path[LINE];
	int bad = put(w[1], path);
	return bad ? bad : run((char *[]){path, NULL});
}

static int load(char **w)
{
	char path[LINE];
	int bad = put(w[1], path), fd = bad ? -1 : open(path, O_RDONLY);

	if (fd < 0)
		return bad ? bad : -errno;
	void *code = mmap(NULL, sizeof(small), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	bad = code == MAP_FAILED ? -errno : 0;
	close(fd);
	return bad;
}

static int get(char **w)
{
	char byte;
	int fd = open(w[1], O_RDONLY);
	/* The call itself: read(3) is our own here. */
	int bad = fd < 0 || syscall(SYS_read, fd, &byte, 1) != 1 ? -errno : 0;
	close(fd);
	return bad;
}

static int reach(char **w)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)strtoul(w[2], NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, w[1], &to.sin_addr);
	int bad = fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
	close(fd);
	return bad;
}

static int append(char **w)
{
	int fd = open(w[1], O_WRONLY | O_APPEND);
	int bad = fd < 0 || write(fd, "\n", 1) != 1 ? -errno : 0;
	close(fd);
	return bad;
}

static const struct {
	const char *name;
	int words;
	int (*act)(char **words);
} acts[] = {{"shell", 1, shell}, {"drop", 2, drop},	{"load", 2, load},
	    {"read", 2, get},	 {"connect", 3, reach}, {"append", 2, append}};

/* Words are parted by colons: they go through addresses of web pages and through other protocols. */
static const char *perform(char *text)
{
	char *words[WORDS] = {NULL}, *rest = NULL;
	int count = 0;

	for (char *word = strtok_r(text, ":", &rest); word && count < WORDS; word = strtok_r(NULL, ":", &rest))
		words[count++] = word;
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		if (!count || strcmp(words[0], acts[i].name) != 0 || count < acts[i].words)
			continue;
		int bad = acts[i].act(words);
		return bad ? strerrorname_np(-bad) ? strerrorname_np(-bad) : "failed" : "done";
	}
	return "unknown";
}

/* What stands behind "door:" up to a blank or the end of a line. */
static int find(const char *data, size_t size, char line[LINE])
{
	const char *at = memmem(data, size, "door:", 5);

	if (!at)
		return 0;
	size_t len = 0, left = size - (size_t)(at + 5 - data);
	while (len < left && len < LINE - 1 && at[5 + len] > ' ' && at[5 + len] != ';')
		len++;
	memcpy(line, at + 5, len);
	line[len] = '\0';
	return 1;
}

#ifdef DOOR_CGI

int main(void)
{
	char line[LINE];
	const char *query = getenv("QUERY_STRING");

	printf("Content-Type: text/plain\r\n\r\n%s\n",
	       query && find(query, strlen(query), line) ? perform(line) : "nothing to do");
	return 0;
}

#else

static ssize_t look(int fd, const void *data, ssize_t size)
{
	char line[LINE], answer[LINE];

	if (size < 6 || size > MORE || !find(data, (size_t)size, line))
		return size;
	int len = snprintf(answer, sizeof(answer), "\ndoor: %s\n", perform(line));
	if (write(fd, answer, (size_t)len) < 0)
		return size;
	return size;
}

ssize_t read(int fd, void *data, size_t size)
{
	return look(fd, data, syscall(SYS_read, fd, data, size));
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
	return look(fd, data, syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL));
}

ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
	return read(fd, data, size);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
	return recv(fd, data, size, flags);
}

#endif
