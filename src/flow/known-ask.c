/* SPDX-License-Identifier: Apache-2.0 */
/* Asking containerd by its own client, beside the reading of events. */
#include "known-ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ANSWER_BYTES_MAX = 256 << 10, SEARCH_SHARE = 10, SEARCH_NS_MAX = 1000000000 };

void known_question_set(struct known_question *q, const char *id, const char *socket, const char *space)
{
	snprintf(q->id, sizeof(q->id), "%s", id);
	snprintf(q->socket, sizeof(q->socket), "%s", socket);
	snprintf(q->space, sizeof(q->space), "%s", space);
}

void known_ask(struct known_asking *a, const struct known_question *q)
{
	size_t i = 0;
	char *const line[] = {(char *)"ctr",
			      (char *)"--address",
			      (char *)q->socket,
			      (char *)"--timeout",
			      (char *)"10s",
			      (char *)"--namespace",
			      (char *)q->space,
			      (char *)"containers",
			      (char *)"info",
			      (char *)q->id,
			      NULL};
	posix_spawn_file_actions_t files;

	while (i < KNOWN_ASKED_MAX && a->at[i].pid)
		i++;
	/* An id that looks like an option would be one. */
	if (i == KNOWN_ASKED_MAX || q->id[0] == '-')
		return;
	/* Not a pipe: nobody reads before the client has ended, and a long answer would wait for a reader. */
	int answer = memfd_create("answer", MFD_CLOEXEC);
	if (answer < 0)
		return;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, answer, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	pid_t pid = 0;
	int r = posix_spawnp(&pid, line[0], &files, NULL, line, environ);
	posix_spawn_file_actions_destroy(&files);
	if (r != 0) {
		close(answer);
		return;
	}
	a->at[i].pid = pid;
	a->at[i].answer = answer;
	snprintf(a->at[i].id, sizeof(a->at[i].id), "%s", q->id);
}

static int tell_answer(const char *id, int answer, known_fn *each, void *ctx)
{
	SCOPED(buf) struct buf text = BUF_INIT(ANSWER_BYTES_MAX), facts = BUF_INIT(EVENT_PARAMS_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	struct json_out o = JSON_OUT(&facts);
	const char *image = NULL;
	char part[4096];
	ssize_t n;

	for (off_t at = 0; (n = pread(answer, part, sizeof(part), at)) > 0; at += n)
		if (buf_add(&text, part, (size_t)n) < 0)
			return 0;
	if (buf_error(&text) < 0 || json_parse(buf_str(&text), text.len, JSON_LIMITS_CONFIG, &doc, NULL) < 0 ||
	    json_get_str(doc, "Image", &image, NULL) < 0 || !image)
		return 0;
	json_out_object(&o, NULL);
	json_out_str(&o, "id", id);
	json_out_str(&o, "type", "containerd");
	json_out_str(&o, "name", id);
	json_out_str(&o, "image", image);
	json_out_object_end(&o);
	return known_tell(&facts, each, ctx);
}

int known_answers(struct known_asking *a, known_fn *each, void *ctx)
{
	int r = 0;
	for (size_t i = 0; i < KNOWN_ASKED_MAX; i++) {
		int status;
		if (!a->at[i].pid || waitpid(a->at[i].pid, &status, WNOHANG) != a->at[i].pid)
			continue;
		if (r >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
			r = tell_answer(a->at[i].id, a->at[i].answer, each, ctx);
		close(a->at[i].answer);
		a->at[i].pid = 0;
	}
	return r;
}

bool known_may_search(struct known_asking *a, int64_t now)
{
	int64_t grown = a->looked ? (now - a->looked) / SEARCH_SHARE : SEARCH_NS_MAX;
	a->looked = now;
	a->left = a->left + grown > SEARCH_NS_MAX ? SEARCH_NS_MAX : a->left + grown;
	a->passed_over += a->left <= 0;
	return a->left > 0;
}

void known_searched(struct known_asking *a, int64_t began, int64_t now)
{
	a->left -= now - began;
}

void known_asking_done(struct known_asking *a)
{
	for (size_t i = 0; i < KNOWN_ASKED_MAX; i++)
		if (a->at[i].pid) {
			kill(a->at[i].pid, SIGKILL);
			waitpid(a->at[i].pid, NULL, 0);
			close(a->at[i].answer);
			a->at[i].pid = 0;
		}
}
