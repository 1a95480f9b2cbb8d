/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times commands against each other. Each round runs every contestant once, starting with another one each time, so
 * that whatever the machine does meanwhile hits all alike; a loop per contestant would not.
 *
 * usage: bench [-n ROUNDS] [-s IDLE_MS] [-p COPIES] [-e ERRORS] < PLAN
 * The plan has one contestant a line: NAME, then words separated by tabs; a word ";" separates commands that run one
 * after the other and are timed as one; "%" inside a word becomes a number that is new each time. Lines that start
 * with "#" are skipped. With -s the machine must have been idle that long before each start (but no start waits more
 * than a second); with -p so many copies run at once and the whole is timed; what commands say on stderr is
 * appended to the file ERRORS.
 *
 * Prints per contestant, tab separated: name, runs, failures, minimum, median, 90th percentile (microseconds), peak
 * resident memory of any command (KiB); then "ratio", two names, and the median over the rounds of the first's time by the
 * second's in thousandths, which hardly moves when the machine is busy for some rounds; then "idle" and how many waits for
 * an idle machine were given up.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTESTANTS_MAX 16
#define WORDS_MAX 96
#define ROUNDS_MAX 2000
#define COPIES_MAX 200
#define LINE_MAX_BYTES 8192
#define WORD_MAX_BYTES 512
#define IDLE_TRIES 16

extern char **environ;

struct contestant {
	char line[LINE_MAX_BYTES];
	char *name;
	char *words[WORDS_MAX + 1]; /* a NULL ends each command, two end the list */
	int word_count;
	uint32_t *micros; /* by round, 0 where it failed; sorted for the result */
	int runs;
	int failures;
	long peak_kib;
};

static struct {
	struct contestant contestants[CONTESTANTS_MAX];
	int count, rounds, idle_ms, copies;
	unsigned long serial;
	unsigned gave_up;
	posix_spawn_file_actions_t quiet;
} bench;

static uint64_t now_micros(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* Busy and all ticks of all CPUs since boot. */
static void read_ticks(unsigned long long *busy, unsigned long long *all)
{
	unsigned long long v[8] = {0};
	FILE *f = fopen("/proc/stat", "re");

	if (f && fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6,
			v + 7) == 8) {
		*all = v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
		*busy = *all - v[3] - v[4];
	}
	if (f)
		fclose(f);
}

static void wait_idle(void)
{
	struct timespec pause = {.tv_nsec = (long)bench.idle_ms * 1000000};
	unsigned long long busy = 0, all = 0, busy_then, all_then;

	for (int i = 0; i < IDLE_TRIES; i++) {
		read_ticks(&busy, &all);
		busy_then = busy;
		all_then = all;
		nanosleep(&pause, NULL);
		read_ticks(&busy, &all);
		if ((busy - busy_then) * 5 <= all - all_then)
			return;
	}
	bench.gave_up++;
}

/* WORDS with every "%" replaced by the serial number, in STORE. */
static void fill_in(char **words, char store[][WORD_MAX_BYTES], char **out, unsigned long serial)
{
	int n = 0;

	for (; words[n]; n++) {
		char *mark = strchr(words[n], '%');
		if (!mark) {
			out[n] = words[n];
			continue;
		}
		snprintf(store[n], WORD_MAX_BYTES, "%.*s%lu%s", (int)(mark - words[n]), words[n], serial, mark + 1);
		out[n] = store[n];
	}
	out[n] = NULL;
}

static pid_t start(char **words, unsigned long serial)
{
	static char store[WORDS_MAX][WORD_MAX_BYTES];
	char *out[WORDS_MAX + 1];
	pid_t pid;

	fill_in(words, store, out, serial);
	int r = posix_spawn(&pid, out[0], &bench.quiet, NULL, out, environ);
	if (r) {
		fprintf(stderr, "bench: %s: %s\n", out[0], strerror(r));
		return -1;
	}
	return pid;
}

/* Waits for PID, -1 for any; true when it ended well. */
static bool finish(struct contestant *c, pid_t pid)
{
	struct rusage usage;
	int status;

	if (wait4(pid, &status, 0, &usage) < 0)
		return false;
	if (usage.ru_maxrss > c->peak_kib)
		c->peak_kib = usage.ru_maxrss;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run_sequence(struct contestant *c)
{
	unsigned long serial = bench.serial++;
	bool well = true;

	for (int i = 0; i < c->word_count; i++) {
		pid_t pid = start(c->words + i, serial);
		well = pid > 0 && finish(c, pid) && well;
		while (c->words[i])
			i++;
	}
	return well;
}

static bool run_copies(struct contestant *c)
{
	bool well = true;
	int started = 0;

	for (int i = 0; i < bench.copies; i++) {
		if (start(c->words, bench.serial++) > 0)
			started++;
		else
			well = false;
	}
	while (started-- > 0)
		well = finish(c, -1) && well;
	return well;
}

static void run_once(struct contestant *c, int round)
{
	if (bench.idle_ms)
		wait_idle();
	uint64_t began = now_micros();
	bool well = bench.copies > 1 ? run_copies(c) : run_sequence(c);
	c->micros[round] = well ? (uint32_t)(now_micros() - began) : 0;
	if (well)
		c->runs++;
	else
		c->failures++;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void print_result(struct contestant *c)
{
	uint32_t *v = c->micros;

	/* Failures are zeros and go to the front. */
	qsort(v, (size_t)bench.rounds, sizeof(*v), by_value);
	v += bench.rounds - c->runs;
	bool any = c->runs > 0;
	printf("%s\t%d\t%d\t%u\t%u\t%u\t%ld\n", c->name, c->runs, c->failures, any ? v[0] : 0, any ? v[c->runs / 2] : 0,
	       any ? v[c->runs * 9 / 10] : 0, c->peak_kib);
}

static void print_ratio(const struct contestant *a, const struct contestant *b)
{
	static uint32_t ratios[ROUNDS_MAX];
	size_t count = 0;

	for (int i = 0; i < bench.rounds; i++)
		if (a->micros[i] && b->micros[i])
			ratios[count++] = (uint32_t)((uint64_t)a->micros[i] * 1000 / b->micros[i]);
	qsort(ratios, count, sizeof(*ratios), by_value);
	if (count)
		printf("ratio\t%s\t%s\t%u\n", a->name, b->name, ratios[count / 2]);
}

static void print_all(void)
{
	for (int i = 0; i < bench.count; i++)
		for (int j = 0; j < bench.count; j++)
			if (i != j)
				print_ratio(&bench.contestants[i], &bench.contestants[j]);
	for (int i = 0; i < bench.count; i++)
		print_result(&bench.contestants[i]);
	printf("idle\t%u\n", bench.gave_up);
}

static bool add_contestant(const char *line)
{
	struct contestant *c = &bench.contestants[bench.count];

	if (bench.count == CONTESTANTS_MAX)
		return false;
	snprintf(c->line, sizeof(c->line), "%s", line);
	c->line[strcspn(c->line, "\n")] = '\0';
	char *rest = c->line;
	c->name = strsep(&rest, "\t");
	char *word;
	while ((word = strsep(&rest, "\t"))) {
		if (c->word_count == WORDS_MAX)
			return false;
		c->words[c->word_count++] = strcmp(word, ";") == 0 ? NULL : word;
	}
	c->micros = calloc(ROUNDS_MAX, sizeof(*c->micros));
	if (!c->word_count || !c->micros)
		return false;
	bench.count++;
	return true;
}

static bool read_plan(void)
{
	static char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!add_contestant(line)) {
			fprintf(stderr, "bench: bad line in the plan: %s", line);
			return false;
		}
	}
	return bench.count > 0;
}

static int number(const char *text, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || value < 1 || value > max) {
		fprintf(stderr, "bench: %s: expected a number from 1 to %d\n", text, max);
		exit(2);
	}
	return (int)value;
}

int main(int argc, char **argv)
{
	const char *errors = "/dev/null";
	int option;

	bench.rounds = 100;
	bench.copies = 1;
	while ((option = getopt(argc, argv, "n:s:p:e:")) >= 0) {
		if (option == 'n')
			bench.rounds = number(optarg, ROUNDS_MAX);
		else if (option == 's')
			bench.idle_ms = number(optarg, 1000);
		else if (option == 'p')
			bench.copies = number(optarg, COPIES_MAX);
		else if (option == 'e')
			errors = optarg;
		else
			return 2;
	}
	if (!read_plan())
		return 2;
	bench.serial = (unsigned long)getpid() * 100000;
	posix_spawn_file_actions_init(&bench.quiet);
	posix_spawn_file_actions_addopen(&bench.quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&bench.quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&bench.quiet, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (int round = 0; round < bench.rounds; round++)
		for (int i = 0; i < bench.count; i++)
			run_once(&bench.contestants[(round + i) % bench.count], round);
	print_all();
	return 0;
}
