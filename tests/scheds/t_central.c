// SPDX-License-Identifier: GPL-2.0
/* What scheds/central promises. */
#include "cmd.h"
#include "guest.h"
#include "hog.h"
#include "tap.h"

#define SLICE_NS (20 * NSEC_PER_MSEC)

SCHED_TEST(a_cpu_with_one_hog_hardly_switches)
{
	struct loaded sched;
	uint64_t switches, ns;
	struct hog hog;

	sched_start(&sched, "scx_central");
	hog = hog_start(.cpu = 1 + 2);
	hogs_measure(&hog, 1, NSEC_PER_SEC / 2, &ns);
	switches = hog_switches(&hog);
	hogs_measure(&hog, 1, 4 * NSEC_PER_SEC, &ns);
	switches = hog_switches(&hog) - switches;
	/* With slices of 20 ms it would be one for each of those. */
	EXPECT_LT(switches, ns / SLICE_NS / 4);
	hog_kill(&hog);
	sched_stop(&sched);
}

SCHED_TEST(two_hogs_on_a_cpu_switch_after_a_slice_and_get_half)
{
	struct loaded sched;
	uint64_t switches[2], ns[2];
	struct hog hogs[2];
	double turn_ns, share;

	sched_start(&sched, "scx_central");
	hogs[0] = hog_start(.cpu = 1 + 2);
	hogs[1] = hog_start(.cpu = 1 + 2);
	hogs_measure(hogs, 2, NSEC_PER_SEC / 2, ns);
	switches[0] = hog_switches(&hogs[0]);
	switches[1] = hog_switches(&hogs[1]);
	hogs_measure(hogs, 2, 4 * NSEC_PER_SEC, ns);
	switches[0] = hog_switches(&hogs[0]) - switches[0];
	switches[1] = hog_switches(&hogs[1]) - switches[1];

	turn_ns = (double)(ns[0] + ns[1]) / (switches[0] + switches[1]);
	/* Late by up to 1 ms, and by what the central CPU takes to answer. */
	EXPECT_GE(turn_ns / SLICE_NS, 0.9);
	EXPECT_LE(turn_ns / SLICE_NS, 1.25);
	share = (double)ns[0] / (ns[0] + ns[1]);
	EXPECT_GE(share, 0.45);
	EXPECT_LE(share, 0.55);
	hog_kill(&hogs[0]);
	hog_kill(&hogs[1]);
	sched_stop(&sched);
}

SCHED_TEST(every_cpu_is_used_and_every_hog_runs)
{
	struct loaded sched;
	struct hog hogs[8];
	uint64_t ns[8];
	unsigned int i;

	sched_start(&sched, "scx_central", "-c", "3", "-s", "5000");
	for (i = 0; i < 8; i++)
		hogs[i] = hog_start();
	hogs_measure(hogs, 8, NSEC_PER_SEC, ns);
	hogs_measure(hogs, 8, 4 * NSEC_PER_SEC, ns);
	for (i = 0; i < 8; i++)
		EXPECT_GT(ns[i], 4 * NSEC_PER_SEC / 8 / 4);
	sched_next_stats(&sched);
	sched_stop(&sched);
}

SCHED_TEST(a_central_cpu_that_is_offline_is_an_error)
{
	struct cmd_result r;

	cpu_set_online(3, false);
	ASSERT_EQ(CMD(&r, NULL, cmd_program("scx_central"), "-c", "3"), 0);
	EXPECT_EQ(r.status, 1);
	EXPECT_STRHAS(r.err, "central CPU 3 (is it online?)");
	cmd_result_exit(&r);
	cpu_set_online(3, true);
}
