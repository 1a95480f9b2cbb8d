/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule of skep's own finds its bad examples and not its good ones; others' rules, right and wrong; what takes too long. */
#include "malware-words.h"
#include "test-kit.h"
#include "toml.h"
#include "yara-rules.h"

static int add_bytes(void *data, const void *bytes, size_t len)
{
	return buf_add(data, bytes, len);
}

/* The rules TEXT, or skep's own. */
static struct yara_rules *rules_of(const char *text)
{
	SCOPED(buf) struct buf b = BUF_INIT(16u << 20), own = BUF_INIT(1u << 20);
	struct yara_maker *maker = NULL;
	struct yara_rules *y = NULL;
	struct err e = {0};

	if (!text)
		buf_add(&own, malware_words, malware_words_size);
	if (yara_maker_new(&maker, &e) < 0)
		fail_msg("%s", e.text);
	int r = yara_maker_add(maker, text ? "mine.yar" : "", text ? text : buf_str(&own), &e);
	if (r == 0)
		r = yara_maker_write(maker, add_bytes, &b, &e);
	yara_maker_free(maker);
	if (r == 0)
		r = yara_rules_load(b.data, b.len, &y, &e);
	if (r < 0)
		fail_msg("%s", e.text);
	return y;
}

static struct scan_file file_of(const char *path, const void *data, size_t len)
{
	return (struct scan_file){.path = path, .base = kit_base(path), .size = len, .data = data, .len = len};
}

/* What Y says of the file, as remarks; what the words let through alone. */
static struct scan_out *look(struct yara_rules *y, const char *path, const void *data, size_t len)
{
	struct scan_file f = file_of(path, data, len);
	struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	if (yara_rules_may_match(y, &f))
		yara_rules_look(y, o, &f);
	return o;
}

static bool finds(struct yara_rules *y, const char *path, const struct buf *b, const char *rule)
{
	struct scan_out *o = look(y, path, b->data, b->len);
	bool found = false;

	for (size_t i = 0; i < o->part.remark_count; i++)
		found = found ||
			(o->part.remarks[i].kind == MODEL_REMARK_MALWARE && str_eq(o->part.remarks[i].rule, rule));
	scan_out_free(o);
	return found;
}

/* ---- skep's own ---- */

#define RULES_MAX 100

struct examples {
	struct yara_rules *rules;
	const char *id, *path;
	struct {
		char id[64];
		size_t bad, good;
	} seen[RULES_MAX];
	size_t count;
};

static void count(struct examples *x, bool bad)
{
	size_t i = 0;

	while (i < x->count && !str_eq(x->seen[i].id, x->id))
		i++;
	assert_true(i < RULES_MAX);
	if (i == x->count)
		snprintf(x->seen[x->count++].id, sizeof(x->seen[0].id), "%s", x->id);
	x->seen[i].bad += bad;
	x->seen[i].good += !bad;
}

static void decode(const char *text, struct buf *b)
{
	static const uint8_t head[18] = {0x7f, 'E', 'L', 'F', [16] = 3};

	if (str_starts_with(text, "ELF:")) {
		buf_add(b, head, sizeof(head));
		text += 4;
	}
	for (; *text; text++)
		if (*text != '~')
			buf_add_char(b, *text);
}

static int try_example(const struct scan_toml_event *v, void *data, struct err *e)
{
	struct examples *x = data;
	SCOPED(buf) struct buf b = BUF_INIT(64u << 10);

	if (v->kind == SCAN_TOML_TABLE)
		x->path = "app/file";
	if (v->kind != SCAN_TOML_STRING)
		return 0;
	if (str_eq(v->key, "id"))
		x->id = v->text;
	if (str_eq(v->key, "path"))
		x->path = v->text;
	bool bad = str_eq(v->key, "bad"), good = str_eq(v->key, "good");
	if (!bad && !good)
		return 0;
	decode(v->text, &b);
	if (finds(x->rules, x->path, &b, x->id) != bad)
		fail_msg("line %zu, rule %s: its %s example is %s", v->line, x->id, v->key,
			 bad ? "not found" : "found");
	count(x, bad);
	return 0;
}

static void every_rule_has_its_examples(void **state)
{
	SCOPED(buf) struct buf path = BUF_INIT(4096), text = BUF_INIT(1u << 20);
	SCOPED(arena) struct arena a = ARENA_INIT(4u << 20);
	struct examples x = {.rules = rules_of(NULL)};
	struct err e = {0};

	buf_printf(&path, "%s/test/data/malware.toml", getenv("SKEP_SOURCE_ROOT"));
	FILE *f = fopen(buf_str(&path), "re");
	assert_non_null(f);
	char *room = buf_reserve(&text, 64u << 10);
	assert_non_null(room);
	text.len = fread(room, 1, 64u << 10, f);
	fclose(f);
	if (scan_toml_read(text.data, text.len, &a, try_example, &x, &e) < 0)
		fail_msg("%s", e.text);
	/* As many as there are rules, and each both ways. */
	size_t rules = 0;
	for (const unsigned char *at = malware_words; at + 6 < malware_words + malware_words_size; at++)
		rules += memcmp(at, "\nrule ", 6) == 0;
	assert_int_equal(rules, x.count);
	for (size_t i = 0; i < x.count; i++)
		assert_true(x.seen[i].bad && x.seen[i].good);
	yara_rules_free(x.rules);
}

static void the_rules_do_not_find_themselves(void **state)
{
	struct yara_rules *y = rules_of(NULL);
	struct scan_out *o = look(y, "usr/share/rules/malware.yar", malware_words, malware_words_size);

	assert_int_equal(0, o->part.remark_count);
	scan_out_free(o);
	yara_rules_free(y);
}

static void files_without_words_are_left_out(void **state)
{
	struct yara_rules *y = rules_of(NULL);
	struct scan_file plain = file_of("a", "nothing", 7), named = file_of("etc/ld.so.preload", "x", 1);
	struct scan_file word = file_of("a", "CURL", 4);

	assert_false(yara_rules_may_match(y, &plain));
	assert_true(yara_rules_may_match(y, &named));
	assert_true(yara_rules_may_match(y, &word));
	yara_rules_free(y);
	y = rules_of("rule each { condition: true }");
	assert_true(yara_rules_may_match(y, &plain));
	yara_rules_free(y);
}

/* ---- others' ---- */

static void names_and_modules(void **state)
{
	struct yara_rules *y =
		rules_of("import \"hash\"\nimport \"elf\"\n"
			 "rule named { meta: description = \"by name\" condition: filename == \"x.sh\" and "
			 "filepath == \"/opt/x.sh\" and extension == \".sh\" and owner == \"\" }\n"
			 "private rule hidden { condition: true }\n"
			 "rule sum { condition: hash.md5(0, filesize) == "
			 "\"900150983cd24fb0d6963f7d28e17f72\" and hidden }");
	struct scan_out *o = look(y, "opt/x.sh", "abc", 3);

	assert_int_equal(2, o->part.remark_count);
	assert_string_equal("named", o->part.remarks[0].rule);
	assert_string_equal("by name (mine.yar)", o->part.remarks[0].text);
	assert_string_equal("sum", o->part.remarks[1].rule);
	scan_out_free(o);
	yara_rules_free(y);
}

static void wrong_rules_say_where(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{"rule a {\n condition:\n  nothing\n}", "mine.yar:3: undefined identifier \"nothing\""},
		{"rule a { strings: $a = \"x\" condition: true }", "mine.yar:1: unreferenced string \"$a\""},
		{"include \"/etc/passwd\"\n", "mine.yar:1: "},
		{"import \"magic\"\nrule a { condition: magic.type() == \"x\" }",
		 "mine.yar:1: unknown module \"magic\""},
		{"import \"cuckoo\"\n", "mine.yar:1: unknown module \"cuckoo\""},
		{"rule a { condition: true }\nrule a { condition: true }", "mine.yar:2: duplicated identifier \"a\""},
		{"rule a { strings: $a = /(/ condition: $a }", "mine.yar:1: "},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yara_maker *maker = NULL;
		struct err e = {0};
		assert_int_equal(0, yara_maker_new(&maker, &e));
		int r = yara_maker_add(maker, "mine.yar", cases[i].text, &e);
		yara_maker_free(maker);
		if (r != -EINVAL || !str_starts_with(e.text, cases[i].words))
			fail_msg("%d: %s", r, e.text);
	}
}

static void damaged_rules_are_refused(void **state)
{
	struct yara_rules *y = NULL;
	struct err e = {0};

	assert_true(yara_rules_load("nonsense", 8, &y, &e) < 0);
	assert_null(y);
}

static void what_takes_too_long_is_said(void **state)
{
	struct yara_rules *y =
		rules_of("rule slow { condition: for any i in (1..1000000000000) : (uint8(i % filesize) == 1) }");
	static const uint8_t zeros[4096];

	yara_rules_set_timeout(y, 1);
	struct scan_out *o = look(y, "a", zeros, sizeof(zeros));
	assert_int_equal(1, o->part.remark_count);
	assert_int_equal(MODEL_REMARK_UNREAD, o->part.remarks[0].kind);
	assert_string_equal(MODEL_GAP_MALWARE, o->part.remarks[0].rule);
	assert_non_null(strstr(o->part.remarks[0].text, "in 1 s"));
	scan_out_free(o);
	yara_rules_free(y);
}

static void many_rules_match_one_file(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(64u << 10);

	for (int i = 0; i < YARA_MATCHES_MAX + 10; i++)
		buf_printf(&text, "rule r%d { condition: true }\n", i);
	struct yara_rules *y = rules_of(buf_str(&text));
	struct scan_out *o = look(y, "a", "x", 1);
	assert_int_equal(YARA_MATCHES_MAX + 1, o->part.remark_count);
	assert_string_equal("10 more YARA rules match it", o->part.remarks[YARA_MATCHES_MAX].text);
	scan_out_free(o);
	yara_rules_free(y);
}

static void words_may_stand_where_windows_meet(void **state)
{
	static const char word[] = "needle-of-the-house";
	const size_t edge = 8u << 20, len = edge + 4096;
	struct yara_rules *y = rules_of("rule r { meta: skep_words = \"needle-of-the-house\" strings: $a = "
					"\"needle-of-the-house\" condition: $a }\n");
	char *text = calloc(1, len);

	assert_non_null(text);
	for (size_t at = edge - strlen(word); at <= edge; at += 3) {
		memset(text + edge - 64, 0, 128);
		memcpy(text + at, word, strlen(word));
		struct scan_file f = file_of("a", text, len);
		assert_true(yara_rules_may_match(y, &f));
	}
	memset(text + edge - 64, 0, 128);
	struct scan_file f = file_of("a", text, len);
	assert_false(yara_rules_may_match(y, &f));
	free(text);
	yara_rules_free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_its_examples),
		cmocka_unit_test(the_rules_do_not_find_themselves),
		cmocka_unit_test(files_without_words_are_left_out),
		cmocka_unit_test(names_and_modules),
		cmocka_unit_test(wrong_rules_say_where),
		cmocka_unit_test(damaged_rules_are_refused),
		cmocka_unit_test(what_takes_too_long_is_said),
		cmocka_unit_test(many_rules_match_one_file),
		cmocka_unit_test(words_may_stand_where_windows_meet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
