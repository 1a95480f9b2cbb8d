/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What io_uring is asked to do: opens with their result and the file that they got, other names by where they lead. Each request is made
 * by a child. Needs root and a kernel with io_uring; skipped without.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sense/sense.h"

static struct sense *sense;
static char folder[] = "/tmp/test-uring-XXXXXX";

/* The events of one child, and the last of them. */
struct told {
	unsigned type;
	pid_t pid;
	unsigned count;
	struct event event;
	char name[EVENT_PATH_MAX], file[EVENT_PATH_MAX], found[EVENT_PATH_MAX];
};

static int take(void *ctx, const struct event *event)
{
	struct told *t = ctx;
	struct event_view view;
	assert_int_equal(event_view(event, event->size, &view), 0);
	if (event->type != t->type || event->pid != (uint32_t)t->pid || !(event->flags & EVENT_IO_URING))
		return 0;
	const char *name = event_text(&view, EVENT_P_PATH);
	t->count++;
	t->event = *event;
	snprintf(t->name, sizeof(t->name), "%s", name ? name : "none");
	if (event_path(&view, EVENT_P_FILE, sizeof(struct event_file), t->file, sizeof(t->file)) < 0)
		snprintf(t->file, sizeof(t->file), "none");
	if (event_path(&view, EVENT_P_FOUND, 0, t->found, sizeof(t->found)) < 0)
		snprintf(t->found, sizeof(t->found), "none");
	return 0;
}

/* Hands over one request and waits for its end; the child exits 2 where there is no io_uring. */
static int ask(struct io_uring_sqe request)
{
	struct io_uring_params p = {0};
	int ring = (int)syscall(__NR_io_uring_setup, 4, &p);
	if (ring < 0)
		_exit(2);
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
			IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
			MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqes =
		mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	unsigned wait_for = request.flags & IOSQE_CQE_SKIP_SUCCESS ? 0 : 1;
	sqes[0] = request;
	((unsigned *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring, 1, wait_for, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		_exit(2);
	return wait_for ? ((struct io_uring_cqe *)(cq + p.cq_off.cqes))[0].res : 0;
}

static void skipped(const char *reason)
{
	print_message("skipped: %s\n", reason);
	skip();
}

static struct told tell(unsigned type, struct io_uring_sqe request)
{
	static struct told t;
	t = (struct told){.type = type};
	pid_t pid = fork();
	if (pid == 0)
		_exit(chdir(folder) == 0 && ask(request) >= -ENOENT ? 0 : 1);
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WEXITSTATUS(status) == 2)
		skipped("no io_uring on this kernel");
	assert_int_equal(status, 0);
	t.pid = pid;
	for (int i = 0; i < 50 && !t.count; i++)
		assert_true(sense_read(sense, 20, take, &t) >= 0);
	assert_true(sense_read(sense, 50, take, &t) >= 0);
	assert_int_equal(t.count, 1); /* told once */
	return t;
}

static const char *below(const char *path)
{
	static char text[EVENT_PATH_MAX];
	snprintf(text, sizeof(text), "%s/%s", folder, path);
	return text;
}

static struct io_uring_sqe open_of(const char *path, unsigned flags)
{
	return (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
				     .flags = (uint8_t)flags,
				     .fd = AT_FDCWD,
				     .addr = (unsigned long)path,
				     .open_flags = O_RDWR};
}

static void test_open_through_a_link(void **state)
{
	struct told t = tell(__NR_openat, open_of("link/file", 0));
	if (t.event.flags & EVENT_NO_RESULT)
		skipped("this kernel does not tell when a request ends");
	assert_true(t.event.ret >= 0);
	assert_string_equal(t.name, "link/file");
	assert_string_equal(t.file, below("dir/file"));
	assert_int_equal(t.event.args[2] & O_ACCMODE, O_RDWR);
	assert_int_equal((int)t.event.args[0], AT_FDCWD);
}

static void test_open_by_a_worker(void **state)
{
	struct told t = tell(__NR_openat, open_of("link/file", IOSQE_ASYNC));
	if (t.event.flags & EVENT_NO_RESULT)
		skipped("this kernel does not tell when a request ends");
	assert_string_equal(t.file, below("dir/file"));
}

static void test_open_that_fails(void **state)
{
	struct told t = tell(__NR_openat, open_of("dir/no", 0));
	if (t.event.flags & EVENT_NO_RESULT)
		skipped("this kernel does not tell when a request ends");
	assert_int_equal(t.event.ret, -ENOENT);
	assert_string_equal(t.name, "dir/no");
	assert_string_equal(t.file, "none");
}

/* Nobody is told of its end: it is told when it is handed over, by where the name leads then. */
static void test_open_without_a_word(void **state)
{
	struct told t = tell(__NR_openat, open_of("to-file", IOSQE_CQE_SKIP_SUCCESS));
	assert_true(t.event.flags & EVENT_NO_RESULT);
	assert_int_equal((int)t.event.args[0], AT_FDCWD);
	assert_string_equal(t.found, below("dir/file"));
}

static void test_unlink_through_a_link(void **state)
{
	int fd = open(below("dir/gone"), O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	struct told t = tell(__NR_unlinkat, (struct io_uring_sqe){.opcode = IORING_OP_UNLINKAT,
								  .fd = AT_FDCWD,
								  .addr = (unsigned long)"link/gone"});
	assert_string_equal(t.name, "link/gone");
	assert_string_equal(t.found, below("dir/gone"));
	assert_int_equal((int)t.event.args[0], AT_FDCWD);
	struct stat st;
	assert_int_equal(stat(below("dir/gone"), &st), -1);
}

static int open_sense(void **state)
{
	static struct sense_config config;
	struct err e = {0};
	if (!mkdtemp(folder) || mkdir(below("dir"), 0755) < 0 || symlink("dir", below("link")) < 0 ||
	    symlink("link/file", below("to-file")) < 0)
		return -1;
	int fd = open(below("dir/file"), O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || close(fd) < 0)
		return -1;
	config.wanted[__NR_openat] = config.wanted[__NR_unlinkat] = SENSE_ALL;
	return sense_open(&sense, &config, &e);
}

static int close_sense(void **state)
{
	sense_close(sense);
	unlink(below("dir/file"));
	unlink(below("link"));
	unlink(below("to-file"));
	rmdir(below("dir"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_through_a_link),   cmocka_unit_test(test_open_by_a_worker),
		cmocka_unit_test(test_open_that_fails),	      cmocka_unit_test(test_open_without_a_word),
		cmocka_unit_test(test_unlink_through_a_link),
	};
	if (geteuid() != 0)
		return 77;
	return cmocka_run_group_tests(tests, open_sense, close_sense);
}
