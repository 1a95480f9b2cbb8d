/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model/event.h"

struct record {
	_Alignas(8) char bytes[EVENT_SIZE_MAX];
};

static void test_round_trip(void **state)
{
	static struct record r;
	struct event *event = (void *)r.bytes;
	struct event_view view;
	struct event_file file = {.ino = 7, .mode = 0100644}, got;
	char path[64];

	event_begin(event, 257);
	assert_int_equal(event_add(event, sizeof(r), &(struct event_piece){EVENT_P_PATH, .bytes = "a/b", .length = 4}),
			 0);
	assert_int_equal(event_add_path(event, sizeof(r),
					(struct event_piece){EVENT_P_FILE, EVENT_AT_ROOT, &file, sizeof(file)},
					"/srv//a/b"),
			 0);
	assert_int_equal(event_add_path(event, sizeof(r), (struct event_piece){EVENT_P_CWD, EVENT_AT_ROOT}, "/"), 0);
	assert_int_equal(event_view(event, event->size, &view), 0);
	assert_string_equal(event_text(&view, EVENT_P_PATH), "a/b");
	memcpy(&got, event_fixed(&view, EVENT_P_FILE, sizeof(file)), sizeof(got));
	assert_int_equal(got.ino, 7);
	assert_int_equal(event_path(&view, EVENT_P_FILE, sizeof(file), path, sizeof(path)), 8);
	assert_string_equal(path, "/srv/a/b");
	assert_int_equal(event_path(&view, EVENT_P_CWD, 0, path, sizeof(path)), 1);
	assert_string_equal(path, "/");
	assert_int_equal(event_path(&view, EVENT_P_FILE, sizeof(file), path, 8), -ENAMETOOLONG);
	assert_int_equal(event_path(&view, EVENT_P_DIR, 0, path, sizeof(path)), -ENOENT);
	assert_null(event_fixed(&view, EVENT_P_SOCK, 1));
	assert_null(event_fixed(&view, EVENT_P_PATH, 5));
}

static void test_unrooted_path_is_none(void **state)
{
	static struct record r;
	struct event *event = (void *)r.bytes;
	struct event_view view;
	char path[64];

	event_begin(event, 257);
	assert_int_equal(event_add_path(event, sizeof(r), (struct event_piece){EVENT_P_DIR, EVENT_UNMOUNTED}, "/pipe"),
			 0);
	assert_int_equal(event_view(event, event->size, &view), 0);
	assert_int_equal(event_path(&view, EVENT_P_DIR, 0, path, sizeof(path)), -ENOENT);
}

static void test_lying_records_are_refused(void **state)
{
	static struct record r;
	struct event *event = (void *)r.bytes;
	struct event_view view;

	event_begin(event, 257);
	assert_int_equal(event_add(event, sizeof(r), &(struct event_piece){EVENT_P_PATH, .bytes = "abc", .length = 4}),
			 0);
	uint32_t size = event->size;
	assert_int_equal(event_view(event, size - 8, &view), -EPROTO);
	assert_int_equal(event_view(r.bytes, 8, &view), -EPROTO);
	event->type = WATCH_TYPES;
	assert_int_equal(event_view(event, size, &view), -EPROTO);
	event->type = 1;
	((struct event_param *)(event + 1))->length = 9;
	assert_int_equal(event_view(event, size, &view), -EPROTO);
	((struct event_param *)(event + 1))->length = 4;
	((struct event_param *)(event + 1))->kind = 999; /* a later version's: passed over */
	assert_int_equal(event_view(event, size, &view), 0);
	event->size = size + 4;
	assert_int_equal(event_view(event, size + 4, &view), -EPROTO);
}

static void test_what_does_not_fit_is_marked(void **state)
{
	static struct record r;
	struct event *event = (void *)r.bytes;
	struct event_view view;

	event_begin(event, 1);
	assert_int_equal(event_add(event, sizeof(*event) + 16,
				   &(struct event_piece){EVENT_P_PATH, .bytes = "0123456789", .length = 11}),
			 -ENOBUFS);
	assert_true(event->flags & EVENT_CUT);
	assert_int_equal(event_view(event, event->size, &view), 0);
	assert_null(event_text(&view, EVENT_P_PATH));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_unrooted_path_is_none),
		cmocka_unit_test(test_lying_records_are_refused),
		cmocka_unit_test(test_what_does_not_fit_is_marked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
