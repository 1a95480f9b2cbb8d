/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block devices, huge pages and network devices of one sample of usage, with the members that runc's have.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "stats.h"

#define FILE_MAX (1u << 20)

struct block_number {
	unsigned major, minor;
	const char *op;
	uint64_t value;
};

static void write_block_number(struct json_out *o, const struct block_number *n)
{
	json_out_object(o, NULL);
	json_out_u64(o, "major", n->major);
	json_out_u64(o, "minor", n->minor);
	json_out_str(o, "op", n->op);
	json_out_u64(o, "value", n->value);
	json_out_object_end(o);
}

/* Lines of "254:0 Read 4096"; the last one is a sum over all devices. */
static void write_v1_list(struct json_out *o, const struct stats_source *s, const char *key, const char *file)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	int fd = stats_folder(s, "blkio");

	json_out_array(o, key);
	char *rest = fd >= 0 && path_read_file(fd, file, &text) == 0 ? text.data : NULL;
	while (rest && *rest) {
		struct block_number n;
		char op[32];
		if (sscanf(strsep(&rest, "\n"), "%u:%u %31s %" SCNu64, &n.major, &n.minor, op, &n.value) != 4)
			continue;
		n.op = op;
		write_block_number(o, &n);
	}
	json_out_array_end(o);
}

/* Lines of "254:0 rbytes=4096 wbytes=0 rios=1 ...": those members that end in SUFFIX. */
static void write_v2_list(struct json_out *o, const struct stats_source *s, const char *key, const char *suffix)
{
	static const char *const ops[] = {"Read", "Write", "Discard"};
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	int fd = stats_folder(s, "io");

	json_out_array(o, key);
	char *rest = fd >= 0 && path_read_file(fd, "io.stat", &text) == 0 ? text.data : NULL;
	while (rest && *rest) {
		char *words = strsep(&rest, "\n"), *device = strsep(&words, " ");
		struct block_number n;
		if (!words || sscanf(device, "%u:%u", &n.major, &n.minor) != 2)
			continue;
		for (char *value; (value = strsep(&words, " "));) {
			const char *name = strsep(&value, "=");
			for (size_t i = 0; value && i < ARRAY_LEN(ops); i++) {
				/* rbytes, wbytes, dbytes: the operation's first letter */
				if ((name[0] | 0x20) != (ops[i][0] | 0x20) || !str_eq(name + 1, suffix))
					continue;
				n.op = ops[i];
				if (str_to_u64(value, UINT64_MAX, &n.value) == 0)
					write_block_number(o, &n);
			}
		}
	}
	json_out_array_end(o);
}

void stats_write_blkio(struct json_out *o, const struct stats_source *s)
{
	json_out_object(o, "blkio");
	if (s->v2) {
		write_v2_list(o, s, "ioServiceBytesRecursive", "bytes");
		write_v2_list(o, s, "ioServicedRecursive", "ios");
	} else {
		write_v1_list(o, s, "ioServiceBytesRecursive", "blkio.throttle.io_service_bytes_recursive");
		write_v1_list(o, s, "ioServicedRecursive", "blkio.throttle.io_serviced_recursive");
	}
	json_out_object_end(o);
}

/* "hugepages-2048kB" is "2MB" in the names of the groups' files. */
static bool page_size_name(const char *folder, char name[24])
{
	unsigned long kib;

	if (sscanf(folder, "hugepages-%lukB", &kib) != 1)
		return false;
	if (kib >= 1u << 20)
		snprintf(name, 24, "%luGB", kib >> 20);
	else if (kib >= 1u << 10)
		snprintf(name, 24, "%luMB", kib >> 10);
	else
		snprintf(name, 24, "%luKB", kib);
	return true;
}

static void write_page_size(struct json_out *o, const struct stats_source *s, const char *size, bool v2)
{
	char file[64];

	json_out_object(o, size);
	snprintf(file, sizeof(file), v2 ? "hugetlb.%s.current" : "hugetlb.%s.usage_in_bytes", size);
	json_out_u64(o, "usage", stats_number(s, "hugetlb", file));
	if (!v2) {
		snprintf(file, sizeof(file), "hugetlb.%s.max_usage_in_bytes", size);
		json_out_u64(o, "max", stats_number(s, "hugetlb", file));
	}
	snprintf(file, sizeof(file), v2 ? "hugetlb.%s.events" : "hugetlb.%s.failcnt", size);
	json_out_u64(o, "failcnt", v2 ? stats_keyed(s, "hugetlb", file, "max") : stats_number(s, "hugetlb", file));
	json_out_object_end(o);
}

void stats_write_hugetlb(struct json_out *o, const struct stats_source *s)
{
	DIR *sizes = opendir("/sys/kernel/mm/hugepages");
	/* On a hybrid host the v2 tree may have this controller alone. */
	bool v2 = s->v2 || (kern_cgroup_controller(s->c, "hugetlb") < 0 && s->c->v2 >= 0);
	const struct stats_source from = {.c = s->c, .v2 = v2};
	char size[24], file[64];
	struct stat st;

	json_out_object(o, "hugetlb");
	for (struct dirent *ent; sizes && (ent = readdir(sizes));) {
		if (!page_size_name(ent->d_name, size))
			continue;
		snprintf(file, sizeof(file), v2 ? "hugetlb.%s.current" : "hugetlb.%s.usage_in_bytes", size);
		int fd = stats_folder(&from, "hugetlb");
		if (fd >= 0 && fstatat(fd, file, &st, 0) == 0)
			write_page_size(o, &from, size, v2);
	}
	json_out_object_end(o);
	if (sizes)
		closedir(sizes);
}

/* "  eth0: bytes packets errs drop fifo frame compressed multicast" and the same for what was sent. */
static void write_network_device(struct json_out *o, char *line)
{
	char *name = strsep(&line, ":");
	uint64_t n[12];

	if (!line || sscanf(line,
			    "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64
			    "%" SCNu64 "%" SCNu64 "%" SCNu64 "%" SCNu64,
			    &n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6], &n[7], &n[8], &n[9], &n[10], &n[11]) != 12)
		return;
	json_out_object(o, NULL);
	json_out_str(o, "Name", name + strspn(name, " "));
	json_out_u64(o, "RxBytes", n[0]);
	json_out_u64(o, "RxPackets", n[1]);
	json_out_u64(o, "RxErrors", n[2]);
	json_out_u64(o, "RxDropped", n[3]);
	json_out_u64(o, "TxBytes", n[8]);
	json_out_u64(o, "TxPackets", n[9]);
	json_out_u64(o, "TxErrors", n[10]);
	json_out_u64(o, "TxDropped", n[11]);
	json_out_object_end(o);
}

void stats_write_network(struct json_out *o, const struct container *c)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)c->pid);
	if (!c->has_spec || !oci_spec_namespace(&c->spec, OCI_NS_NETWORK) || container_status(c) == CONTAINER_STOPPED ||
	    path_read_file(AT_FDCWD, path, &text) < 0)
		return;
	json_out_array(o, "network_interfaces");
	for (char *rest = text.data; rest && *rest;)
		write_network_device(o, strsep(&rest, "\n"));
	json_out_array_end(o);
}
