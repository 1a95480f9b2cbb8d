/* SPDX-License-Identifier: Apache-2.0 */
/* Whose process it is, and what is known of the container. */
#include "test-kit.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A process, already in the container's cgroup, starts a program: is it still the runtime? */
static void runs_in_cgroup(uint32_t pid, const char *path, uint64_t ino, const char *still)
{
	exec_file(pid, 10 * pid, path, ino);
	event->cgroup = 1;
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.id"), "0123456789ab");
	assert_string_equal(get("proc.is_runtime"), still);
	detect_end(d);
}

static void test_a_runtime_runs_itself(void **state)
{
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	exec_file(60, 600, "/usr/bin/runc", 5);
	pass();
	runs_in_cgroup(60, "/usr/bin/runc", 5, "true");
	runs_in_cgroup(60, "/", 5, "true"); /* from a mount in no tree */
	runs_in_cgroup(60, "/", 5, "false");
	runs_in_cgroup(60, "/bin/sh", 6, "false");
	runs_in_cgroup(60, "/bin/sh", 6, "false");
}

static void test_an_image_runs_the_runtime(void **state)
{
	struct event_child first = {.pid = 71, .tid = 71, .start = 710, .vpid = 1};
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	exec_file(70, 700, "/usr/bin/runc", 5);
	pass();
	begin(WATCH_FORK, 70, 700);
	add(EVENT_P_CHILD, 0, &first, sizeof(first));
	pass();
	runs_in_cgroup(71, "/", 5, "false"); /* its program is /proc/self/exe */
}

static void test_container(void **state)
{
	static const char facts[] =
		"{\"id\":\"" HEX
		"\",\"type\":\"docker\",\"name\":\"web\",\"image\":\"r:5000/a/b:1.2\",\"privileged\":true,"
		"\"mounts\":[{\"source\":\"/etc\",\"destination\":\"/"
		"host\",\"mode\":\"ro\",\"rw\":false,\"propagation\":\"rprivate\"}]}";
	static const char users[] =
		"{\"id\":\"" HEX
		"\",\"users\":[[100000,\"root\",\"/root\",\"/bin/sh\"]],\"groups\":[[100000,\"wheel\"]]}";
	cgroup(WATCH_CGROUP_NEW, 77, 4, "/docker/" HEX);
	begin(WATCH_CONTAINER, 1, 1);
	add(EVENT_P_TEXT, 0, facts, strlen(facts));
	pass();
	exec(20, 200, 1, 1, "/bin/sh");
	event->cgroup = 1;
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.id"), "0123456789ab");
	assert_string_equal(get("container.name"), "web");
	assert_true(detect_is_of(d, "web"));
	assert_false(detect_is_of(d, "we"));
	assert_string_equal(get("container.image.repository"), "r:5000/a/b");
	assert_string_equal(get("container.image.tag"), "1.2");
	assert_string_equal(get("container.type"), "docker");
	assert_string_equal(get("container.privileged"), "true");
	assert_string_equal(get("container.mount.dest[/etc]"), "/host");
	assert_string_equal(get("container.mount.dest[/proc*]"), "N/A");
	assert_string_equal(get("container.mounts"), "/etc:/host:ro:false:rprivate");
	assert_string_equal(get("proc.is_runtime"), "false");
	detect_end(d);
	/* The runtime's process in the container's cgroup, before it becomes the container's program. */
	exec(40, 400, 1, 1, "/usr/bin/runc");
	pass();
	begin(__NR_mount, 40, 400);
	event->cgroup_v1 = 77;
	take();
	assert_string_equal(get("container.name"), "web");
	assert_string_equal(get("proc.is_runtime"), "true");
	detect_end(d);
	begin(WATCH_USERS, 1, 1);
	add(EVENT_P_TEXT, 0, users, strlen(users));
	assert_int_equal(detect_tell(d, event), 0);
	/* It left the cgroup: it is of the container all the same, and so is its child. */
	fork_child(20, 200, 21, 210);
	pass();
	begin(__NR_setuid, 21, 210);
	event->args[0] = 100000;
	event->uid = 100000;
	take();
	assert_string_equal(get("container.name"), "web");
	assert_string_equal(get("evt.arg.uid"), "root");
	assert_string_equal(get("user.uid"), "0"); /* who asked */
	detect_end(d);
	begin(__NR_unlink, 21, 210);
	event->uid = 100000;
	take();
	assert_string_equal(get("user.uid"), "100000");
	assert_string_equal(get("user.name"), "root");
	assert_string_equal(get("user.homedir"), "/root");
	detect_end(d);
}

static void tell_names(const char *text)
{
	begin(WATCH_USERS, 1, 1);
	add(EVENT_P_TEXT, 0, text, strlen(text));
	assert_int_equal(detect_tell(d, event), 0);
}

/* Whoever has no name yet may have got one: asked for at once, and then ever more seldom. The host's names are no container's. */
static void test_users_are_asked_for_again(void **state)
{
	uint32_t pid;
	bool again;

	tell_names("{\"id\":\"\",\"users\":[[0,\"root\",\"/root\",\"/bin/sh\"]],\"groups\":[]}");
	exec(50, 500, 1, 1, "/bin/sh");
	take();
	assert_null(detect_unnamed(d, &pid, &again)); /* root is known */
	detect_end(d);
	event->type = __NR_setuid;
	begin(__NR_setuid, 50, 500);
	event->args[0] = 1234;
	event->uid = 1234;
	take();
	detect_end(d);
	for (int i = 0; i < 2; i++) {
		begin(__NR_unlink, 50, 500);
		event->uid = 1234;
		event->time = 6000000000 + (uint64_t)i;
		take();
		const char *id = detect_unnamed(d, &pid, &again);
		if (i == 0)
			assert_string_equal(id, "");
		else
			assert_null(id);
		assert_string_equal(get("user.name"), "<NA>");
		detect_end(d);
	}
	tell_names("{\"id\":\"\",\"users\":[[0,\"root\",\"/root\",\"/bin/sh\"],[1234,\"new\",\"/\",\"/bin/"
		   "sh\"]],\"groups\":[]}");
	begin(__NR_unlink, 50, 500);
	event->uid = 1234;
	take();
	assert_string_equal(get("user.name"), "new");
	detect_end(d);
	tell_facts("{\"id\":\"nameless\",\"cgroups\":[{\"id\":9,\"v2\":true}]}");
	begin(__NR_unlink, 60, 600);
	event->cgroup = 9;
	take();
	assert_string_equal(get("user.name"), "<NA>");
	detect_end(d);
	/* A program that starts does not wait for the next time: what was read before may have been another root. */
	for (int i = 0; i < 3; i++) {
		if (i < 2)
			exec(60, 600, 1, 1, "/bin/sh");
		else
			begin(__NR_unlink, 60, 600);
		event->cgroup = 9;
		event->time = 9000000000 + (uint64_t)i;
		take();
		const char *id = detect_unnamed(d, &pid, &again);
		if (i < 2)
			assert_string_equal(id ? id : "none", "nameless");
		else
			assert_null(id);
		detect_end(d);
	}
}

static void test_facts_are_those_of_the_last_record(void **state)
{
	tell_facts("{\"id\":\"box\",\"image\":\"a/b:c\",\"privileged\":true,\"cgroups\":[{\"id\":7,\"v2\":true}],"
		   "\"mounts\":[{\"source\":\"/from\",\"destination\":\"/to\",\"rw\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.mount.dest[/from]"), "/to");
	assert_string_equal(get("container.privileged"), "true");
	detect_end(d);
	tell_facts("{\"id\":\"box\",\"image\":5}"); /* a lie, which ends before its mounts */
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.mount.dest[/from]"), "N/A");
	assert_string_equal(get("container.image.repository"), "none");
	assert_string_equal(get("container.privileged"), "false");
	detect_end(d);
}

static void test_labels(void **state)
{
	tell_facts("{\"id\":\"box\",\"labels\":{\"a\":\"1\",\"io.kubernetes.pod.name\":\"pod\"},"
		   "\"cgroups\":[{\"id\":7,\"v2\":true}]}");
	begin(__NR_unlink, 10, 100);
	event->cgroup = 7;
	take();
	assert_string_equal(get("container.label[a]"), "1");
	assert_string_equal(get("container.label[b]"), "none");
	assert_string_equal(get("k8s.pod.name"), "pod");
	detect_end(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_runtime_runs_itself),
		TEST(test_an_image_runs_the_runtime),
		TEST(test_container),
		TEST(test_facts_are_those_of_the_last_record),
		TEST(test_labels),
		TEST(test_users_are_asked_for_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
