/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox of workers. The order matters: what needs rights comes first (root folder, capabilities), then the walls
 * that need none (Landlock, seccomp). Landlock is used from its second version on, because the first one forbids all
 * hard links between folders; without it the moved root and the seccomp list still hold.
 */
#include "priv/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/creds.h"
#include "syscalls.h"

/* Newer than Debian 12's headers. */
#define ACCESS_FS_TRUNCATE (1ull << 14)	 /* ABI 3 */
#define ACCESS_FS_IOCTL_DEV (1ull << 15) /* ABI 5 */
#define ACCESS_NET_ALL 3ull		 /* ABI 4: bind and connect of TCP */
#define SCOPE_ALL 3ull			 /* ABI 6: abstract sockets and signals */

struct ruleset {
	uint64_t fs, net, scoped;
};

#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                                                                   \
	(READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                                 \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                 \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |                    \
	 LANDLOCK_ACCESS_FS_REFER | ACCESS_FS_TRUNCATE)

/* Present in programs built with the address sanitizer, whose shadow memory no limit can hold. */
extern void __asan_init(void) __attribute__((weak));

int priv_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

static struct ruleset ruleset_of(int abi)
{
	struct ruleset r = {.fs = (1ull << 14) - 1}; /* all of ABI 2 */

	if (abi >= 3)
		r.fs |= ACCESS_FS_TRUNCATE;
	if (abi >= 4)
		r.net = ACCESS_NET_ALL;
	if (abi >= 5)
		r.fs |= ACCESS_FS_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = SCOPE_ALL;
	return r;
}

static int confine_files(const struct priv_sandbox *s, struct err *e)
{
	int abi = priv_landlock_abi();
	struct ruleset rights = ruleset_of(abi);
	rights.net = s->network ? 0 : rights.net;
	size_t size = abi >= 6 ? sizeof(rights) : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);

	if (abi < 2)
		return 0;
	scoped_fd int rules = (int)syscall(SYS_landlock_create_ruleset, &rights, size, 0);
	if (rules < 0)
		return err_sys(e, -errno, "Landlock");
	for (size_t i = 0; i < s->folder_count; i++) {
		struct landlock_path_beneath_attr rule = {
			.allowed_access = (s->folders[i].write ? WRITE_RIGHTS : READ_RIGHTS) & rights.fs,
			.parent_fd = s->folders[i].fd,
		};
		struct stat st;
		/* A single file takes no rights of folders; it is open already and needs none. */
		if (fstat(s->folders[i].fd, &st) == 0 && !S_ISDIR(st.st_mode))
			continue;
		if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			return err_sys(e, -errno, "Landlock, folder %zu", i);
	}
	if (syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		return err_sys(e, -errno, "Landlock");
	return 0;
}

static int limit(int resource, uint64_t value)
{
	struct rlimit r = {value, value};

	return setrlimit((__rlimit_resource_t)resource, &r) < 0 ? -errno : 0;
}

static int confine_resources(const struct priv_sandbox *s, struct err *e)
{
	int r = limit(RLIMIT_CORE, 0);

	if (r == 0 && !s->network)
		r = limit(RLIMIT_NPROC, 0);
	if (r == 0 && s->memory_bytes && !__asan_init)
		r = limit(RLIMIT_DATA, s->memory_bytes);
	if (r == 0 && s->cpu_s)
		r = limit(RLIMIT_CPU, s->cpu_s);
	if (r == 0)
		r = limit(RLIMIT_FSIZE, s->file_bytes);
	return r < 0 ? err_sys(e, r, "resource limits") : 0;
}

/* Who has no right to bound or to become somebody else has none that matter: there are no new ones either. */
static int drop_rights(const struct priv_sandbox *s)
{
	int r = kern_caps_bound(s->capabilities);

	if (r == -EPERM && s->network)
		r = 0;
	if (r == 0 && s->user && (r = kern_set_groups(NULL, 0)) == 0)
		r = kern_set_ids(s->user, s->user);
	if (s->user && (r == -EINVAL || r == -EPERM))
		r = 0; /* a user namespace that does not know it */
	if (r == 0)
		r = kern_caps_ambient(0);
	return r < 0 ? r : kern_caps_set(s->capabilities, s->capabilities, 0);
}

int priv_confine(const struct priv_sandbox *s, struct err *e)
{
	int r;

	if (s->root_fd >= 0 && (fchdir(s->root_fd) < 0 || chroot(".") < 0))
		return err_sys(e, -errno, "moving the root folder");
	r = confine_resources(s, e);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, -errno, "no new privileges");
	r = drop_rights(s);
	if (r < 0)
		return err_sys(e, r, "dropping capabilities");
	r = confine_files(s, e);
	return r < 0 || s->network ? r : priv_confine_syscalls(e);
}
