/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the sensors and reading their ring. */
#include "sense/sense.h"

#include <asm/unistd_64.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpf/control.h"
#include "present.h"
#include "compat.inc"
#include "sensor.inc"

enum {
	BATCH_NS = 1000000, /* between two looks at a busy ring */
	QUIET_LOOKS = 20,   /* empty ones before the next event has to wake us: waking costs the watched task */
};

struct sense {
	struct sensor *sensor;
	struct ring_buffer *ring;
	sense_fn *each;
	void *ctx;
	int stop;  /* what EACH ended the reading with */
	int taken; /* by this reading */
	int looks; /* left without asking to be woken */
};

_Static_assert((int)WATCH_TYPES <= (int)SENSOR_COUNTS && (int)SENSE_CALLS == (int)SENSOR_CALLS &&
		       (int)SENSE_CALLS == (int)NOTED_CALLS,
	       "the counters hold every type");

/* libbpf's words go nowhere: what failed is told by our own error. */
static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct sense *s = ctx;
	s->stop = s->each(s->ctx, data);
	if (s->stop < 0)
		return s->stop;
	return ++s->taken < SENSE_READ_MAX ? 0 : -EAGAIN;
}

/* A ring that is filled faster than it is read is left in between: the caller has to see its clock, and what was lost. */
static int consume(struct sense *s, int n)
{
	return n == -EAGAIN && s->stop >= 0 ? s->taken : n;
}

static int say_why(int r, struct err *e)
{
	if (r == -EPERM || r == -EACCES)
		return err_set(e, -EPERM, "the sensors need root, or CAP_BPF and CAP_PERFMON");
	struct stat st;
	if (stat("/sys/kernel/btf/vmlinux", &st) < 0)
		return err_set(e, -ENOTSUP,
			       "this kernel has no /sys/kernel/btf/vmlinux: the sensors need CONFIG_DEBUG_INFO_BTF");
	return err_set(e, r, "the sensors cannot be loaded into this kernel: %s", strerror(-r));
}

static int learn_own_pid(struct sense *s)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	return bpf_prog_test_run_opts(bpf_program__fd(s->sensor->progs.who_am_i), &options);
}

void sense_want(struct sense *s, const struct sense_config *config)
{
	struct sensor_control *control = &s->sensor->bss->control;
	const uint8_t *wanted = config->wanted;
	uint8_t maybe[SENSE_CALLS], sockets = 0;

	for (int call = __NR_socket; call <= __NR_getsockopt; call++)
		sockets |= wanted[call];
	for (int i = 0; i < SENSE_CALLS; i++) {
		uint16_t narrow = compat_calls[i];
		maybe[i] = wanted[i] | (narrow < SENSE_CALLS ? wanted[narrow] : 0);
	}
	maybe[COMPAT_SOCKETCALL] |= sockets | wanted[__NR_accept4] | wanted[__NR_recvmmsg] | wanted[__NR_sendmmsg];
	/* The sensors may be at work: each is stored once, so that what stays wanted is never unwanted in between. */
	control->environment = config->environment;
	memcpy(control->wanted, wanted, sizeof(control->wanted));
	memcpy(control->maybe, maybe, sizeof(control->maybe));
}

/* Whether io_uring's end of a request comes with the whole completion; earlier kernels hand over its parts. */
static bool has_completions(const struct btf *btf)
{
	const struct btf_type *t = btf__type_by_id(
		btf, (unsigned)btf__find_by_name_kind(btf, "btf_trace_io_uring_complete", BTF_KIND_TYPEDEF));
	for (int i = 0; t && i < 2; i++) /* a name of a pointer to a function */
		t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) && btf_vlen(t) == 4;
}

/* Before Linux 6.4 the submission of a request to io_uring has another name. */
static int choose_submission(struct sense *s, const struct btf *btf)
{
	if (!btf || btf__find_by_name_kind(btf, "btf_trace_io_uring_submit_req", BTF_KIND_TYPEDEF) > 0)
		return 0;
	return bpf_program__set_attach_target(s->sensor->progs.on_uring, 0, "io_uring_submit_sqe");
}

static bool is_noting(const struct sense_config *config)
{
	for (int call = 0; call < SENSE_CALLS; call++)
		if (config->wanted[call] & SENSE_NOTED)
			return true;
	return false;
}

/* What this kernel offers beyond the least. */
static int learn_kernel(struct sense *s, const struct sense_config *config)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool ends = btf && has_completions(btf);
	bool capable =
		is_noting(config) && btf && btf__find_by_name_kind(btf, "btf_trace_cap_capable", BTF_KIND_TYPEDEF) > 0;
	int r = choose_submission(s, btf);
	s->sensor->rodata->can_cast = btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	s->sensor->rodata->tells_results = ends;
	bpf_program__set_autoload(s->sensor->progs.on_uring_end, ends);
	bpf_program__set_autoload(s->sensor->progs.on_capable, capable);
	s->sensor->bss->control.noted.has_capabilities = capable;
	btf__free(btf);
	return r;
}

static int load(struct sense *s, const struct sense_config *config)
{
	int r;

	s->sensor = sensor__open();
	if (!s->sensor)
		return -errno;
	struct sensor_control *control = &s->sensor->bss->control;
	sense_want(s, config);
	control->only_cgroup = config->only_cgroup;
	control->only_level = config->only_level;
	if (config->only_name)
		memcpy(control->only_name, config->only_name, strnlen(config->only_name, sizeof(control->only_name)));
	r = learn_kernel(s, config);
	if (r == 0)
		r = sensor__load(s->sensor);
	if (r == 0)
		r = learn_own_pid(s);
	if (r == 0)
		r = sensor__attach(s->sensor);
	if (r < 0)
		return r;
	s->ring = ring_buffer__new(bpf_map__fd(s->sensor->maps.ring), on_record, s, NULL);
	return s->ring ? 0 : -errno;
}

int sense_open(struct sense **ret, const struct sense_config *config, struct err *e)
{
	*ret = NULL;
	struct sense *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, -ENOMEM, "out of memory");
	libbpf_set_print(quiet);
	int r = load(s, config);
	if (r < 0) {
		sense_close(s);
		return say_why(r, e);
	}
	*ret = s;
	return 0;
}

void sense_close(struct sense *s)
{
	if (!s)
		return;
	ring_buffer__free(s->ring);
	sensor__destroy(s->sensor);
	free(s);
}

int sense_read(struct sense *s, int timeout_ms, sense_fn *each, void *ctx)
{
	s->each = each;
	s->ctx = ctx;
	s->stop = 0;
	s->taken = 0;
	int n = consume(s, ring_buffer__consume(s->ring));
	for (; n == 0 && s->looks > 0; s->looks--) {
		nanosleep(&(struct timespec){.tv_nsec = BATCH_NS}, NULL);
		n = consume(s, ring_buffer__consume(s->ring));
	}
	if (n == 0) {
		/* From here on the next event wakes us; one that came before the flag was up is found by looking once more. */
		__atomic_store_n(&s->sensor->bss->control.sleeping, 1, __ATOMIC_SEQ_CST);
		n = consume(s, ring_buffer__consume(s->ring));
		if (n == 0)
			n = consume(s, ring_buffer__poll(s->ring, timeout_ms));
		__atomic_store_n(&s->sensor->bss->control.sleeping, 0, __ATOMIC_SEQ_CST);
	}
	if (n > 0) {
		s->looks = QUIET_LOOKS;
		if (s->taken < SENSE_READ_MAX)
			nanosleep(&(struct timespec){.tv_nsec = BATCH_NS}, NULL);
	}
	if (s->stop < 0)
		return s->stop;
	return n == -EINTR ? 0 : n;
}

const struct noted *sense_noted(const struct sense *s)
{
	return &s->sensor->bss->control.noted;
}

int sense_counters(const struct sense *s)
{
	return bpf_map__fd(s->sensor->maps.counts);
}

int sense_counts(struct sense *s, struct sense_count counts[WATCH_TYPES])
{
	return sense_read_counters(sense_counters(s), counts);
}

int sense_read_counters(int counters, struct sense_count counts[WATCH_TYPES])
{
	int cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	struct sensor_count *each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	for (uint32_t type = 0; type < WATCH_TYPES; type++) {
		counts[type] = (struct sense_count){0};
		if (bpf_map_lookup_elem(counters, &type, each) < 0)
			continue;
		for (int cpu = 0; cpu < cpus; cpu++) {
			counts[type].sent += each[cpu].sent;
			counts[type].lost += each[cpu].lost;
		}
	}
	free(each);
	return 0;
}

uint64_t sense_cgroup_id(const char *folder)
{
	struct stat st;
	return stat(folder, &st) == 0 ? st.st_ino : 0;
}

int sense_present(struct sense *s, sense_fn *each, void *ctx, struct err *e)
{
	int r = present_cgroups(each, ctx, e);
	if (r < 0)
		return r;
	int iterator = bpf_iter_create(bpf_link__fd(s->sensor->links.each_process));
	if (iterator < 0)
		return err_set(e, -errno, "the running processes cannot be listed: %s", strerror(errno));
	r = present_processes(iterator, each, ctx, e);
	close(iterator);
	return r;
}
