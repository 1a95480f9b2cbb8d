/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep-runtime: an OCI runtime with the command line of runc, so that engines can use it in its place.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "command.h"
#include "kern/process.h"

static const struct command commands[] = {
	{"create", command_create, "[options] ID", "make a container up to its program's start"},
	{"start", command_start, "ID", "start the program of a created container"},
	{"run", command_run, "[options] ID", "create and start, and wait unless --detach"},
	{"state", command_state, "ID", "print the state of a container as JSON"},
	{"kill", command_kill, "[--all] ID [SIGNAL]", "send a signal (TERM) to a container's first process"},
	{"delete", command_delete, "[--force] ID", "remove a container and what it holds"},
	{"exec", command_exec, "[options] ID PROGRAM [ARG...]", "start another process in a container"},
	{"list", command_list, "[--format table|json] [--quiet]", "list the containers below the root"},
	{"ps", command_ps, "[--format table|json] ID [PS-OPTION...]", "list the processes of a container"},
	{"pause", command_pause, "ID", "suspend every process of a container"},
	{"resume", command_resume, "ID", "let a paused container go on"},
	{"update", command_update, "[options] ID", "change the limits of a container"},
	{"events", command_events, "[--stats] [--interval 5s] ID", "print usage and out-of-memory events as JSON"},
	{"spec", command_spec, "[--bundle DIR] [--rootless]", "write a config.json to start from"},
	{"features", command_features, "", "print what this runtime supports as JSON"},
	{"checkpoint", command_checkpoint, "ID", "save a running container (needs CRIU)"},
	{"restore", command_checkpoint, "ID", "bring a saved container back (needs CRIU)"},
};

static void print_help(FILE *to)
{
	fputs("skep-runtime - an OCI container runtime\n\n"
	      "usage: skep-runtime [global options] COMMAND [options] [arguments]\n\ncommands:\n",
	      to);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(to, "  %-11s%-42s%s\n", commands[i].name, commands[i].words, commands[i].help);
	fputs("\nglobal options:\n"
	      "  --root DIR            state of the containers (default " DEFAULT_ROOT
	      ", or $XDG_RUNTIME_DIR/skep-runtime)\n"
	      "  --log FILE            where errors are also written\n"
	      "  --log-format FORMAT   text or json\n"
	      "  --debug               write more to the log\n"
	      "  --rootless VALUE      true, false or auto (accepted; found out by itself)\n"
	      "  --cgroup-manager NAME cgroupfs (default), systemd, or disabled: no control groups, hence no limits\n"
	      "  --systemd-cgroup      the systemd driver: groups are scopes, linux.cgroupsPath is slice:prefix:name\n"
	      "  --version, --help\n\n"
	      "examples:\n"
	      "  skep-runtime spec --bundle /srv/web\n"
	      "  skep-runtime run --bundle /srv/web web\n"
	      "  skep-runtime exec web ps\n"
	      "  skep-runtime delete --force web\n",
	      to);
}

static int print_version(void)
{
	puts("skep-runtime version " SKEP_VERSION "\nspec: " OCI_SPEC_VERSION);
	return 0;
}

static void write_line(void *ctx, enum log_level level, const char *text)
{
	log_line(ctx, level, "%s", text);
}

static int open_log(struct settings *s, struct err *e)
{
	s->log = (struct log){.fd = STDERR_FILENO, .min_level = s->debug ? LOG_DEBUG : LOG_WARN};
	s->report = (struct report){write_line, &s->log};
	if (s->log_format && !str_eq(s->log_format, "json") && !str_eq(s->log_format, "text"))
		return err_set(e, -EINVAL, "--log-format: text or json, not \"%.32s\"", s->log_format);
	s->log.json = str_eq(s->log_format, "json");
	if (!s->log_path || !*s->log_path)
		return 0;
	s->log.fd = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	return s->log.fd < 0 ? err_sys(e, -errno, "cannot open the log %s", s->log_path) : 0;
}

static const char *default_root(void)
{
	static char path[4096];
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	/* Rootless engines call us as root of a user namespace of theirs. */
	bool own = geteuid() != 0 || (!kern_is_host_root() && !str_eq(getenv("USER"), "root"));
	if (!own || !runtime || runtime[0] != '/')
		return DEFAULT_ROOT;
	snprintf(path, sizeof(path), "%s/skep-runtime", runtime);
	return path;
}

/* Standard input, output and error must exist, or the first descriptors we open would take their place. */
static void open_missing_stdio(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			_exit(1);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (str_eq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static char **copy_words(char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	char **copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy && i < count; i++)
		copy[i] = words[i];
	return copy;
}

static int run(struct settings *s, int at, struct err *e)
{
	const char *name = s->argv[at];
	const struct command *command = find_command(name);

	if (!command)
		return err_set(e, -EINVAL, "unknown command \"%.64s\"; see skep-runtime --help", name);
	int r = open_log(s, e);
	if (r < 0)
		return r;
	/* Reading options moves words; the whole command line stays as it is, for starting over. */
	char **words = copy_words(s->argv + at + 1);
	if (!words)
		return err_set(e, -ENOMEM, "out of memory");
	r = command->run(s, words, e);
	free(words);
	return r;
}

/* Callers of exec tell its own failures from the program's codes by this one, as runc has it. */
static int failure_code(const char *name)
{
	return str_eq(name, "exec") ? 255 : 1;
}

int main(int argc, char **argv)
{
	struct settings s = {.log = {.fd = -1}, .argv = argv};
	bool help = false, version = false;
	const struct option table[] = {
		{"root", 0, OPTION_TEXT, &s.root, NULL},
		{"log", 0, OPTION_TEXT, &s.log_path, NULL},
		{"log-format", 0, OPTION_TEXT, &s.log_format, NULL},
		{"debug", 0, OPTION_FLAG, &s.debug, NULL},
		{"systemd-cgroup", 0, OPTION_FLAG, &s.systemd_cgroup, NULL},
		{"cgroup-manager", 0, OPTION_TEXT, &s.cgroup_manager, NULL},
		{"rootless", 0, OPTION_TEXT, &s.rootless, NULL},
		{"criu", 0, OPTION_TEXT, &s.criu, NULL},
		{"help", 'h', OPTION_FLAG, &help, NULL},
		{"version", 'v', OPTION_FLAG, &version, NULL},
		{NULL},
	};
	struct err e = {0};
	int at = 1;

	open_missing_stdio();
	umask(0022);
	int r = options_read(table, argv, &at, &e);
	if (r == 0 && version)
		return print_version();
	if (r == 0 && (help || !argv[at] || str_eq(argv[at], "help"))) {
		print_help(help || argv[at] ? stdout : stderr);
		return help || argv[at] ? 0 : 1;
	}
	s.root_given = s.root && *s.root;
	if (!s.root_given)
		s.root = default_root();
	if (r == 0)
		r = run(&s, at, &e);
	if (r >= 0)
		return r == HELP_SHOWN ? 0 : r;
	if (s.log.fd != STDERR_FILENO)
		log_line(&s.log, LOG_ERROR, "%s", err_text(&e));
	fprintf(stderr, "skep-runtime: %s\n", err_text(&e));
	return failure_code(argv[at]);
}
