// SPDX-License-Identifier: GPL-2.0
/* What scheds/flatcg promises: the shares of a hierarchy. */
#include <math.h>
#include <time.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

#define NR_CPUS 4

enum { A1, A2, B, NR_CGROUPS };

static const char *const cgroups[NR_CGROUPS] = { "A/a1", "A/a2", "B" };

/* Enough hogs in each cgroup to fill the machine. */
static struct hog hogs[NR_CGROUPS][NR_CPUS];

static void start_hogs(void)
{
	int i, cpu;

	cgroup_make("A", 100);
	cgroup_make("A/a1", 100);
	cgroup_make("A/a2", 300);
	cgroup_make("B", 200);
	for (i = 0; i < NR_CGROUPS; i++)
		for (cpu = 0; cpu < NR_CPUS; cpu++)
			hogs[i][cpu] = hog_start(.cgroup = cgroups[i]);
}

static void measure_shares(double *shares)
{
	uint64_t ns[NR_CGROUPS][NR_CPUS], total = 0, sum[NR_CGROUPS] = {};
	int i, cpu;

	/* What is left from how it was before. */
	hogs_measure(&hogs[0][0], NR_CGROUPS * NR_CPUS, 3 * NSEC_PER_SEC, &ns[0][0]);
	hogs_measure(&hogs[0][0], NR_CGROUPS * NR_CPUS, 3 * NSEC_PER_SEC, &ns[0][0]);
	for (i = 0; i < NR_CGROUPS; i++)
		for (cpu = 0; cpu < NR_CPUS; cpu++)
			sum[i] += ns[i][cpu];
	for (i = 0; i < NR_CGROUPS; i++)
		total += sum[i];
	for (i = 0; i < NR_CGROUPS; i++) {
		shares[i] = (double)sum[i] / total;
		printf("%s: %.3f\n", cgroups[i], shares[i]);
	}
}

/* Small shares are to be as right as large ones. */
static bool share_is(double share, double want)
{
	return fabs(share - want) <= 0.01 + want / 50;
}

static void check_shares(double a1, double a2, double b)
{
	double shares[NR_CGROUPS];

	measure_shares(shares);
	EXPECT_TRUE(share_is(shares[A1], a1));
	EXPECT_TRUE(share_is(shares[A2], a2));
	EXPECT_TRUE(share_is(shares[B], b));
}

SCHED_TEST(shares_are_products_of_those_on_the_path)
{
	struct loaded sched;

	sched_start(&sched, "scx_flatcg");
	start_hogs();
	check_shares(1.0 / 12, 3.0 / 12, 8.0 / 12);

	/* a2 gone, its share goes to a1 and not to B. */
	cgroup_write("A/a2", "cgroup.freeze", "1");
	check_shares(4.0 / 12, 0, 8.0 / 12);
	cgroup_write("A/a2", "cgroup.freeze", "0");

	cgroup_write("B", "cpu.weight", "100");
	check_shares(1.0 / 8, 3.0 / 8, 4.0 / 8);
	sched_next_stats(&sched);
	sched_stop(&sched);
}

SCHED_TEST(fifo_order_within_cgroups_keeps_their_shares)
{
	struct loaded sched;

	sched_start(&sched, "scx_flatcg", "-f");
	start_hogs();
	check_shares(1.0 / 12, 3.0 / 12, 8.0 / 12);
	sched_stop(&sched);
}

SCHED_TEST(shares_are_kept_where_a_cpu_is_offline)
{
	struct loaded sched;

	start_hogs();
	cpu_3_offline(hogs[A1][0].pid);
	sched_start(&sched, "scx_flatcg");
	check_shares(1.0 / 12, 3.0 / 12, 8.0 / 12);
	sched_stop(&sched);
	ASSERT_EQ(cpu_set_online(3, true), 0);
}

/* However many there are. */
SCHED_TEST(tasks_that_are_bound_to_a_cpu_leave_time_to_others)
{
	struct hog bound[2 * NR_CPUS], roaming;
	uint64_t ns[2 * NR_CPUS], before;
	struct loaded sched;
	int i;

	cgroup_make("A", 100);
	cgroup_make("B", 100);
	sched_start(&sched, "scx_flatcg");
	for (i = 0; i < 2 * NR_CPUS; i++)
		bound[i] = hog_start(.cgroup = "A", .cpu = 1 + i / 2);
	roaming = hog_start(.cgroup = "B");
	hogs_measure(bound, 2 * NR_CPUS, NSEC_PER_SEC, ns);
	before = hog_cpu_ns(&roaming);
	hogs_measure(bound, 2 * NR_CPUS, 4 * NSEC_PER_SEC, ns);
	EXPECT_GT(hog_cpu_ns(&roaming) - before, 4 * NSEC_PER_SEC / (2 * NR_CPUS) / 2);
	for (i = 0; i < 2 * NR_CPUS; i++)
		EXPECT_GT(ns[i], 4 * NSEC_PER_SEC / (2 * NR_CPUS) / 2);
	sched_stop(&sched);
}

SCHED_TEST(the_check_sees_shares_that_are_not_kept)
{
	double shares[NR_CGROUPS];
	struct loaded sched;

	sched_start(&sched, "scx_simple");
	start_hogs();
	measure_shares(shares);
	EXPECT_FALSE(share_is(shares[A1], 1.0 / 12));
	EXPECT_FALSE(share_is(shares[B], 8.0 / 12));
	sched_stop(&sched);
}

static void sleep_often(void *arg)
{
	const struct timespec ts = { .tv_nsec = 1000000 };

	for (;;)
		nanosleep(&ts, NULL);
	(void)arg;
}

SCHED_TEST(cgroups_may_come_and_go)
{
	struct loaded sched;
	struct hog hog, sleeper;
	uint64_t ns;
	int i;

	sched_start(&sched, "scx_flatcg");
	start_hogs();
	for (i = 0; i < 20; i++) {
		cgroup_make("C", 100);
		hog = hog_start(.cgroup = "C");
		sleeper = hog_start(.cgroup = "C", .fn = sleep_often);
		hogs_measure(&hog, 1, 20 * NSEC_PER_MSEC, &ns);
		hog_kill(&hog);
		hog_kill(&sleeper);
		cgroup_remove("C");
	}
	EXPECT_EQ(i, 20);
	sched_stop(&sched);
}
