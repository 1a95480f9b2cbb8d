/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the bus: what is written is what is read, anything else is refused, and the handshake ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bus.h"

/* A JobRemoved signal as systemd sends it. */
static void make_signal(struct buf *b)
{
	SCOPED(buf) struct buf body = BUF_INIT(4096);
	static const char start[] = {'l', BUS_SIGNAL, 1, 1};
	static const struct {
		char code;
		const char *type, *value;
	} fields[] = {{1, "o", "/org/freedesktop/systemd1"},
		      {2, "s", "org.freedesktop.systemd1.Manager"},
		      {3, "s", "JobRemoved"},
		      {8, "g", "uoss"}};

	bus_put_u32(&body, 7);
	bus_put_str(&body, "/org/freedesktop/systemd1/job/7");
	bus_put_str(&body, "skep-a.scope");
	bus_put_str(&body, "done");
	buf_add(b, start, sizeof(start));
	bus_put_u32(b, (uint32_t)body.len);
	bus_put_u32(b, 99);
	size_t mark = bus_array_open(b, 8);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		bus_align(b, 8);
		buf_add_char(b, fields[i].code);
		bus_put_signature(b, fields[i].type);
		if (fields[i].type[0] == 'g')
			bus_put_signature(b, fields[i].value);
		else
			bus_put_str(b, fields[i].value);
	}
	bus_array_close(b, mark, 8);
	bus_align(b, 8);
	buf_add(b, body.data, body.len);
	assert_int_equal(buf_error(b), 0);
}

static void reads_what_it_writes(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	struct bus_message m;

	make_signal(&b);
	assert_int_equal(bus_length(b.data), b.len);
	assert_int_equal(bus_decode(b.data, b.len, &m), 0);
	assert_int_equal(m.type, BUS_SIGNAL);
	assert_int_equal(m.serial, 99);
	assert_string_equal(m.member, "JobRemoved");
	assert_string_equal(m.interface, "org.freedesktop.systemd1.Manager");
	assert_string_equal(m.signature, "uoss");
	struct bus_reader r = {.data = m.body, .len = m.body_len};
	assert_int_equal(bus_get_u32(&r), 7);
	assert_string_equal(bus_get_str(&r), "/org/freedesktop/systemd1/job/7");
	assert_string_equal(bus_get_str(&r), "skep-a.scope");
	assert_string_equal(bus_get_str(&r), "done");
	assert_false(r.bad);
	assert_string_equal(bus_get_str(&r), "");
	assert_true(r.bad);
}

static void arrays_count_from_their_first_item(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(4096);

	size_t mark = bus_array_open(&b, 8);
	bus_put_u64(&b, 1);
	bus_array_close(&b, mark, 8);
	assert_int_equal(b.len, 16);
	assert_int_equal(b.data[0], 8);
	size_t empty = bus_array_open(&b, 8);
	bus_array_close(&b, empty, 8);
	assert_int_equal(b.data[16], 0);
}

/* Cut anywhere or changed anywhere, it is refused or still all inside. */
static void damaged_messages_stay_inside(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	struct bus_message m;

	make_signal(&b);
	for (size_t len = 0; len < b.len; len++)
		assert_true(bus_decode(b.data, len, &m) < 0);
	for (size_t i = 0; i < b.len; i++) {
		for (int value = 0; value < 256; value += 15) {
			char *copy = malloc(b.len);
			assert_non_null(copy);
			memcpy(copy, b.data, b.len);
			copy[i] = (char)value;
			if (bus_decode(copy, b.len, &m) == 0)
				assert_true(strlen(m.member) + strlen(m.signature) + m.body_len <= b.len);
			free(copy);
		}
	}
}

static void refuses_what_is_too_long_or_of_another_order(void **state)
{
	uint8_t header[16] = {'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};

	assert_int_equal(bus_length(header), 16);
	header[0] = 'B';
	assert_int_equal(bus_length(header), -EBADMSG);
	header[0] = 'l';
	header[7] = 0x7f;
	assert_int_equal(bus_length(header), -EMSGSIZE);
	header[7] = 0;
	header[14] = 2;
	assert_int_equal(bus_length(header), -EMSGSIZE);
}

static void a_bus_that_is_not_there_is_said(void **state)
{
	SCOPED(bus) struct bus b = BUS_INIT;
	struct err e = {0};

	assert_int_equal(bus_connect(&b, "/nonexistent/bus", false, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nonexistent/bus"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(arrays_count_from_their_first_item),
		cmocka_unit_test(damaged_messages_stay_inside),
		cmocka_unit_test(refuses_what_is_too_long_or_of_another_order),
		cmocka_unit_test(a_bus_that_is_not_there_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
