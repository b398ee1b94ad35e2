// SPDX-License-Identifier: GPL-2.0
#include "hog.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sched.h"
#include "tap.h"

/* How often hogs_measure() looks. */
#define NAP_NS (20 * NSEC_PER_MSEC)

/* How often hogs spin before they let other emulated CPUs go on: some microseconds. */
#define NR_SPINS 1000

static _Noreturn void spin(void)
{
	int i;

	for (;;) {
		for (i = 0; i < NR_SPINS; i++)
			asm volatile("" ::: "memory");
		hog_relax();
	}
}

/* In the child: become what @opts says. 0 or an errno. */
static int hog_prepare(const struct hog_opts *opts)
{
	struct sched_param param = { .sched_priority = opts->policy == SCHED_FIFO };
	cpu_set_t cpus;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (opts->cgroup && cg_enter(opts->cgroup, 0))
		return errno;
	if (opts->cpu) {
		CPU_ZERO(&cpus);
		CPU_SET(opts->cpu - 1, &cpus);
		if (sched_setaffinity(0, sizeof(cpus), &cpus))
			return errno;
	}
	if (opts->policy && sched_setscheduler(0, opts->policy, &param))
		return errno;
	if (opts->nice && setpriority(PRIO_PROCESS, 0, opts->nice))
		return errno;
	return 0;
}

struct hog __hog_start(const struct hog_opts *opts)
{
	int ready[2], err = -1;
	struct hog hog;

	ASSERT_EQ(pipe(ready), 0);
	hog.pid = fork();
	ASSERT_GE(hog.pid, 0);
	if (!hog.pid) {
		err = hog_prepare(opts);
		if (write(ready[1], &err, sizeof(err)) != sizeof(err) || err)
			_exit(1);
		if (opts->fn) {
			opts->fn(opts->arg);
			_exit(0);
		}
		spin();
	}
	close(ready[1]);
	ASSERT_EQ(read(ready[0], &err, sizeof(err)), (ssize_t)sizeof(err));
	close(ready[0]);
	ASSERT_STREQ(strerror(err), strerror(0));
	return hog;
}

uint64_t hog_cpu_ns(const struct hog *hog)
{
	struct timespec ts;
	clockid_t clock;

	ASSERT_EQ(clock_getcpuclockid(hog->pid, &clock), 0);
	ASSERT_EQ(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

uint64_t hog_switches(const struct hog *hog)
{
	static const char key[] = "nonvoluntary_ctxt_switches:";
	unsigned long long nr = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", hog->pid);
	f = fopen(path, "re");
	ASSERT_TRUE(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), "%llu", &nr);
	fclose(f);
	return nr;
}

void hog_kill(struct hog *hog)
{
	kill(hog->pid, SIGKILL);
	waitpid(hog->pid, NULL, 0);
}

void hogs_measure(const struct hog *hogs, unsigned int nr, uint64_t total_ns, uint64_t *ret_ns)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	uint64_t before[nr], total;
	unsigned int i;

	for (i = 0; i < nr; i++)
		before[i] = hog_cpu_ns(&hogs[i]);
	do {
		nanosleep(&nap, NULL);
		total = 0;
		for (i = 0; i < nr; i++) {
			ret_ns[i] = hog_cpu_ns(&hogs[i]) - before[i];
			total += ret_ns[i];
		}
	} while (total < total_ns);
}

void hogs_expect_share(const struct hog hogs[2], double share)
{
	const uint64_t slice_ns = 20 * NSEC_PER_MSEC;
	uint64_t ns[2];
	int second;

	/* What was before doesn't count: one of them may have credit. */
	hogs_measure(hogs, 2, NSEC_PER_SEC / 2, ns);
	for (second = 0; second < 5; second++) {
		hogs_measure(hogs, 2, NSEC_PER_SEC, ns);
		printf("%.1f and %.1f ms\n", (double)ns[0] / NSEC_PER_MSEC,
		       (double)ns[1] / NSEC_PER_MSEC);
		EXPECT_LE(fabs(ns[1] - share * (ns[0] + ns[1])), slice_ns + tick_ns());
	}
}
