/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "recording.h"

enum { EVENTS = 20000 };

static char path[] = "/tmp/test-recording-XXXXXX";

struct seen {
	unsigned begun, events;
	struct recording_head head;
};

static int begin(void *ctx, const struct recording_head *head)
{
	struct seen *s = ctx;
	s->begun++;
	s->head = *head;
	return 0;
}

static int each(void *ctx, const struct event *event)
{
	struct seen *s = ctx;
	assert_int_equal(event->args[0], s->events);
	s->events++;
	return 0;
}

static void write_all(void)
{
	_Alignas(8) char bytes[256];
	struct event *event = (void *)bytes;
	struct recording *r;
	struct err e;
	assert_int_equal(recording_create(path, 42, "here", &r, &e), 0);
	for (unsigned i = 0; i < EVENTS; i++) {
		event_begin(event, 257);
		event->args[0] = i;
		assert_int_equal(event_add(event, sizeof(bytes),
					   &(struct event_piece){EVENT_P_PATH, .bytes = "/etc", .length = 5}),
				 0);
		assert_int_equal(recording_add(r, event, &e), 0);
	}
	assert_int_equal(recording_close(r, &e), 0);
}

static void test_round_trip(void **state)
{
	struct seen s = {0};
	struct err e;
	write_all();
	assert_int_equal(recording_read(path, begin, each, &s, &e), 0);
	assert_int_equal(s.begun, 1);
	assert_int_equal(s.events, EVENTS);
	assert_int_equal(s.head.boot, 42);
	assert_string_equal(s.head.hostname, "here");
}

static void test_cut_short(void **state)
{
	struct seen s = {0};
	struct err e;
	write_all();
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	assert_int_equal(ftruncate(fileno(f), ftell(f) - 10), 0);
	fclose(f);
	assert_int_equal(recording_read(path, begin, each, &s, &e), -EPROTO);
	assert_non_null(strstr(err_text(&e), "cut short"));
	assert_true(s.events > 0 && s.events < EVENTS);
}

static void test_damage(void **state)
{
	struct seen s = {0};
	struct err e;
	write_all();
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, 300, SEEK_SET);
	fputc(0x5a, f);
	fputc(0xa5, f);
	fclose(f);
	assert_int_equal(recording_read(path, begin, each, &s, &e), -EPROTO);
	assert_non_null(strstr(err_text(&e), "damaged"));
}

static void test_other_files(void **state)
{
	struct seen s = {0};
	struct err e;
	assert_int_equal(recording_read("/etc/passwd", begin, each, &s, &e), -EPROTO);
	assert_int_equal(recording_read("/no/such", begin, each, &s, &e), -ENOENT);
	assert_int_equal(s.begun, 0);
}

static int setup(void **state)
{
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_other_files),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
