// SPDX-License-Identifier: GPL-2.0
/* What scheds/simple promises. */
#include <time.h>

#include "cmd.h"
#include "sched.h"
#include "hog.h"
#include "tap.h"

/* A light and a heavy hog, bound to @cpu. */
static void pair_start(struct hog hogs[2], int cpu)
{
	hogs[0] = hog_start(.cpu = 1 + cpu);
	hogs[1] = hog_start(.cpu = 1 + cpu, .nice = HEAVY_NICE);
}

static void pair_kill(struct hog hogs[2])
{
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
}

SCHED_TEST(two_hogs_share_a_cpu_by_weight)
{
	struct loaded sched;
	struct hog pair[2];

	sched_start(&sched, "scx_simple");
	pair_start(pair, 1);
	hogs_expect_share(pair, HEAVY_SHARE);
	pair_kill(pair);
	sched_stop(&sched);
}

SCHED_TEST(tasks_that_wait_for_another_cpu_do_not_change_the_shares)
{
	struct hog others[4];
	struct loaded sched;
	struct hog pair[2];
	int i;

	sched_start(&sched, "scx_simple");
	/* So many that they advance more slowly: the queue's first is always one of them. */
	for (i = 0; i < 4; i++)
		others[i] = hog_start(.cpu = 1 + 2, .nice = HEAVY_NICE);
	pair_start(pair, 1);
	hogs_expect_share(pair, HEAVY_SHARE);
	pair_kill(pair);
	for (i = 0; i < 4; i++)
		hog_kill(&others[i]);
	sched_stop(&sched);
}

SCHED_TEST(in_fifo_order_weights_make_no_difference)
{
	struct loaded sched;
	struct hog pair[2];

	sched_start(&sched, "scx_simple", "-f");
	pair_start(pair, 1);
	hogs_expect_share(pair, 0.5);
	pair_kill(pair);
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
