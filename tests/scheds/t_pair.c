// SPDX-License-Identifier: GPL-2.0
/*
 * What scheds/pair promises: two cgroups never run on a pair at the same time.
 *
 * Tasks bound to the CPUs of a pair write down when they ran. A task looks at the
 * clock and at its count of context switches all the time; between two looks with
 * the same count it had its CPU. So what it writes down is true to the nanosecond,
 * if a little short, and two such spans that overlap are two tasks that ran at the
 * same time.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "cmd.h"
#include "guest.h"
#include "hog.h"
#include "tap.h"

/* With four CPUs, CPU 0 pairs with CPU 2. */
#define CPU_A 0
#define CPU_B 2
#define CPU_OF_OTHER_PAIR 1

#define MAX_SPANS 10000

/* Runs of one task, from .begin to .end, one after the other. */
struct diary {
	atomic_uint nr;		/* complete ones */
	struct {
		uint64_t begin;
		uint64_t end;
	} spans[MAX_SPANS];
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static long nr_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw + usage.ru_nvcsw;
}

static void write_diary(void *arg)
{
	struct diary *diary = arg;
	unsigned int nr;

	for (nr = 0; nr < MAX_SPANS; nr++) {
		long switches = nr_switches();
		uint64_t begin = now_ns(), end = begin, now;

		for (;;) {
			now = now_ns();
			if (nr_switches() != switches)
				break;
			end = now;
		}
		diary->spans[nr].begin = begin;
		diary->spans[nr].end = end;
		atomic_store(&diary->nr, nr + 1);
	}
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* How long both diaries' tasks ran at the same time. */
static uint64_t overlap_ns(const struct diary *a, const struct diary *b)
{
	unsigned int i = 0, j = 0, nr_a = a->nr, nr_b = b->nr;
	uint64_t sum = 0, begin, end;

	while (i < nr_a && j < nr_b) {
		begin = max(a->spans[i].begin, b->spans[j].begin);
		end = min(a->spans[i].end, b->spans[j].end);
		if (begin < end)
			sum += end - begin;
		if (a->spans[i].end < b->spans[j].end)
			i++;
		else
			j++;
	}
	return sum;
}

static uint64_t total_ns(const struct diary *diary)
{
	unsigned int i, nr = diary->nr;
	uint64_t sum = 0;

	for (i = 0; i < nr; i++)
		sum += diary->spans[i].end - diary->spans[i].begin;
	return sum;
}

static struct diary *diary_create(void)
{
	struct diary *diary = mmap(NULL, sizeof(*diary), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(diary != MAP_FAILED);
	return diary;
}

/*
 * Two tasks, in @cgroup_a on CPU_A and in @cgroup_b on @cpu_b: which part of what
 * the one that ran less did run, the other one ran, too.
 */
static double overlap_of(const char *cgroup_a, const char *cgroup_b, int cpu_b)
{
	struct diary *a = diary_create(), *b = diary_create();
	uint64_t ns[4], least;
	struct hog hogs[4];
	double part;

	cgroup_make(cgroup_a, 0);
	cgroup_make(cgroup_b, 0);
	hogs[0] = hog_start(.cpu = 1 + CPU_A, .cgroup = cgroup_a, .fn = write_diary, .arg = a);
	hogs[1] = hog_start(.cpu = 1 + cpu_b, .cgroup = cgroup_b, .fn = write_diary, .arg = b);
	/* With company, so that spans end even if nobody has to make way. */
	hogs[2] = hog_start(.cpu = 1 + CPU_A, .cgroup = cgroup_a);
	hogs[3] = hog_start(.cpu = 1 + cpu_b, .cgroup = cgroup_b);
	hogs_measure(hogs, 4, 4 * NSEC_PER_SEC, ns);

	least = min(total_ns(a), total_ns(b));
	part = (double)overlap_ns(a, b) / (least ?: 1);
	printf("%u and %u spans of %.3f and %.3f s, %.6f of it together\n", a->nr, b->nr,
	       total_ns(a) * 1e-9, total_ns(b) * 1e-9, part);
	/* Both must have run, or there was nothing to see. */
	EXPECT_GE(least, NSEC_PER_SEC / 4);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	hog_kill(&hogs[2]);
	hog_kill(&hogs[3]);
	return part;
}

SCHED_TEST(two_cgroups_never_run_on_a_pair_at_the_same_time)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_EQ(overlap_of("A", "B", CPU_B), 0.0);
	sched_stop(&sched);
}

SCHED_TEST(one_cgroup_runs_on_both_cpus_of_a_pair)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_GT(overlap_of("A", "A", CPU_B), 0.2);
	sched_stop(&sched);
}

SCHED_TEST(cpus_of_different_pairs_do_not_care)
{
	struct loaded sched;

	sched_start(&sched, "scx_pair");
	EXPECT_GT(overlap_of("A", "B", CPU_OF_OTHER_PAIR), 0.05);
	sched_stop(&sched);
}

SCHED_TEST(the_check_sees_cgroups_that_do_run_at_the_same_time)
{
	struct loaded sched;

	sched_start(&sched, "scx_simple");
	EXPECT_GT(overlap_of("A", "B", CPU_B), 0.2);
	sched_stop(&sched);
}

SCHED_TEST(every_cgroup_gets_its_turn)
{
	static const char *const cgroups[] = { "A", "B", "C" };
	struct hog hogs[6];
	struct loaded sched;
	uint64_t ns[6];
	unsigned int i;

	for (i = 0; i < 3; i++)
		cgroup_make(cgroups[i], 0);
	sched_start(&sched, "scx_pair");
	for (i = 0; i < 6; i++)
		hogs[i] = hog_start(.cgroup = cgroups[i % 3]);
	hogs_measure(hogs, 6, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, 6, 3 * NSEC_PER_SEC, ns);
	for (i = 0; i < 6; i++)
		EXPECT_GT(ns[i], NSEC_PER_SEC / 8);
	sched_next_stats(&sched);
	EXPECT_GT(sched_stat(&sched, "cgnext"), 0);
	sched_stop(&sched);
}

SCHED_TEST(a_stride_that_pairs_nobody_is_an_error)
{
	struct cmd_result r;

	ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_pair"), "-S", "4"), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "stride 4 does not pair 4 CPUs");
	cmd_result_exit(&r);
}
