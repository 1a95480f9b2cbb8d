/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule finds its bad example and not its good one; what is shown of a secret; other people's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "readers.h"
#include "scan/secret.h"
#include "secret-words.h"
#include "toml.h"

static struct scan_out *look_at(struct scan_secrets *s, const char *path, const char *text, size_t len)
{
	struct scan_options options = {.secrets = s, .scratch_fd = -1};
	struct scan_file f = {.path = path,
			      .base = path,
			      .size = len,
			      .head = (const uint8_t *)text,
			      .head_len = MIN_OF(len, (size_t)SCAN_HEAD_BYTES),
			      .data = (const uint8_t *)text,
			      .len = len,
			      .options = &options};
	struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	assert_int_equal(SCAN_YES, scan_secret.wants(&f));
	assert_int_equal(0, scan_secret.read(o, &f, NULL));
	return o;
}

static struct scan_out *look(struct scan_secrets *s, const char *path, const char *text)
{
	return look_at(s, path, text, strlen(text));
}

static bool finds(struct scan_secrets *s, const char *text, const char *rule)
{
	struct scan_out *o = look(s, "app/config", text);
	bool found = false;

	for (size_t i = 0; i < o->part.remark_count; i++)
		found = found || str_eq(o->part.remarks[i].rule, rule);
	scan_out_free(o);
	return found;
}

struct examples {
	struct scan_secrets *secrets;
	const char *id;
	size_t bad, good;
};

static int try_example(const struct scan_toml_event *v, void *data, struct err *e)
{
	struct examples *x = data;

	if (v->kind != SCAN_TOML_STRING)
		return 0;
	if (str_eq(v->key, "id"))
		x->id = v->text;
	bool bad = str_eq(v->key, "bad"), good = str_eq(v->key, "good");
	if (!bad && !good)
		return 0;
	if (finds(x->secrets, v->text, x->id) != bad)
		fail_msg("rule %s: its %s example is %s", x->id, v->key, bad ? "not found" : "found");
	x->bad += bad;
	x->good += good;
	return 0;
}

static void every_rule_has_its_examples(void **state)
{
	SCOPED(arena) struct arena a = ARENA_INIT(16u << 20);
	struct examples x = {0};
	struct err e = {0};

	assert_int_equal(0, scan_secrets_new(NULL, 0, &x.secrets, &e));
	assert_int_equal(0, scan_toml_read((const char *)secret_words, secret_words_size, &a, try_example, &x, &e));
	assert_int_equal(scan_secrets_count(x.secrets), x.bad);
	assert_int_equal(scan_secrets_count(x.secrets), x.good);
	scan_secrets_free(x.secrets);
}

static void the_secret_itself_is_not_shown(void **state)
{
	struct scan_secrets *s = NULL;

	assert_int_equal(0, scan_secrets_new(NULL, 0, &s, NULL));
	struct scan_out *o =
		look(s, "root/.aws/credentials", "[default]\n\naws_access_key_id = AKIAQ3EGRLXZBV2NTY7M\n");
	assert_int_equal(1, o->part.remark_count);
	assert_string_equal("aws-access-key-id", o->part.remarks[0].rule);
	assert_int_equal(3, o->part.remarks[0].line);
	assert_non_null(strstr(o->part.remarks[0].text, "AKIA..."));
	assert_null(strstr(o->part.remarks[0].text, "Q3EGRLXZBV2N"));
	scan_out_free(o);
	scan_secrets_free(s);
}

static void far_apart_and_many(void **state)
{
	struct scan_secrets *s = NULL;
	SCOPED(buf) struct buf b = BUF_INIT(4u << 20);

	assert_int_equal(0, scan_secrets_new(NULL, 0, &s, NULL));
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 2000; k++)
			buf_add_str(&b, "nothing of interest stands here\n");
		buf_printf(&b, "key%d = AKIAQ3EGRLXZBV2NTY%c%c\n", i, 'A' + i, 'X' - i);
	}
	struct scan_out *o = look(s, "a", buf_str(&b));
	assert_int_equal(3, o->part.remark_count);
	assert_int_equal(6003, o->part.remarks[2].line);
	scan_out_free(o);
	scan_secrets_free(s);
}

static void utf_16_is_text(void **state)
{
	static const char text[] = "x\nkey = AKIAQ3EGRLXZBV2NTYAX\n";
	struct scan_secrets *s = NULL;

	assert_int_equal(0, scan_secrets_new(NULL, 0, &s, NULL));
	for (int big = 0; big < 2; big++) {
		char wide[sizeof(text) * 2 + 1] = {big ? '\xfe' : '\xff', big ? '\xff' : '\xfe'};
		for (size_t i = 0; i < strlen(text); i++)
			wide[2 + i * 2 + (size_t)big] = text[i];
		/* An odd byte at the end is none of the text. */
		struct scan_out *o = look_at(s, "a", wide, 2 + strlen(text) * 2 + 1);
		assert_int_equal(1, o->part.remark_count);
		assert_int_equal(2, o->part.remarks[0].line);
		scan_out_free(o);
		o = look_at(s, "a", wide, 2);
		assert_int_equal(0, o->part.remark_count);
		scan_out_free(o);
	}
	scan_secrets_free(s);
}

static const char others[] = "title = \"x\" # words\n"
			     "[[rules]]\n"
			     "id = 'mine'\n"
			     "description = \"\"\"two\nlines\"\"\"\n"
			     "regex = '''mine-([0-9]{4})'''\n"
			     "keywords = [\"MINE-\",\n  'other', # one more\n]\n"
			     "[[rules.allowlists]]\n"
			     "condition = \"AND\"\n"
			     "regexTarget = \"line\"\n"
			     "regexes = ['''harmless''']\n"
			     "paths = ['''^doc/''']\n"
			     "[[rules]]\nid = \"name\"\npath = '''\\.p12$'''\n";

static void gitleaks_rules_are_read(void **state)
{
	struct scan_secrets *s = NULL;
	struct err e = {0};

	assert_int_equal(0, scan_secrets_new(others, strlen(others), &s, &e));
	assert_true(finds(s, "x mine-1234", "mine"));
	assert_false(finds(s, "x mine-12", "mine"));
	assert_true(finds(s, "harmless mine-1234", "mine"));
	struct scan_out *o = look(s, "doc/a", "harmless mine-1234");
	assert_int_equal(0, o->part.remark_count);
	scan_out_free(o);
	o = look(s, "a/key.p12", "x");
	assert_int_equal(1, o->part.remark_count);
	scan_out_free(o);
	scan_secrets_free(s);
	assert_int_equal(-EINVAL, scan_secrets_new("[[rules]]\nid = 1\n", 17, &s, &e));
	assert_int_equal(-EINVAL, scan_secrets_new("[[rules]]\nid = \"a\nb\"\n", 21, &s, &e));
	assert_non_null(strstr(e.text, "line 2"));
}

static void the_rules_of_gitleaks_load(void **state)
{
	SCOPED(buf) struct buf path = BUF_INIT(4096), text = BUF_INIT(4u << 20);
	struct scan_secrets *s = NULL;
	struct err e = {0};

	buf_printf(&path, "%s/../shared/data/gitleaks/gitleaks.toml", getenv("SKEP_SOURCE_ROOT"));
	FILE *f = fopen(buf_str(&path), "re");
	if (!f)
		skip(); /* the data is not beside this checkout */
	char *room = buf_reserve(&text, 1u << 20);
	assert_non_null(room);
	text.len = fread(room, 1, 1u << 20, f);
	fclose(f);
	assert_int_equal(0, scan_secrets_new(text.data, text.len, &s, &e));
	assert_true(scan_secrets_count(s) > 222);
	assert_true(finds(s, "adafruit_key = \"abcdefgh1jklmnopqrs7uvwxyz012345\"", "adafruit-api-key"));
	scan_secrets_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_has_its_examples),
		cmocka_unit_test(the_secret_itself_is_not_shown),
		cmocka_unit_test(far_apart_and_many),
		cmocka_unit_test(gitleaks_rules_are_read),
		cmocka_unit_test(utf_16_is_text),
		cmocka_unit_test(the_rules_of_gitleaks_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
