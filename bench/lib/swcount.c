// SPDX-License-Identifier: GPL-2.0
#include "swcount.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct swcount {
	int	nr_fds;
	int	fds[];		/* event by event for one CPU, then the next CPU */
};

const char *const swcount_names[SWCOUNT_NR_EVENTS] = {
	[SWCOUNT_CONTEXT_SWITCHES]	= "context_switches",
	[SWCOUNT_CPU_MIGRATIONS]	= "cpu_migrations",
	[SWCOUNT_PAGE_FAULTS]		= "page_faults",
};

static const uint64_t event_config[SWCOUNT_NR_EVENTS] = {
	[SWCOUNT_CONTEXT_SWITCHES]	= PERF_COUNT_SW_CONTEXT_SWITCHES,
	[SWCOUNT_CPU_MIGRATIONS]	= PERF_COUNT_SW_CPU_MIGRATIONS,
	[SWCOUNT_PAGE_FAULTS]		= PERF_COUNT_SW_PAGE_FAULTS,
};

static int open_event(int cpu, enum swcount_event event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = event_config[event],
	};

	return syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Opens all events of @cpu; an offline CPU has none and is no error. */
static int open_cpu(struct swcount *counts, int cpu, struct why *why)
{
	for (int event = 0; event < SWCOUNT_NR_EVENTS; event++) {
		int fd = open_event(cpu, event);

		if (fd < 0 && errno == ENODEV && !event)
			return 0;
		if (fd < 0)
			return why_set(why, -errno,
				       "cannot count %s on CPU %d: %s (this needs root and CONFIG_PERF_EVENTS)",
				       swcount_names[event], cpu, strerror(errno));
		counts->fds[counts->nr_fds++] = fd;
	}
	return 0;
}

int swcount_create(struct swcount **ret_counts, struct why *why)
{
	long nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct swcount *counts;
	int err = 0;

	counts = calloc(1, sizeof(*counts) + nr_cpus * SWCOUNT_NR_EVENTS * sizeof(counts->fds[0]));
	if (!counts)
		return why_set(why, -ENOMEM, "out of memory");
	for (int cpu = 0; cpu < nr_cpus && !err; cpu++)
		err = open_cpu(counts, cpu, why);
	if (!err && !counts->nr_fds)
		err = why_set(why, -ENODEV, "no CPU to count on");
	if (err) {
		swcount_destroy(counts);
		return err;
	}
	*ret_counts = counts;
	return 0;
}

int swcount_read(const struct swcount *counts, uint64_t ret_value[SWCOUNT_NR_EVENTS],
		 struct why *why)
{
	uint64_t sum[SWCOUNT_NR_EVENTS] = {};

	for (int i = 0; i < counts->nr_fds; i++) {
		uint64_t value;

		if (read(counts->fds[i], &value, sizeof(value)) != sizeof(value))
			return why_set(why, -EIO, "cannot read the count of %s: %s",
				       swcount_names[i % SWCOUNT_NR_EVENTS], strerror(errno));
		sum[i % SWCOUNT_NR_EVENTS] += value;
	}
	memcpy(ret_value, sum, sizeof(sum));
	return 0;
}

void swcount_destroy(struct swcount *counts)
{
	if (!counts)
		return;
	for (int i = 0; i < counts->nr_fds; i++)
		close(counts->fds[i]);
	free(counts);
}
