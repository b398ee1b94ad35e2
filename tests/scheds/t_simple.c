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

/* The heavy one's share of CPU 1 when two hogs run there. */
static double heavy_share(void)
{
	struct hog hogs[] = {
		hog_start(.cpu = 1 + 1),
		hog_start(.cpu = 1 + 1, .nice = HEAVY_NICE),
	};
	uint64_t ns[2];

	/* What was before doesn't count: one of them may have credit. */
	hogs_measure(hogs, 2, NSEC_PER_SEC / 2, ns);
	hogs_measure(hogs, 2, 5 * NSEC_PER_SEC, ns);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	return (double)ns[1] / (ns[0] + ns[1]);
}

SCHED_TEST(two_hogs_share_a_cpu_by_weight)
{
	struct loaded sched;

	sched_start(&sched, "scx_simple");
	/* One slice of 20 ms in a second is 2 %, on either side. */
	EXPECT_LE(fabs(heavy_share() - HEAVY_SHARE), 0.03);
	sched_stop(&sched);
}

SCHED_TEST(in_fifo_order_weights_make_no_difference)
{
	struct loaded sched;

	sched_start(&sched, "scx_simple", "-f");
	EXPECT_LE(fabs(heavy_share() - 0.5), 0.03);
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
