/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways of reading /etc/shadow, or of running what is not of the image, that have hidden the act from detectors: each by
 * name. Prints "done" when the act succeeded; what detection makes of it is the test's matter.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "/etc/shadow"

static void need(int ok, const char *what)
{
	if (!ok) {
		printf("failed: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static void read_it(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY);
	need(fd >= 0 && read(fd, &byte, 1) == 1, path);
}

static void by_symlink(void)
{
	need(symlink(SECRET, "/tmp/innocent") == 0, "symlink");
	read_it("/tmp/innocent");
}

static void by_folder_link(void)
{
	need(symlink("/etc", "/tmp/folder") == 0, "symlink");
	read_it("/tmp/folder/shadow");
}

static void by_dots(void)
{
	read_it("/tmp/../etc/./../etc/shadow");
}

static void by_relative(void)
{
	need(chdir("/etc") == 0, "chdir");
	read_it("shadow");
}

static void by_proc_root(void)
{
	read_it("/proc/self/root/etc/shadow");
}

static void by_folder_fd(void)
{
	char byte;
	int dir = open("/etc", O_PATH | O_DIRECTORY), fd = openat(dir, "shadow", O_RDONLY);
	need(fd >= 0 && read(fd, &byte, 1) == 1, "openat");
}

static void by_chroot(void)
{
	need(chroot("/etc") == 0, "chroot");
	read_it("/shadow");
}

static void by_hard_link(void)
{
	need(link(SECRET, "/etc/other") == 0, "link");
	read_it("/etc/other");
}

static void by_rename(void)
{
	need(rename(SECRET, "/etc/moved") == 0, "rename");
	read_it("/etc/moved");
}

/* What is renamed or linked is not opened: its name alone tells, and the links in it. */
static void by_linked_rename(void)
{
	need(symlink("/etc", "/tmp/a") == 0 && symlink("a/../etc/.", "/tmp/b") == 0, "symlink");
	need(rename("/tmp/b/shadow", "/tmp/moved") == 0, "rename");
	read_it("/tmp/moved");
}

static void by_root_link(void)
{
	need(link("/proc/self/root/etc/shadow", "/proc/thread-self/cwd/tmp/other") == 0, "link");
	read_it("/tmp/other");
}

static void by_name_change(void)
{
	need(prctl(PR_SET_NAME, "sshd") == 0, "prctl");
	read_it(SECRET);
}

static void by_passed_fd(void)
{
	int pair[2];
	char byte, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	if (fork() == 0) {
		int fd = open(SECRET, O_RDONLY);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
		_exit(sendmsg(pair[0], &m, 0) == 1 ? 0 : 1);
	}
	int fd;
	need(recvmsg(pair[1], &m, 0) == 1, "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	need(read(fd, &byte, 1) == 1, "read");
	wait(NULL);
}

static void by_32_bit(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0), byte;
	long fd = 5; /* open */
	need(low != MAP_FAILED, "mmap");
	memcpy(low, SECRET, sizeof(SECRET));
	__asm__ volatile("int $0x80" : "+a"(fd) : "b"(low), "c"(O_RDONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	need(fd >= 0 && read((int)fd, &byte, 1) == 1, "open");
}

/* One request, by the raw interface. */
static int uring(struct io_uring_sqe request)
{
	struct io_uring_params p = {0};
	int ring = (int)syscall(__NR_io_uring_setup, 4, &p);
	need(ring >= 0, "io_uring_setup");
	char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
			IORING_OFF_SQ_RING);
	char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
			MAP_SHARED, ring, IORING_OFF_CQ_RING);
	struct io_uring_sqe *sqes =
		mmap(NULL, p.sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	sqes[0] = request;
	((unsigned *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	need(syscall(__NR_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1, "io_uring_enter");
	return ((struct io_uring_cqe *)(cq + p.cq_off.cqes))[0].res;
}

static void by_uring(void)
{
	char byte;
	int fd = uring((struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (unsigned long)SECRET, .open_flags = O_RDONLY});
	need(fd >= 0 && read(fd, &byte, 1) == 1, "open");
}

/* By a link, and by a worker of the kernel. */
static void by_linked_uring(void)
{
	char byte;
	need(symlink("/etc", "/tmp/a") == 0, "symlink");
	int fd = uring((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
					     .flags = IOSQE_ASYNC,
					     .fd = AT_FDCWD,
					     .addr = (unsigned long)"/tmp/a/shadow",
					     .open_flags = O_RDONLY});
	need(fd >= 0 && read(fd, &byte, 1) == 1, "open");
}

/* The path changes while it is being opened, again and again; prints how often the secret was really got. */
static char racing[64] = "/etc/hostname";
static volatile int racing_on = 1;

static void *racer(void *unused)
{
	while (racing_on) {
		memcpy(racing + 5, "shadow\0\0", 9);
		__asm__ volatile("" ::: "memory");
		memcpy(racing + 5, "hostname", 9);
		__asm__ volatile("" ::: "memory");
	}
	return NULL;
}

static void by_race(void)
{
	struct stat secret, st;
	pthread_t thread;
	int got = 0;
	need(stat(SECRET, &secret) == 0, "stat");
	need(pthread_create(&thread, NULL, racer, NULL) == 0, "thread");
	for (int i = 0; i < 20000; i++) {
		int fd = open(racing, O_RDONLY);
		if (fd < 0)
			continue;
		got += fstat(fd, &st) == 0 && st.st_ino == secret.st_ino;
		close(fd);
	}
	racing_on = 0;
	pthread_join(thread, NULL);
	printf("got %d\n", got);
}

static void run_memfd(void)
{
	char part[65536], *const argv[] = {(char *)"harmless", (char *)"again", NULL}, *const env[] = {NULL};
	int fd = memfd_create("x", 0), self = open("/proc/self/exe", O_RDONLY);
	ssize_t n;
	need(fd >= 0 && self >= 0, "memfd_create");
	while ((n = read(self, part, sizeof(part))) > 0)
		need(write(fd, part, (size_t)n) == n, "write");
	syscall(__NR_execveat, fd, "", argv, env, AT_EMPTY_PATH);
	need(0, "execveat");
}

static void run_written(void)
{
	char part[65536], *const argv[] = {(char *)"harmless", (char *)"again", NULL}, *const env[] = {NULL};
	int fd = open("/usr-program", O_WRONLY | O_CREAT, 0755), self = open("/proc/self/exe", O_RDONLY);
	ssize_t n;
	need(fd >= 0 && self >= 0, "open");
	while ((n = read(self, part, sizeof(part))) > 0)
		need(write(fd, part, (size_t)n) == n, "write");
	close(fd);
	execve("/usr-program", argv, env);
	need(0, "execve");
}

static void nothing(void)
{
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} acts[] = {
		{"symlink", by_symlink},     {"folder-link", by_folder_link},
		{"dots", by_dots},	     {"relative", by_relative},
		{"proc-root", by_proc_root}, {"folder-fd", by_folder_fd},
		{"chroot", by_chroot},	     {"hard-link", by_hard_link},
		{"rename", by_rename},	     {"linked-rename", by_linked_rename},
		{"root-link", by_root_link}, {"name-change", by_name_change},
		{"passed-fd", by_passed_fd}, {"32-bit", by_32_bit},
		{"io-uring", by_uring},	     {"linked-uring", by_linked_uring},
		{"race", by_race},	     {"memfd", run_memfd},
		{"written", run_written},    {"again", nothing},
	};
	for (size_t i = 0; argc == 2 && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(argv[1], acts[i].name) == 0) {
			acts[i].act();
			puts("done");
			return 0;
		}
	return 2;
}
