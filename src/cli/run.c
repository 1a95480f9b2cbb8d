/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep run: makes a container, starts it, and stays with it until it ends, unless it is to be left alone.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>

#include "base/terminal.h"
#include "commands.h"
#include "events.h"
#include "flow/admission.h"
#include "flow/container.h"
#include "flow/rules.h"
#include "flow/watch-one.h"
#include "model/monitor.h"
#include "priv/channel.h"

struct options {
	struct flow_run_options run;
	const char *tier;
	struct strv rules;
	bool watch, no_watch;
};

#define RUN(member) offsetof(struct options, run.member)
static const struct cli_option options[] = {
	{'d', "detach", CLI_FLAG, NULL, "print the id and leave it running", RUN(detach)},
	{'i', "interactive", CLI_FLAG, NULL, "give it our standard input", RUN(input)},
	{'t', "tty", CLI_FLAG, NULL, "give it a terminal", RUN(tty)},
	{0, "name", CLI_TEXT, "NAME", "what it is called", RUN(name)},
	{0, "rm", CLI_FLAG, NULL, "remove it when it has ended", RUN(remove)},
	{'e', "env", CLI_LIST, "NAME=VALUE", "set in its environment", RUN(env)},
	{'v', "volume", CLI_LIST, "SRC:DST[:ro,idmap,exec]", "a folder or file of the host", RUN(volumes)},
	{'w', "workdir", CLI_TEXT, "DIR", "where it starts", RUN(workdir)},
	{'u', "user", CLI_TEXT, "USER[:GROUP]", "who it runs as", RUN(user)},
	{'m', "memory", CLI_TEXT, "SIZE", "most memory, such as 64m", RUN(memory)},
	{0, "cpus", CLI_TEXT, "N", "most processors, such as 1.5", RUN(cpus)},
	{0, "pids", CLI_TEXT, "N", "most processes", RUN(pids)},
	{0, "pids-limit", CLI_TEXT, "N", "the same, as docker calls it", RUN(pids)},
	{0, "io", CLI_TEXT, "WEIGHT", "share of block I/O, 10 to 1000", RUN(io)},
	{0, "read-only", CLI_FLAG, NULL, "root file system read-only (strict profile: always)", RUN(read_only)},
	{0, "writable", CLI_FLAG, NULL, "root file system writable", RUN(writable)},
	{0, "tmpfs", CLI_LIST, "PATH[:OPTIONS]", "memory mounted there", RUN(tmpfs)},
	{0, "network", CLI_TEXT, "none|host", "network (default: none)", RUN(network)},
	{'h', "hostname", CLI_TEXT, "NAME", "its host name", RUN(hostname)},
	{0, "entrypoint", CLI_TEXT, "PROGRAM", "instead of the image's", RUN(entrypoint)},
	{0, "stop-signal", CLI_TEXT, "SIGNAL", "what skep stop sends", RUN(stop_signal)},
	{0, "profile", CLI_TEXT, "NAME|FILE", "strict (default), web, database, batch, docker, observe, or a file",
	 RUN(profile)},
	{0, "mode", CLI_TEXT, "MODE", "instead of the behaviour profile's: observe, alert or enforce", RUN(mode)},
	{0, "drift", CLI_TEXT, "MODE", "programs that the image does not have: off, alert or enforce", RUN(drift)},
	{0, "drift-allow", CLI_LIST, "PATH", "where it may execute what it wrote itself", RUN(drift_allowed)},
	{0, "policy", CLI_LIST, "FILE|DIR", "what the image's score decides, besides " FLOW_POLICY_FOLDER,
	 RUN(policies)},
	{0, "watch", CLI_FLAG, NULL, "show alerts as they come (default on a terminal)",
	 offsetof(struct options, watch)},
	{0, "no-watch", CLI_FLAG, NULL, "show none", offsetof(struct options, no_watch)},
	{0, "rules", CLI_LIST, "FILE|DIR", "rules to watch by instead of skep's own", offsetof(struct options, rules)},
	{0, "tier", CLI_TEXT, "native", "how it is isolated", offsetof(struct options, tier)},
	{0},
};

/* ---- staying with it ---- */

struct attached {
	int channel, signals;
	bool raw;
	struct termios saved;
};

static void send_size(const struct attached *a)
{
	struct model_monitor_size size;
	struct winsize w;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &w) < 0)
		return;
	size = (struct model_monitor_size){w.ws_row, w.ws_col};
	ignore(priv_send(a->channel, MODEL_MONITOR_RESIZE, &size, sizeof(size), NULL,
			 0)); /* its end is seen elsewhere */
}

static void begin(struct attached *a, bool tty)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < 7; i++)
		sigaddset(&set, (int[]){SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (!tty)
		return;
	send_size(a);
	a->raw = terminal_raw(STDIN_FILENO, &a->saved);
}

static void end(struct attached *a)
{
	if (a->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &a->saved);
	close_keep_errno(a->signals);
	close_keep_errno(a->channel);
}

static void pass_signal(const struct attached *a)
{
	struct signalfd_siginfo info;

	if (read(a->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		send_size(a);
		return;
	}
	struct model_monitor_signal s = {.number = (int32_t)info.ssi_signo};
	ignore(priv_send(a->channel, MODEL_MONITOR_SIGNAL, &s, sizeof(s), NULL, 0)); /* its end is seen elsewhere */
}

/* The container's exit code, or -EPROTO. */
static int stay(const struct attached *a)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	struct model_monitor_exit x;

	while (m) {
		struct pollfd fds[] = {{.fd = a->channel, .events = POLLIN}, {.fd = a->signals, .events = POLLIN}};
		if (poll(fds, ARRAY_LEN(fds), -1) < 0)
			continue;
		if (fds[1].revents)
			pass_signal(a);
		if (!fds[0].revents)
			continue;
		if (priv_recv(a->channel, m) != 1)
			return -EPROTO;
		priv_message_done(m);
		if (m->type != MODEL_MONITOR_EXITED || m->len != sizeof(x))
			continue;
		memcpy(&x, m->body, sizeof(x));
		return x.code;
	}
	return -ENOMEM;
}

/* ---- the watch beside it ---- */

struct beside {
	struct rule_set *rules;
	struct flow_watch_one *watch;
};

static int show_alert(void *ctx, const struct flow_alert *alert)
{
	SCOPED(buf) struct buf text = BUF_INIT(256u << 10);
	flow_alert_text(alert, &text);
	fprintf(stderr, "%s\r\n", buf_str(&text)); /* the terminal may be raw */
	return 0;
}

static int show_loss(void *ctx, const struct flow_loss *loss)
{
	SCOPED(buf) struct buf text = BUF_INIT(1024);
	flow_loss_words(loss, &text);
	fprintf(stderr, "%s\r\n", buf_str(&text));
	return 0;
}

static void beside_done(struct beside *b)
{
	flow_watch_one_end(b->watch);
	rule_set_free(b->rules);
}
DEFINE_SCOPED(beside)

static int load_rules(const struct options *o, struct rule_set **ret, struct err *e)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct rule_options defaults = RULE_OPTIONS_DEFAULT;
	if (o->rules.count == 0)
		return flow_rules_default(ret, e);
	int r = flow_rules_load((const char *const *)o->rules.items, o->rules.count, &defaults, &problems, ret, e);
	cli_rule_problems(&problems);
	return r;
}

/* Asked for, it must work; as the default on a terminal it is left out where the host cannot do it, and that is said. */
static int watch_beside(const struct options *o, const struct flow_record *r, struct beside *b, struct err *e)
{
	const struct flow_watch_handlers handlers = {.alert = show_alert, .loss = show_loss};
	bool asked = o->watch || o->rules.count, usual = !o->run.detach && isatty(STDERR_FILENO);
	if (o->no_watch || (!asked && !usual))
		return 0;
	int bad = load_rules(o, &b->rules, e);
	if (bad == 0)
		bad = flow_watch_one(r, &(struct flow_watch_options){.rules = b->rules}, &handlers, &b->watch, e);
	if (bad < 0 && !asked) {
		fprintf(stderr, "skep: not watched: %s (--no-watch to say so yourself)\n", err_text(e));
		return 0;
	}
	return bad;
}

/* ---- the command ---- */

static int code_of(int error)
{
	return error == -ENOENT ? CLI_RUN_NOT_FOUND : error == -EACCES ? CLI_RUN_CANNOT_EXECUTE : CLI_RUN_FAILED;
}

static int start(struct flow_place *p, const struct flow_record *r, const struct flow_run_options *o)
{
	struct attached a = {.channel = -1, .signals = -1};
	struct err e = {0};
	int bad = flow_start(p, r, !o->detach, &a.channel, &e);

	if (bad < 0) {
		struct err ignored = {0};
		int code = cli_fail(&e, code_of(bad));
		if (o->remove)
			ignore(flow_remove(p, r, true, &ignored)); /* the failure above is what matters */
		return code;
	}
	/* The store's lock is not kept while the container runs. */
	oci_store_free(p->store);
	p->store = NULL;
	if (o->detach) {
		printf("%s\n", r->id);
		close(a.channel);
		return CLI_OK;
	}
	begin(&a, o->tty);
	int code = stay(&a);
	end(&a);
	if (code < 0) {
		fprintf(stderr, "skep: the monitor of container %s ended unexpectedly; see skep ps -a\n", r->name);
		return CLI_RUN_FAILED;
	}
	return code;
}

static void warn(const char *words)
{
	fprintf(stderr, "skep: %s\n", words);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct options *o = data;
	struct err e = {0};

	o->run.image = args[0];
	o->run.warn = warn;
	o->run.command = args + 1;
	o->run.command_count = count - 1;
	if (o->tier && !str_eq(o->tier, "native"))
		return cli_usage("--tier %s: this build has native", o->tier);
	if (o->run.detach && o->watch)
		return cli_usage("run: --watch stays with the container, --detach does not; use skep watch");
	if (o->run.detach && o->run.tty)
		o->run.input = false;
	if (flow_place_open(&place, &e) < 0)
		return cli_fail(&e, CLI_RUN_FAILED);
	if (flow_create(&place, &o->run, &record, &e) < 0)
		return cli_fail(&e, CLI_RUN_FAILED);
	SCOPED(beside) struct beside beside = {0};
	if (watch_beside(o, &record, &beside, &e) < 0) {
		struct err ignored = {0};
		ignore(flow_remove(&place, &record, true,
				   &ignored)); /* it never started; the failure is what matters */
		return cli_fail(&e, CLI_RUN_FAILED);
	}
	return start(&place, &record, &o->run);
}

static void done(void *data)
{
	struct options *o = data;

	strv_done(&o->run.env);
	strv_done(&o->run.volumes);
	strv_done(&o->run.tmpfs);
	strv_done(&o->run.drift_allowed);
	strv_done(&o->run.policies);
	strv_done(&o->rules);
}

const struct cli_command cli_run = {
	.name = "run",
	.arguments = "IMAGE [COMMAND...]",
	.summary = "run a container",
	.example = "  skep run --rm oci:layout:latest echo hello\n"
		   "  skep run -d --name web --memory 64m -v ./site:/site:ro web:1.2\n"
		   "  skep run --rm -it --network host --profile docker rootfs:/srv/root sh\n",
	.options = options,
	.args_min = 1,
	.args_max = STRV_MAX,
	.stop_at_first = true,
	.size = sizeof(struct options),
	.run = run,
	.done = done,
};
