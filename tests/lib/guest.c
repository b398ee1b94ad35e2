// SPDX-License-Identifier: GPL-2.0
#include "guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

TAP_ONLY_IN_GUEST();

#define NSEC_PER_MSEC 1000000LL

int64_t wait_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / NSEC_PER_MSEC;
}

void wait_nap(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2 * NSEC_PER_MSEC }, NULL);
}

static const char *vfile_read(const char *fmt, va_list args)
{
	enum { NR_BUFFERS = 8, SIZE = 65536 };
	static char buffers[NR_BUFFERS][SIZE];
	static unsigned int nr;
	char *buf = buffers[nr++ % NR_BUFFERS];
	char path[512];
	size_t len = 0;
	ssize_t n;
	int fd;

	vsnprintf(path, sizeof(path), fmt, args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	while (len < SIZE - 1 && (n = read(fd, buf + len, SIZE - 1 - len)) > 0)
		len += n;
	close(fd);
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return buf;
}

const char *file_read(const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = vfile_read(fmt, args);
	va_end(args);
	return text;
}

long long file_number(const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = vfile_read(fmt, args);
	va_end(args);
	return text ? strtoll(text, NULL, 0) : -1;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

bool file_exists(const char *path)
{
	return !access(path, F_OK);
}

uint64_t file_inode(const char *path)
{
	struct stat st;

	ASSERT_EQ(stat(path, &st), 0);
	return st.st_ino;
}

#define CONSOLE_LEVEL "/proc/sys/kernel/printk"
static long long console_level = -1;

void console_quiet(void)
{
	console_level = file_number(CONSOLE_LEVEL);
	ASSERT_EQ(file_write(CONSOLE_LEVEL, "1"), 0);
}

void console_loud(void)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", console_level);
	ASSERT_EQ(file_write(CONSOLE_LEVEL, text), 0);
}

const char *cg_path(const char *name, const char *file)
{
	static char path[4][256];
	static unsigned int turn;

	snprintf(path[turn % 4], sizeof(path[0]), "/sys/fs/cgroup/%s%s%s", name, file ? "/" : "",
		 file ?: "");
	return path[turn++ % 4];
}

int cg_make(const char *name)
{
	return mkdir(cg_path(name, NULL), 0755) ? -errno : 0;
}

int cg_write(const char *name, const char *file, const char *text)
{
	return file_write(cg_path(name, file), text);
}

int cg_enter(const char *name, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cg_write(name, "cgroup.procs", text);
}

const char *line_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len))
			return text + len + strspn(text + len, " \t:");
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

bool scx_state_is(const char *state)
{
	const char *now = file_read(SCX_SYSFS "state");

	return now && !strcmp(now, state);
}

long long sched_event(const char *name)
{
	const char *value = line_value(file_read(SCX_SYSFS "root/events"), name);

	ASSERT_TRUE(value);
	return atoll(value);
}

int nr_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_CONF);
}

int cpu_set_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return file_write(path, online ? "1" : "0");
}

void pin_self(int cpu)
{
	ASSERT_EQ(set_affinity(0, cpu < 0 ? ~0ULL : 1ULL << cpu), 0);
}

void pin_thread(const char *comm, int cpu)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int nr = 0;

	ASSERT_TRUE(dir);
	while ((entry = readdir(dir))) {
		const char *is = file_read("/proc/%.16s/comm", entry->d_name);

		if (!is || strcmp(is, comm))
			continue;
		ASSERT_EQ(set_affinity(atoi(entry->d_name), 1ULL << cpu), 0);
		nr++;
	}
	closedir(dir);
	ASSERT_EQ(nr, 1);
}

int set_affinity(pid_t pid, uint64_t mask)
{
	cpu_set_t set;
	int cpu;

	CPU_ZERO(&set);
	for (cpu = 0; cpu < 64; cpu++)
		if (mask & (1ULL << cpu))
			CPU_SET(cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set) ? -errno : 0;
}

int set_policy(pid_t pid, int policy, int prio)
{
	struct sched_param param = { .sched_priority = prio };

	return sched_setscheduler(pid, policy, &param) ? -errno : 0;
}

int set_deadline(pid_t pid, unsigned int runtime_ms, unsigned int period_ms)
{
	struct {
		uint32_t size;
		uint32_t policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime;
		uint64_t deadline;
		uint64_t period;
	} attr = {
		.size = sizeof(attr),
		.policy = 6, /* SCHED_DEADLINE */
		.runtime = runtime_ms * NSEC_PER_MSEC,
		.deadline = period_ms * NSEC_PER_MSEC,
		.period = period_ms * NSEC_PER_MSEC,
	};

	return syscall(SYS_sched_setattr, pid, &attr, 0) ? -errno : 0;
}

char task_state_letter(pid_t pid)
{
	const char *stat = file_read("/proc/%d/stat", pid);
	const char *end = stat ? strrchr(stat, ')') : NULL;

	return end && end[1] == ' ' ? end[2] : 0;
}

bool task_is_on_scx(pid_t pid)
{
	const char *value = line_value(file_read("/proc/%d/sched", pid), "ext.enabled");

	ASSERT_TRUE(value);
	return *value == '1';
}
