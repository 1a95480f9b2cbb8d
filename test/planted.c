/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody can do who took over a parser: a reader for files called "planted" whose content names an act. It is
 * linked into skep-scan-planted, which only the tests have. An act that works says so in a remark; most end the worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../src/scan/readers.h"

static enum scan_want wants(const struct scan_file *f)
{
	return strcmp(f->base, "planted") == 0 ? SCAN_YES : SCAN_NO;
}

static bool read_host(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ||
	       open("../../../etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ||
	       open("/proc/1/environ", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool write_file(void)
{
	return open("planted-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ||
	       open("/tmp/planted-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool open_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool signal_parent(void)
{
	return kill(getppid(), SIGTERM) == 0 || kill(-1, SIGTERM) == 0;
}

static bool run_program(void)
{
	char *const args[] = {(char *)"sh", NULL};

	return execv("/bin/sh", args) == 0;
}

static bool make_process(void)
{
	return fork() >= 0;
}

static bool trace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool crash(void)
{
	abort();
}

static bool take_memory(void)
{
	for (int i = 0; i < 4096; i++) {
		void *p = malloc(16u << 20);
		if (!p)
			return false;
		memset(p, 1, 16u << 20);
	}
	return true;
}

static int read_planted(struct scan_out *o, const struct scan_file *f, struct err *e)
{
	static const struct {
		const char *name;
		bool (*act)(void);
	} acts[] = {{"read", read_host},   {"write", write_file},  {"socket", open_socket}, {"signal", signal_parent},
		    {"exec", run_program}, {"fork", make_process}, {"trace", trace},	    {"code", make_code},
		    {"crash", crash},	   {"memory", take_memory}};

	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (f->len >= strlen(acts[i].name) && memcmp(f->data, acts[i].name, strlen(acts[i].name)) == 0)
			scan_remark(o, MODEL_REMARK_MALWARE, acts[i].act() ? "planted-worked" : "planted-failed",
				    SCAN_AT(f->path), "%s", acts[i].name);
	return 0;
}

const struct scan_reader scan_planted = {
	.name = "planted",
	.wants = wants,
	.bytes_max = 4096,
	.read = read_planted,
};
