/* SPDX-License-Identifier: Apache-2.0 */
/* Every form of a line, wrong ones, and what is found in the set. */
#include "hash-list.h"
#include "test-kit.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

struct made {
	void *bytes;
	struct hash_set set;
};

static struct made set_of(const char *text)
{
	struct hash_list l = HASH_LIST_INIT;
	struct hash_head head;
	struct made m = {0};
	struct err e = {0};

	if (hash_list_add(&l, "bad.txt", text, strlen(text), &e) < 0)
		fail_msg("%s", e.text);
	hash_list_finish(&l, &head);
	size_t entries = l.count * sizeof(*l.entries), len = sizeof(head) + entries + l.names.len;
	m.bytes = malloc(len);
	assert_non_null(m.bytes);
	memcpy(m.bytes, &head, sizeof(head));
	if (entries)
		memcpy((char *)m.bytes + sizeof(head), l.entries, entries);
	memcpy((char *)m.bytes + sizeof(head) + entries, l.names.data, l.names.len);
	hash_list_done(&l);
	assert_int_equal(0, hash_set_open(m.bytes, len, &m.set));
	return m;
}

static const char *find(const struct made *m, enum hash_kind k, const char *text)
{
	uint8_t digest[DIGEST_BYTES_MAX] = {0};

	if (!hash_set_asks(&m->set, k, strlen(text)))
		return NULL;
	assert_int_equal(0, digest_bytes(hash_kind_name(k), text, strlen(text), digest));
	return hash_set_find(&m->set, k, digest, strlen(text));
}

static void check(const char *list, enum hash_kind k, const char *name)
{
	struct made m = set_of(list);
	const char *found = find(&m, k, "abc");

	if (!name)
		assert_null(found);
	else if (!found || !str_eq(name, found))
		fail_msg("%s: %s", list, found ? found : "not found");
	free(m.bytes);
}

static void every_form(void **state)
{
	check(MD5_ABC, HASH_MD5, "bad.txt");
	check("# words\n\n  " MD5_ABC "  \r\n", HASH_MD5, "bad.txt");
	check(MD5_ABC " Evil.One", HASH_MD5, "Evil.One");
	check(SHA1_ABC ",Evil.Two", HASH_SHA1, "Evil.Two");
	check(SHA256_ABC "; Evil Three", HASH_SHA256, "Evil Three");
	check(SHA256_ABC "  *sample.bin\n", HASH_SHA256, "sample.bin");
	check("900150983CD24FB0D6963F7D28E17F72\tUPPER", HASH_MD5, "UPPER");
	check(MD5_ABC ":3:Clam.Hdb", HASH_MD5, "Clam.Hdb");
	check(SHA256_ABC ":3:Clam.Hsb:73", HASH_SHA256, "Clam.Hsb");
	check(SHA1_ABC ":*:Clam.Any:73\n", HASH_SHA1, "Clam.Any");
	check(MD5_ABC ":4:Clam.Hdb", HASH_MD5, NULL);
	check(MD5_ABC ":65539:Clam.Hdb", HASH_MD5, NULL); /* the same remainder */
	check("", HASH_MD5, NULL);
	check(SHA1_ABC, HASH_MD5, NULL);
	check(MD5_ABC " na\x01me", HASH_MD5, "na?me");
}

static void only_what_a_list_needs(void **state)
{
	struct made m = set_of(SHA1_ABC ":100:x\n" MD5_ABC "\n");

	assert_true(hash_set_asks(&m.set, HASH_MD5, 7));
	assert_true(hash_set_asks(&m.set, HASH_SHA1, 100));
	assert_false(hash_set_asks(&m.set, HASH_SHA1, 101));
	assert_false(hash_set_asks(&m.set, HASH_SHA256, 100));
	free(m.bytes);
}

static void many_are_sorted(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);

	for (unsigned i = 0; i < 2000; i++)
		buf_printf(&b, "%08x%024x%s\n", i * 2654435761u, i, i % 2 ? "" : "00000000");
	buf_add_str(&b, MD5_ABC " a\n" MD5_ABC ":3:b\n" SHA1_ABC " c\n" SHA256_ABC " d\n");
	struct made m = set_of(buf_str(&b));
	assert_int_equal(2004, m.set.head->count);
	for (size_t i = 1; i < 2004; i++)
		assert_true(m.set.entries[i - 1].kind < m.set.entries[i].kind ||
			    memcmp(m.set.entries[i - 1].digest, m.set.entries[i].digest, DIGEST_BYTES_MAX) <= 0);
	assert_non_null(find(&m, HASH_MD5, "abc"));
	assert_string_equal("c", find(&m, HASH_SHA1, "abc"));
	assert_string_equal("d", find(&m, HASH_SHA256, "abc"));
	assert_null(find(&m, HASH_SHA256, "abd"));
	free(m.bytes);
}

static void wrong_lines_say_where(void **state)
{
	static const char *const wrong[] = {"abc",	     MD5_ABC "0",	MD5_ABC "x",
					    MD5_ABC ":",     MD5_ABC ":x:name", MD5_ABC ":-1:name",
					    "name " MD5_ABC, "\"" MD5_ABC "\"", MD5_ABC ":99999999999999999999:name"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(4096);
		struct hash_list l = HASH_LIST_INIT;
		struct err e = {0};
		buf_printf(&b, "# one\n%s\n", wrong[i]);
		int r = hash_list_add(&l, "bad.txt", buf_str(&b), b.len, &e);
		hash_list_done(&l);
		if (r != -EINVAL || !str_starts_with(e.text, "bad.txt:2: "))
			fail_msg("%s: %d %s", wrong[i], r, e.text);
	}
}

static void long_lines_are_refused(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 16);
	struct hash_list l = HASH_LIST_INIT;
	struct err e = {0};

	buf_add_str(&b, MD5_ABC " ");
	for (int i = 0; i < HASH_LINE_MAX; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(-EINVAL, hash_list_add(&l, "bad.txt", buf_str(&b), b.len, &e));
	assert_non_null(strstr(e.text, "4096"));
	hash_list_done(&l);
}

static void damaged_sets_are_refused(void **state)
{
	struct made m = set_of(MD5_ABC);
	struct hash_head *head = m.bytes;
	size_t len = sizeof(*head) + sizeof(struct hash_entry) + (size_t)head->names_bytes;
	struct hash_set s;

	assert_int_equal(-EBADMSG, hash_set_open(m.bytes, len - 1, &s));
	head->firsts[HASH_KINDS] = 2;
	assert_int_equal(-EBADMSG, hash_set_open(m.bytes, len, &s));
	head->firsts[HASH_KINDS] = 1;
	head->count = UINT64_MAX;
	assert_int_equal(-EBADMSG, hash_set_open(m.bytes, len, &s));
	free(m.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form),
		cmocka_unit_test(only_what_a_list_needs),
		cmocka_unit_test(many_are_sorted),
		cmocka_unit_test(wrong_lines_say_where),
		cmocka_unit_test(long_lines_are_refused),
		cmocka_unit_test(damaged_sets_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
