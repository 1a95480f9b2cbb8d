/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile storms take bounded memory, and what is still kept is right. */
#include "test-kit.h"

static void test_memory_is_bounded(void **state)
{
	for (uint32_t i = 0; i < 200000; i++) {
		fork_child(10, 100, 1000 + i, 1000 + i);
		pass();
	}
	assert_true(detect_stats(d).processes <= 65536);
	assert_true(detect_stats(d).forgotten > 0);
}

static void test_a_long_line_keeps_its_near_end(void **state)
{
	exec(1000, 1000, 1, 1, "/usr/sbin/nginx");
	pass();
	for (uint32_t i = 1000; i < 1200; i++) {
		fork_child(i, i, i + 1, i + 1);
		pass();
		begin(WATCH_EXIT, i, i);
		pass();
		begin(__NR_unlink, i + 1, i + 1);
		take();
		assert_string_equal(get("proc.pname"), "nginx");
		detect_end(d);
	}
	assert_true(detect_stats(d).forgotten > 0);
	begin(WATCH_EXIT, 1200, 1200); /* nobody is left, nor is anybody's memory */
	pass();
	assert_int_equal(detect_stats(d).processes, 0);
}

/* Many programs with long arguments: each is judged by all of them, and kept by its first ones once there is no room. */
static void test_long_arguments_are_kept_while_there_is_room(void **state)
{
	struct event_exec x = {.ppid = 90000};
	char args[4000];
	size_t first = 0;
	memset(args, 'x', sizeof(args));
	args[sizeof(args) - 1] = '\0';
	for (uint32_t i = 1; i <= 20000; i++) {
		begin(__NR_execve, i, i);
		add(EVENT_P_EXEC, 0, &x, sizeof(x));
		add_text(EVENT_P_COMM, "storm");
		add(EVENT_P_ARGV, 0, args, sizeof(args));
		take();
		if (i % 1000 == 0)
			assert_int_equal(strlen(get("proc.cmdline")), strlen("storm"));
		assert_int_equal(strlen(get("proc.exe")), sizeof(args) - 1);
		detect_end(d);
		if (!first && detect_stats(d).forgotten)
			first = i;
	}
	assert_in_range(first, 400, 5000);
	begin(__NR_unlink, 20000, 20000);
	take();
	assert_string_equal(get("proc.name"), "storm");
	assert_in_range(strlen(get("proc.exe")), 24, 256);
	detect_end(d);
	begin(__NR_unlink, 1, 1);
	take();
	assert_int_equal(strlen(get("proc.exe")), sizeof(args) - 1);
	detect_end(d);
}

static void test_containers_that_never_come_are_forgotten(void **state)
{
	char text[128];
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "{\"id\":\"box%d\",\"name\":\"n%d\"}", i, i);
		tell_facts(text);
	}
	assert_in_range(detect_stats(d).containers, 100, 1000);
	assert_true(detect_stats(d).forgotten > 19000);
	/* The last that was told of is there, and one that lives finds room. */
	tell_facts("{\"id\":\"box19999\",\"name\":\"last\",\"cgroups\":[{\"id\":7,\"v2\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.name"), "last");
	detect_end(d);
	/* It is over when its cgroup and its processes are. */
	unsigned with = detect_stats(d).containers;
	cgroup(WATCH_CGROUP_GONE, 7, 0, "/x");
	assert_int_equal(detect_stats(d).containers, with);
	begin(WATCH_EXIT, 10, 100);
	pass();
	assert_int_equal(detect_stats(d).containers, with - 1);
}

/* Names of users are a container's own words: those of many containers take no more room than there is. */
static void test_names_of_users_are_bounded(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(EVENT_PARAMS_MAX);
	char path[128];
	for (uint32_t i = 0; i < 700; i++) {
		struct json_out o = JSON_OUT(&text);
		snprintf(path, sizeof(path), "/docker/%064x", i);
		cgroup(WATCH_CGROUP_NEW, 1000 + i, 0, path);
		text.len = 0;
		json_out_object(&o, NULL);
		json_out_str(&o, "id", path + strlen("/docker/"));
		json_out_array(&o, "users");
		for (unsigned k = 0; k < 400; k++) {
			json_out_array(&o, NULL);
			json_out_u64(&o, NULL, k);
			json_out_str(&o, NULL, "a-user-with-a-name");
			json_out_array_end(&o);
		}
		json_out_array_end(&o);
		json_out_object_end(&o);
		begin(WATCH_USERS, 0, 0);
		add_json(buf_str(&text));
		assert_int_equal(detect_tell(d, event), 0);
	}
	assert_true(detect_stats(d).forgotten > 100);
	begin(__NR_unlink, 10, 100);
	event->cgroup = 1000;
	event->uid = 5;
	take();
	assert_string_equal(get("user.name"), "a-user-with-a-name");
	detect_end(d);
	begin(__NR_unlink, 11, 110);
	event->cgroup = 1000 + 699;
	event->uid = 5;
	take();
	assert_string_equal(get("user.name"), "<NA>"); /* not the host's */
	detect_end(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_is_bounded),
		TEST(test_a_long_line_keeps_its_near_end),
		TEST(test_long_arguments_are_kept_while_there_is_room),
		TEST(test_containers_that_never_come_are_forgotten),
		TEST(test_names_of_users_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
