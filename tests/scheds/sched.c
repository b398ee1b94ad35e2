// SPDX-License-Identifier: GPL-2.0
#include "sched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "tap.h"

/* A scheduler of a test that failed may still be on its way out. */
static void wait_for_disabled(void)
{
	while (!scx_state_is("disabled"))
		wait_nap();
}

void __sched_start(struct loaded *sched, const char *const argv[])
{
	struct why why = {};
	int err;

	wait_for_disabled();
	err = loaded_init(sched, argv, FOR_EVER_MS, &why);
	if (!EXPECT_EQ(err, 0)) {
		printf("%s: %s\n", argv[0], why.text);
		tap_stop();
	}
}

void sched_stop(struct loaded *sched)
{
	struct loaded_report report = {};
	struct why why = {};

	if (!EXPECT_EQ(loaded_check(sched, &why), 0)) {
		char *err = child_output(sched->loader.err);

		printf("%s\n%s\n", why.text, err ?: "");
		loaded_exit(sched);
		tap_stop();
	}
	if (!EXPECT_EQ(loaded_stop(sched, FOR_EVER_MS, &report, &why), 0))
		printf("%s\n", why.text);
	EXPECT_EQ(sched->loader.status, 0);
	EXPECT_TRUE(report.end);
	loaded_report_exit(&report);
	loaded_exit(sched);
}

int __sched_run(char **out, char **err, const char *const argv[])
{
	struct child child;
	struct why why = {};
	int status;

	wait_for_disabled();
	ASSERT_EQ(child_init(&child, argv, &why), 0);
	ASSERT_EQ(child_wait(&child, FOR_EVER_MS), 0);
	*out = child_output(child.out);
	*err = child_output(child.err);
	ASSERT_TRUE(*out && *err);
	status = child.status;
	child_exit(&child);
	EXPECT_TRUE(scx_state_is("disabled"));
	return status;
}

uint64_t sched_stat(const struct loaded *sched, const char *key)
{
	char *out = child_output(sched->loader.out);
	char *at = out, *last = NULL;
	uint64_t value;
	size_t len = strlen(key);

	ASSERT_TRUE(out);
	while ((at = strstr(at, key))) {
		if (at[len] == '=' && (at == out || strchr(" \n", at[-1])))
			last = at + len + 1;
		at += len;
	}
	ASSERT_TRUE(last);
	value = strtoull(last, NULL, 10);
	free(out);
	return value;
}

static unsigned int nr_lines(const struct loaded *sched)
{
	char *out = child_output(sched->loader.out), *at = out;
	unsigned int nr = 0;

	ASSERT_TRUE(out);
	while ((at = strchr(at, '\n'))) {
		at++;
		nr++;
	}
	free(out);
	return nr;
}

void sched_next_stats(const struct loaded *sched)
{
	unsigned int before = nr_lines(sched);
	struct loaded *s = (struct loaded *)sched;
	struct why why = {};

	while (nr_lines(sched) == before) {
		ASSERT_EQ(loaded_check(s, &why), 0);
		wait_nap();
	}
}

uint64_t tick_ns(void)
{
	struct timespec ts;

	ASSERT_EQ(clock_getres(CLOCK_MONOTONIC_COARSE, &ts), 0);
	return ts.tv_nsec;
}

bool kernel_has_kasan(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	bool found = false;
	char line[512];

	ASSERT_TRUE(f);
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, " kasan_report\n");
	fclose(f);
	return found;
}

void only_cpu_0(bool only)
{
	int cpu, nr = nr_cpus();

	for (cpu = 1; cpu < nr; cpu++)
		ASSERT_EQ(cpu_set_online(cpu, !only), 0);
}

void cgroup_write(const char *path, const char *name, const char *text)
{
	if (!EXPECT_EQ(cg_write(path, name, text), 0)) {
		printf("%s of cgroup %s\n", name, path);
		tap_stop();
	}
}

void cpu_3_offline(pid_t pid)
{
	ASSERT_EQ(cpu_set_online(3, false), 0);
	ASSERT_TRUE(WAIT_FOR(strstr(file_read("/proc/%d/status", pid), "Cpus_allowed:\t7\n")));
}

void cgroup_make(const char *path, unsigned int weight)
{
	const char *slash = strrchr(path, '/');
	char parent[256] = "", text[16];
	int err;

	if (slash)
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	cgroup_write(parent, "cgroup.subtree_control", "+cpu");

	err = cg_make(path);
	ASSERT_TRUE(!err || err == -EEXIST);
	if (!weight)
		return;
	snprintf(text, sizeof(text), "%u", weight);
	cgroup_write(path, "cpu.weight", text);
}

void cgroup_remove(const char *path)
{
	while (rmdir(cg_path(path, NULL))) {
		ASSERT_EQ(errno, EBUSY);
		wait_nap();
	}
}
