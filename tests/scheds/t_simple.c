// SPDX-License-Identifier: GPL-2.0
/* What scheds/simple promises. */
#include <math.h>
#include <time.h>

#include "cmd.h"
#include "guest.h"
#include "hog.h"
#include "tap.h"

/* nice -5 is weight 305, nice 0 is 100: the shares 3.05 to 1. */
#define HEAVY_NICE -5
#define HEAVY_SHARE (305.0 / 405)

#define SLICE_NS (20 * NSEC_PER_MSEC)

/* Two hogs on one CPU. */
struct pair {
	struct hog hogs[2];
	int cpu;
};

static struct pair pair_start(int cpu)
{
	return (struct pair){
		.hogs = {
			hog_start(.cpu = 1 + cpu),
			hog_start(.cpu = 1 + cpu, .nice = HEAVY_NICE),
		},
		.cpu = cpu,
	};
}

/* In each second the heavy one gets @share of the CPU, give or take a slice. */
static void expect_share_in_each_second(const struct pair *pair, double share)
{
	uint64_t ns[2];
	int second;

	/* What was before doesn't count: one of them may have credit. */
	hogs_measure(pair->hogs, 2, NSEC_PER_SEC / 2, ns);
	for (second = 0; second < 5; second++) {
		hogs_measure(pair->hogs, 2, NSEC_PER_SEC, ns);
		printf("CPU %d: %lu and %lu us\n", pair->cpu, ns[0] / 1000, ns[1] / 1000);
		EXPECT_LE(fabs(ns[1] - share * (ns[0] + ns[1])), SLICE_NS + tick_ns());
	}
}

static void pair_kill(struct pair *pair)
{
	hog_kill(&pair->hogs[0]);
	hog_kill(&pair->hogs[1]);
}

SCHED_TEST(two_hogs_share_a_cpu_by_weight)
{
	struct loaded sched;
	struct pair pair;

	sched_start(&sched, "scx_simple");
	pair = pair_start(1);
	expect_share_in_each_second(&pair, HEAVY_SHARE);
	pair_kill(&pair);
	sched_stop(&sched);
}

SCHED_TEST(tasks_that_wait_for_another_cpu_do_not_change_the_shares)
{
	struct hog others[4];
	struct loaded sched;
	struct pair pair;
	int i;

	sched_start(&sched, "scx_simple");
	/* So many that they advance more slowly: the queue's first is always one of them. */
	for (i = 0; i < 4; i++)
		others[i] = hog_start(.cpu = 1 + 2, .nice = HEAVY_NICE);
	pair = pair_start(1);
	expect_share_in_each_second(&pair, HEAVY_SHARE);
	pair_kill(&pair);
	for (i = 0; i < 4; i++)
		hog_kill(&others[i]);
	sched_stop(&sched);
}

SCHED_TEST(in_fifo_order_weights_make_no_difference)
{
	struct loaded sched;
	struct pair pair;

	sched_start(&sched, "scx_simple", "-f");
	pair = pair_start(1);
	expect_share_in_each_second(&pair, 0.5);
	pair_kill(&pair);
	sched_stop(&sched);
}

SCHED_TEST(wakeups_on_an_idle_machine_are_local)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	const unsigned int nr_naps = 1000;
	uint64_t local, global;
	struct loaded sched;
	unsigned int i;

	sched_start(&sched, "scx_simple");
	sched_next_stats(&sched);
	local = sched_stat(&sched, "local");
	global = sched_stat(&sched, "global");

	for (i = 0; i < nr_naps; i++)
		nanosleep(&nap, NULL);
	sched_next_stats(&sched);
	sched_next_stats(&sched);

	local = sched_stat(&sched, "local") - local;
	global = sched_stat(&sched, "global") - global;
	EXPECT_GE(local, nr_naps);
	/* Kernel threads bound to a CPU have no choice of CPU to make. */
	EXPECT_LE(global, nr_naps / 10);
	sched_stop(&sched);
}

SCHED_TEST(wakeups_on_a_busy_machine_are_global)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	uint64_t global;
	struct loaded sched;
	struct hog hogs[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		hogs[i] = hog_start(.cpu = 1 + i);
	sched_start(&sched, "scx_simple");
	sched_next_stats(&sched);
	global = sched_stat(&sched, "global");
	for (i = 0; i < 50; i++)
		nanosleep(&nap, NULL);
	sched_next_stats(&sched);
	sched_next_stats(&sched);
	EXPECT_GE(sched_stat(&sched, "global") - global, 50);
	for (i = 0; i < 4; i++)
		hog_kill(&hogs[i]);
	sched_stop(&sched);
}
