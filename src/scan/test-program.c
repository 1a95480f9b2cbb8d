/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: this one's own hardening, and what an ELF file with made-up sections says. */
#include "test-kit.h"

#include <elf.h>
#include <zlib.h>

#include "elf.h"

/* A file with sections and nothing else: names and contents one behind the other. */
struct made {
	struct buf file;
	Elf64_Shdr sections[8];
	size_t count;
	struct buf names;
};

static void add_section(struct made *m, const char *name, const void *data, size_t len)
{
	while (m->file.len % 16 && !buf_error(&m->file))
		buf_add_char(&m->file, '\0');
	m->sections[m->count++] = (Elf64_Shdr){
		.sh_name = (Elf64_Word)m->names.len, .sh_type = SHT_PROGBITS, .sh_offset = m->file.len, .sh_size = len};
	buf_add(&m->names, name, strlen(name) + 1);
	buf_add(&m->file, data, len);
}

static void begin(struct made *m)
{
	Elf64_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_EXEC};

	*m = (struct made){.file = BUF_INIT(1u << 20), .names = BUF_INIT(4096)};
	buf_add(&m->file, &head, sizeof(head));
	buf_add(&m->names, "", 1);
	m->count = 1;
}

static void end(struct made *m)
{
	add_section(m, ".shstrtab", "", 0);
	m->sections[m->count - 1].sh_size = m->names.len;
	buf_add(&m->file, m->names.data, m->names.len);
	while (m->file.len % 16 && !buf_error(&m->file))
		buf_add_char(&m->file, '\0');
	assert_int_equal(0, buf_error(&m->file));
	Elf64_Ehdr *head = (Elf64_Ehdr *)(void *)m->file.data;
	head->e_shoff = m->file.len;
	head->e_shentsize = sizeof(Elf64_Shdr);
	head->e_shnum = (Elf64_Half)m->count;
	head->e_shstrndx = (Elf64_Half)(m->count - 1);
	buf_add(&m->file, m->sections, m->count * sizeof(*m->sections));
	assert_int_equal(0, buf_error(&m->file));
}

static void check(struct made *m, const char *expected)
{
	SCOPED(buf) struct buf b = BUF_INIT(1u << 20);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;

	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "usr/local/bin/x", m->file.data, m->file.len);
	kit_describe(o, &b);
	assert_string_equal(expected, buf_str(&b));
	buf_done(&m->file);
	buf_done(&m->names);
}

/* A program with MODULES, the text that the Go linker writes between its marks. */
static void go_program(const char *modules, const char *expected)
{
	static const char version[] = "go1.20.3", mark[] = "0123456789abcdef";
	struct made m;
	SCOPED(buf) struct buf info = BUF_INIT(4096);
	size_t len = strlen(modules) + 2 * strlen(mark);

	buf_add(&info, "\xff Go buildinf:\x08\x02", 16);
	while (info.len < 32 && !buf_error(&info))
		buf_add_char(&info, '\0');
	buf_add_char(&info, (char)strlen(version));
	buf_add_str(&info, version);
	buf_add_char(&info, (char)(0x80 | (len & 0x7f)));
	buf_add_char(&info, (char)(len >> 7));
	buf_add_str(&info, mark);
	buf_add_str(&info, modules);
	buf_add_str(&info, mark);
	begin(&m);
	add_section(&m, ".go.buildinfo", info.data, info.len);
	end(&m);
	check(&m, expected);
}

static void go_modules(void **state)
{
	go_program("path\texample.org/x/cmd\nmod\texample.org/x\tv1.2.0\th1:a=\n"
		   "dep\tgolang.org/x/text\tv0.3.0\th1:b=\n"
		   "dep\tgithub.com/a/b\tv1.0.0\n=>\tgithub.com/fork/b\tv1.0.1\th1:c=\n"
		   "build\t-compiler=gc\n",
		   "stdlib 1.20.3\ngolang.org/x/text v0.3.0\ngithub.com/fork/b v1.0.1\nexample.org/x v1.2.0\n");
}

static void a_go_programs_own_version_may_be_linked_in(void **state)
{
	go_program("mod\texample.org/x\t(devel)\t\nbuild\t-ldflags=\"-s -X main.version=v1.2.3 -X main.date=2020\"\n",
		   "stdlib 1.20.3\nexample.org/x v1.2.3\n");
	go_program("mod\texample.org/x\t(devel)\t\nbuild\t-ldflags=-X=example.org/x/cmd.Version=4.5.6\n",
		   "stdlib 1.20.3\nexample.org/x 4.5.6\n");
	/* A version of its own counts more; a word is no version; a folder replaces a module without one. */
	go_program("mod\texample.org/x\tv2.0.0\t\nbuild\t-ldflags=\"-X main.version=1.0.0\"\n",
		   "stdlib 1.20.3\nexample.org/x v2.0.0\n");
	go_program("mod\texample.org/x\t(devel)\t\nbuild\t-ldflags=\"-X main.version=dirty\"\n",
		   "stdlib 1.20.3\nexample.org/x \n");
	go_program("mod\texample.org/x\tv2.0.0\t\ndep\ta.b/c\tv1.0.0\n=>\t../c\t(devel)\t\n",
		   "stdlib 1.20.3\na.b/c \nexample.org/x v2.0.0\n");
}

static void crates(void **state)
{
	static const char json[] =
		"{\"packages\":[{\"name\":\"app\",\"version\":\"0.1.0\",\"source\":\"local\",\"root\":true},"
		"{\"name\":\"time\",\"version\":\"0.1.43\",\"source\":\"crates.io\"},"
		"{\"name\":\"cc\",\"version\":\"1.0\",\"source\":\"crates.io\",\"kind\":\"build\"}]}";
	uint8_t packed[1024];
	uLongf len = sizeof(packed);
	struct made m;

	assert_int_equal(Z_OK, compress(packed, &len, (const Bytef *)json, strlen(json)));
	begin(&m);
	add_section(&m, ".dep-v0", packed, len);
	end(&m);
	check(&m, "app 0.1.0\ntime 0.1.43\n");
}

static void notes(void **state)
{
	static const char json[] =
		"{\"type\":\"rpm\",\"name\":\"tool\",\"version\":\"1.0-1.fc39\",\"architecture\":\"x86_64\"}";
	uint32_t head[3] = {4, sizeof(json), 0xcafe1a7e};
	SCOPED(buf) struct buf note = BUF_INIT(4096);
	struct made m;

	buf_add(&note, head, sizeof(head));
	buf_add(&note, "FDO", 4);
	buf_add(&note, json, sizeof(json));
	begin(&m);
	add_section(&m, ".note.package", note.data, note.len);
	end(&m);
	check(&m, "tool 1.0-1.fc39\n");
}

static void its_own_hardening(void **state)
{
	SCOPED(buf) struct buf self = BUF_INIT(256u << 20);
	SCOPED_PTR(scan_out) struct scan_out *o = NULL;
	FILE *f = fopen("/proc/self/exe", "re");
	char *room = buf_reserve(&self, 128u << 20);

	assert_non_null(f);
	assert_non_null(room);
	self.len = fread(room, 1, 128u << 20, f);
	fclose(f);
	assert_int_equal(0, scan_out_new(&o));
	kit_read(o, "usr/bin/self", self.data, self.len);
	assert_int_equal(1, o->part.program_count);
	const struct model_part_program *p = &o->part.programs[0];
	assert_true(p->hardening & MODEL_PROGRAM_NX);
	assert_true(p->hardening & MODEL_PROGRAM_CANARY);
	assert_non_null(strstr(p->needed, "libcmocka"));
}

static void nothing_believed(void **state)
{
	struct scan_elf e;
	Elf64_Ehdr head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			   .e_type = ET_EXEC,
			   .e_phoff = UINT64_MAX - 8,
			   .e_shoff = UINT64_MAX - 16,
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_shentsize = sizeof(Elf64_Shdr),
			   .e_phnum = 1000,
			   .e_shnum = 65535,
			   .e_shstrndx = 65534};
	struct scan_segment s;

	assert_true(scan_elf_open((const uint8_t *)&head, sizeof(head), &e));
	assert_false(scan_elf_segment(&e, 0, &s));
	assert_null(scan_elf_section(&e, ".dep-v0").data);
	assert_null(scan_elf_at(&e, 0, 10).data);
	assert_false(scan_elf_open((const uint8_t *)&head, 20, &e));
	head.e_phnum = 65535;
	assert_false(scan_elf_open((const uint8_t *)&head, sizeof(head), &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(go_modules),
		cmocka_unit_test(a_go_programs_own_version_may_be_linked_in),
		cmocka_unit_test(crates),
		cmocka_unit_test(notes),
		cmocka_unit_test(its_own_hardening),
		cmocka_unit_test(nothing_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
