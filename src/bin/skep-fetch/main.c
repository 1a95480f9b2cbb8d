/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep-fetch URL: what lies at an HTTP or HTTPS address, to the standard output. A program of its own because libcurl
 * cannot be linked statically here, and so that skep itself has no code that reaches a network. Before the first byte
 * comes it gives up what it does not need: users' rights, capabilities, every file but those that name hosts and
 * authorities.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>

#include "base/path.h"
#include "base/str.h"
#include "priv/sandbox.h"
#include "transfer.h"

#define BYTES_MAX (8ull << 30)
#define CA_BYTES_MAX (4u << 20)
#define MEMORY_BYTES (1024ull << 20)
#define NOBODY 65534

enum { FETCHED, FAILED, USAGE, NOT_THERE, TOO_LARGE };

static const char usage[] = "usage: skep-fetch [OPTION...] URL >FILE\n\n"
			    "  --from BYTES     FILE has these already\n"
			    "  --max BYTES      of the whole; more is an error\n"
			    "  --ca FILE        authorities (PEM) instead of the system's\n"
			    "  --accept TYPES   media types\n"
			    "  --plain          HTTP without TLS too\n"
			    "  --registry       get a token when asked for one\n\n"
			    "exit codes: 1 it was not fetched, 2 usage, 3 it is not there, 4 it is larger than --max\n";

static int read_ca(const char *path, struct buf *ca)
{
	int r = path_read_file(AT_FDCWD, path, ca);

	if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
	return r;
}

/* Files that name hosts and authorities, and the libraries that read them. */
static int confine(const struct transfer *t, struct err *e)
{
	static const char *const folders[] = {"/etc", "/usr", "/run", "/lib"};
	struct priv_sandbox box = {.root_fd = -1,
				   .network = true,
				   .user = geteuid() == 0 ? NOBODY : 0,
				   .memory_bytes = MEMORY_BYTES,
				   .file_bytes = t->max};
	pid_t parent = getppid();

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		int fd = open(folders[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			box.folders[box.folder_count++] = (struct priv_folder){fd, false};
	}
	int r = priv_confine(&box, e);
	for (size_t i = 0; i < box.folder_count; i++)
		close(box.folders[i].fd);
	/* Whoever wants the bytes is gone: so is this. Another user's rights would have ended it. */
	if (r == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent))
		r = err_set(e, -ESRCH, "the process that started this has ended");
	return r;
}

static int read_options(int argc, char **argv, struct transfer *t, struct buf *ca)
{
	static const struct option options[] = {
		{"from", required_argument, NULL, 'f'},
		{"max", required_argument, NULL, 'm'},
		{"ca", required_argument, NULL, 'c'},
		{"accept", required_argument, NULL, 'a'},
		{"plain", no_argument, NULL, 'p'},
		{"registry", no_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	int o, r = 0;

	while (r == 0 && (o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (o == 'f')
			r = str_to_u64(optarg, BYTES_MAX, &t->have);
		else if (o == 'm')
			r = str_to_u64(optarg, BYTES_MAX, &t->max);
		else if (o == 'a')
			t->accept = optarg;
		else if (o == 'p')
			t->plain = true;
		else if (o == 'r')
			t->registry = true;
		else if (o == 'c' && (r = read_ca(optarg, ca)) == 0)
			t->ca = ca;
		else if (o != 'c')
			r = -EINVAL;
	}
	if (r < 0 || optind + 1 != argc || t->have > t->max)
		return -EINVAL;
	t->url = argv[optind];
	return 0;
}

static int fetch(struct transfer *t, struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, -EIO, "cannot set up a transfer");
	int r = confine(t, e);
	return r < 0 ? r : transfer_run(t, e);
}

int main(int argc, char **argv)
{
	SCOPED(buf) struct buf ca = BUF_INIT(CA_BYTES_MAX);
	struct transfer t = {.fd = STDOUT_FILENO, .max = BYTES_MAX};
	struct err e = {0};

	if (read_options(argc, argv, &t, &ca) < 0) {
		fputs(usage, stderr);
		return USAGE;
	}
	int r = fetch(&t, &e);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", t.url, err_text(&e));
	return r == 0 ? FETCHED : r == -ENOENT ? NOT_THERE : r == -EFBIG ? TOO_LARGE : FAILED;
}
