/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of checks and the issues it makes.
 */
#include "assay/checks.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "assay/config-text.h"
#include "base/str.h"
#include "licence.h"

struct check {
	const char *rule;
	enum vuln_severity_level level;
	const char *title, *fix;
};

static const struct check checks[] = {
	{"root-user", VULN_SEVERITY_MEDIUM, "runs as root (CIS 4.1)", "set USER to one that is not 0"},
	{"env-secret", VULN_SEVERITY_HIGH, "a variable's name says that its value is a secret (CIS 4.10)",
	 "hand secrets in at run time, not in ENV"},
	{"history-secret", VULN_SEVERITY_HIGH, "a step of the build has a secret in it (CIS 4.10)",
	 "use build secrets (RUN --mount=type=secret); the value is in the image for good: replace it"},
	{"add-url", VULN_SEVERITY_LOW, "ADD of an address: what comes from there is not checked (CIS 4.9)",
	 "fetch it in a RUN step and compare its digest, or ADD --checksum"},
	{"pipe-to-shell", VULN_SEVERITY_MEDIUM, "a step runs what it downloads without looking at it",
	 "download, compare the digest, then run"},
	{"unverified-packages", VULN_SEVERITY_MEDIUM, "a step installs packages without checking signatures (CIS 4.11)",
	 "leave the checks on"},
	{"unverified-tls", VULN_SEVERITY_MEDIUM, "a step downloads without checking certificates",
	 "leave the checks on"},
	{"update-alone", VULN_SEVERITY_LOW,
	 "a step only updates lists of packages, which then age in the cache (CIS 4.7)",
	 "update and install in one step"},
	{"chmod-777", VULN_SEVERITY_LOW, "a step makes files writable for anybody", "give the group what it needs"},
	{"latest-tag", VULN_SEVERITY_LOW, "the tag is latest: what it is changes", "name a version or a digest"},
	{"debug-port", VULN_SEVERITY_MEDIUM, "a port for debugging or remote control is exposed",
	 "take it out of EXPOSE; reach the container by exec"},
	{"no-healthcheck", VULN_SEVERITY_NEGLIGIBLE, "has no HEALTHCHECK (CIS 4.6)",
	 "add one, or let the orchestrator probe"},
	{"setuid", VULN_SEVERITY_LOW, "a program runs as its owner (CIS 4.8)", "remove the bit: chmod u-s"},
	{"setgid", VULN_SEVERITY_NEGLIGIBLE, "a program runs as its group (CIS 4.8)", "remove the bit: chmod g-s"},
	{"world-writable", VULN_SEVERITY_MEDIUM, "anybody may change it", "chmod o-w"},
	{"shell", VULN_SEVERITY_NEGLIGIBLE, "a shell is in the image", "build from a base without one"},
	{"package-manager", VULN_SEVERITY_NEGLIGIBLE, "a package manager is in the image",
	 "build in stages and leave it behind"},
	{"forbidden-licence", VULN_SEVERITY_HIGH, "a package is under a licence that is not allowed",
	 "take another package, or allow it"},
	{"ssh-server", VULN_SEVERITY_MEDIUM, "an SSH server is in the image", "reach the container by exec"},
};

static const struct check *check_of(const char *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (str_eq(checks[i].rule, rule))
			return &checks[i];
	return NULL;
}

struct making {
	struct arena *arena;
	struct assay_issue *list;
	size_t count, room;
};

static struct assay_issue *next(struct making *m)
{
	static struct assay_issue lost; /* what is written while the arena failed */

	if (m->count == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		struct assay_issue *more = ARENA_ARRAY(m->arena, room, struct assay_issue);
		if (!more)
			return &lost;
		if (m->count)
			memcpy(more, m->list, m->count * sizeof(*more));
		m->list = more;
		m->room = room;
	}
	return &m->list[m->count++];
}

static void add(struct making *m, const char *rule, const char *text)
{
	const struct check *c = check_of(rule);

	*next(m) = (struct assay_issue){.kind = MODEL_REMARK_CONFIG,
					.rule = c->rule,
					.title = c->title,
					.level = c->level,
					.path = "",
					.text = arena_str(m->arena, text),
					.fix = c->fix,
					.layer = UINT32_MAX};
}

/* ---- the configuration ---- */

bool assay_starts_as_root(const struct oci_image_config *c)
{
	const char *user = c->user ? c->user : "";
	size_t len = strcspn(user, ":");

	return !len || (len == 1 && *user == '0') || (len == 4 && memcmp(user, "root", 4) == 0);
}

static bool has_word(const char *text, size_t len, const char *const *words)
{
	char upper[256];
	size_t n = MIN_OF(len, sizeof(upper) - 1);

	for (size_t i = 0; i < n; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	upper[n] = '\0';
	for (; *words; words++)
		if (strstr(upper, *words))
			return true;
	return false;
}

static bool names_a_secret(const char *name, size_t len)
{
	static const char *const words[] = {"PASSWORD",	  "PASSWD",	 "SECRET",     "TOKEN",	   "API_KEY", "APIKEY",
					    "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "AUTH_KEY", NULL};
	/* Where a secret is to be found is none. */
	static const char *const places[] = {"_FILE", "_PATH", "_DIR", "_URL", "_HOST", "_NAME", "_ENDPOINT", NULL};

	return has_word(name, len, words) && !has_word(name, len, places);
}

static bool is_filled(const char *value, size_t len)
{
	return len && *value != '$' && *value != '<' && !(len == 4 && strncasecmp(value, "true", 4) == 0) &&
	       !(len == 5 && strncasecmp(value, "false", 5) == 0) && !(len == 2 && memcmp(value, "\"\"", 2) == 0);
}

static void check_env(struct making *m, const struct oci_image_config *c)
{
	for (size_t i = 0; i < c->env.count; i++) {
		const char *equals = strchr(c->env.items[i], '=');
		size_t len = equals ? (size_t)(equals - c->env.items[i]) : 0;
		if (equals && names_a_secret(c->env.items[i], len) && is_filled(equals + 1, strlen(equals + 1)))
			add(m, "env-secret",
			    arena_printf(m->arena, "ENV %.*s", (int)MIN_OF(len, (size_t)200), c->env.items[i]));
	}
}

static void check_ports(struct making *m, const struct oci_image_config *c)
{
	static const struct {
		const char *port, *what;
	} ports[] = {{"22", "SSH"},
		     {"23", "telnet"},
		     {"2375", "Docker's API without TLS"},
		     {"3389", "RDP"},
		     {"5005", "Java debugger"},
		     {"5900", "VNC"},
		     {"9229", "Node.js inspector"},
		     {"5678", "debugpy"},
		     {"2345", "Delve"},
		     {"10250", "kubelet"}};

	for (size_t i = 0; i < c->exposed_ports.count; i++)
		for (size_t k = 0; k < ARRAY_LEN(ports); k++) {
			size_t len = strcspn(c->exposed_ports.items[i], "/");
			if (strlen(ports[k].port) == len && memcmp(ports[k].port, c->exposed_ports.items[i], len) == 0)
				add(m, "debug-port",
				    arena_printf(m->arena, "EXPOSE %s (%s)", c->exposed_ports.items[i], ports[k].what));
		}
}

static void check_tag(struct making *m, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	const char *tag = strchr(last, ':');

	if (!strchr(last, '@') && tag && str_eq(tag + 1, "latest"))
		add(m, "latest-tag", name);
}

/* ---- the build's steps ---- */

/* NAME=value in a step, the name one of a secret. */
static bool assigns_a_secret(const char *step, const char **ret, size_t *ret_len)
{
	for (const char *equals = strchr(step, '='); equals; equals = strchr(equals + 1, '=')) {
		const char *from = equals;
		while (from > step && (isalnum((unsigned char)from[-1]) || from[-1] == '_'))
			from--;
		size_t value = strcspn(equals + 1, " \t;&|");
		if (from < equals && names_a_secret(from, (size_t)(equals - from)) && is_filled(equals + 1, value)) {
			*ret = from;
			*ret_len = (size_t)(equals - from);
			return true;
		}
	}
	return false;
}

static bool pipes_to_shell(const char *step)
{
	static const char *const shells[] = {"sh", "bash", "/bin/sh", "/bin/bash", "sudo", "python", "python3", "zsh"};
	const char *load = strstr(step, "curl ");

	load = load ? load : strstr(step, "wget ");
	for (const char *pipe = load ? strchr(load, '|') : NULL; pipe; pipe = strchr(pipe + 1, '|')) {
		const char *word = pipe + 1 + strspn(pipe + 1, " \t");
		if (pipe[1] == '|')
			continue;
		for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
			size_t len = strlen(shells[i]);
			if (strncmp(word, shells[i], len) == 0 && !isalnum((unsigned char)word[len]))
				return true;
		}
	}
	return false;
}

static bool has_any(const char *step, const char *const *words)
{
	for (; *words; words++)
		if (strstr(step, *words))
			return true;
	return false;
}

static bool updates_alone(const char *step)
{
	static const char *const updates[] = {"apt-get update", "apt update", "yum makecache", "apk update", NULL};
	static const char *const installs[] = {"install", "upgrade", "apk add", NULL};

	return has_any(step, updates) && !has_any(step, installs);
}

static bool adds_an_address(const char *step)
{
	const char *at = strstr(step, "ADD ");

	if (!at || (at != step && !isspace((unsigned char)at[-1]) && at[-1] != ')'))
		return false;
	return (strstr(at, "http://") || strstr(at, "https://")) && !strstr(at, "--checksum=");
}

/* A step without what may be secret in it: values of names that say so, passwords in addresses, what authorizes. */
static const char *redacted(struct arena *a, const char *step)
{
	char *text = arena_str(a, step);

	for (char *at = text; at && *at; at++) {
		size_t name = 0, hide = 0;
		char *from = at + 1;
		while (name < (size_t)(at - text) &&
		       (isalnum((unsigned char)at[-1 - (ssize_t)name]) || at[-1 - (ssize_t)name] == '_'))
			name++;
		if ((*at == '=' || *at == ' ') && names_a_secret(at - name, name))
			hide = strcspn(from, " \t;&|");
		else if (str_starts_with(at, "://") && strcspn(at + 3, "@") < strcspn(at + 3, "/ \t"))
			hide = strcspn(from += 2, "@");
		else if (strncasecmp(at, "authorization:", 14) == 0)
			hide = strcspn(from += 13, "\"'");
		memset(from, '*', hide);
	}
	return text ? text : "";
}

const char *assay_shown_step(struct arena *a, const struct oci_history *step)
{
	if (step->has_secret)
		return "(not shown: there is a secret in it)";
	return step->created_by ? redacted(a, step->created_by) : NULL;
}

static void check_step(struct making *m, const struct oci_history *said)
{
	const char *step = said->created_by;
	static const char *const unverified[] = {
		"--allow-unauthenticated", "--force-yes",	"--nogpgcheck", "gpgcheck=0",
		"--no-gpg-checks",	   "--allow-untrusted", "trusted=yes",	NULL};
	static const char *const insecure[] = {"curl -k",
					       "curl --insecure",
					       "--no-check-certificate",
					       "http.sslVerify=false",
					       "--trusted-host",
					       "NODE_TLS_REJECT_UNAUTHORIZED=0",
					       NULL};
	static const char *const open_modes[] = {"chmod 777",	"chmod -R 777", "chmod 0777",
						 "chmod a+rwx", "chmod o+w",	NULL};
	const char *name;
	size_t len;

	if (assigns_a_secret(step, &name, &len))
		add(m, "history-secret", arena_printf(m->arena, "%.*s=...", (int)MIN_OF(len, (size_t)200), name));
	const char *shown = assay_shown_step(m->arena, said);
	if (adds_an_address(step))
		add(m, "add-url", shown);
	if (pipes_to_shell(step))
		add(m, "pipe-to-shell", shown);
	if (has_any(step, unverified))
		add(m, "unverified-packages", shown);
	if (has_any(step, insecure))
		add(m, "unverified-tls", shown);
	if (has_any(step, open_modes))
		add(m, "chmod-777", shown);
	if (updates_alone(step))
		add(m, "update-alone", shown);
}

static void check_config(struct making *m, const struct oci_image_config *c, const char *name)
{
	if (assay_starts_as_root(c))
		add(m, "root-user", c->user ? c->user : "no USER");
	check_env(m, c);
	check_ports(m, c);
	check_tag(m, name);
	if (!c->has_healthcheck)
		add(m, "no-healthcheck", "");
	for (size_t i = 0; i < c->history_count; i++)
		if (c->history[i].created_by && !assay_step_is_env(c, c->history[i].created_by))
			check_step(m, &c->history[i]);
}

/* ---- what the workers remarked ---- */

/* Behind the LAYERS is what was found in the configuration. */
static void take_remark(struct making *m, const struct assay_remark *r, size_t layers)
{
	const struct check *c = check_of(r->remark.rule);
	bool file = r->remark.kind == MODEL_REMARK_FILE;

	if (r->remark.kind == MODEL_REMARK_UNREAD || (file && !c))
		return;
	*next(m) = (struct assay_issue){
		.kind = r->remark.kind,
		.rule = r->remark.rule,
		.title = file ? c->title : r->remark.text,
		.level = file ? c->level : VULN_SEVERITY_CRITICAL,
		.path = r->remark.path,
		.line = r->remark.line,
		.text = r->remark.text,
		.fix = file ? c->fix
		       : r->remark.kind == MODEL_REMARK_SECRET
			       ? "remove it from the build (a later step does not take it "
				 "out of its layer), and replace it: it is known now"
			       : "do not run this image; find out which step brought it, and build anew from what is "
				 "known to be good",
		.layer = r->layer < layers ? r->layer : UINT32_MAX,
		.hidden = r->hidden,
	};
}

static void check_licences(struct making *m, const struct assay_report *r)
{
	for (size_t i = 0; r->forbidden && i < r->inventory.package_count; i++) {
		const struct model_package *p = &r->inventory.packages[i].package;
		if (p->licence && licence_is_forbidden(p->licence, r->forbidden))
			add(m, "forbidden-licence",
			    arena_printf(m->arena, "%s %s: %s", p->name, p->version, p->licence));
	}
}

static int compare(const void *a, const void *b)
{
	const struct assay_issue *x = a, *y = b;
	int r = (int)x->kind - (int)y->kind;

	if (r == 0)
		r = (int)y->level - (int)x->level;
	if (r == 0)
		r = strcmp(x->rule, y->rule);
	if (r == 0)
		r = strcmp(x->path, y->path);
	if (r == 0)
		r = x->line < y->line ? -1 : x->line > y->line;
	return r ? r : strcmp(x->text, y->text);
}

int assay_checks(const struct oci_image_config *config, struct arena *a, struct assay_report *r, struct err *e)
{
	const struct assay_inventory *inv = &r->inventory;
	struct making m = {.arena = a};

	if (config)
		check_config(&m, config, r->name);
	check_licences(&m, r);
	for (size_t i = 0; i < inv->remark_count; i++)
		take_remark(&m, &inv->remarks[i], r->layer_count);
	for (size_t i = 0; i < inv->package_count; i++)
		if (model_package_is_os(inv->packages[i].package.type) &&
		    (str_eq(inv->packages[i].package.name, "openssh-server") ||
		     str_eq(inv->packages[i].package.name, "dropbear")))
			add(&m, "ssh-server", inv->packages[i].package.name);
	if (arena_failed(a))
		return err_set(e, -ENOMEM, "out of memory");
	if (m.count)
		qsort(m.list, m.count, sizeof(*m.list), compare);
	r->issues = m.list;
	r->issue_count = m.count;
	return 0;
}
