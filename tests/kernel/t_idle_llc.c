// SPDX-License-Identifier: GPL-2.0
/* The default choice on a machine with two last-level caches, of CPUs 0-3 and 4-7. */
#include "any_call.h"

COVERS(scx_bpf_select_cpu_dfl);

TEST(an_idle_cpu_of_the_same_cache_is_better_than_one_elsewhere)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	ASSERT_STREQ(file_read("/sys/devices/system/cpu/cpu4/cache/index3/shared_cpu_list"), "4-7");
	any_keep_busy(0x70);
	/* 1-3 of the other cache and 7 of this one are idle */
	ANY_EXPECT_CHOICE(s, w, 0x8e, 4, 1 << 7);
	ANY_EXPECT_CHOICE(s, w, 0x8e, 6, 1 << 7);
	/* an idle one elsewhere is better than none */
	ASSERT_EQ(set_affinity(w->pid, 0x7f), 0);
	ANY_EXPECT_CHOICE(s, w, 0x8e, 4, 0x0e);
	any_rest();
	sched_stop(s);
}

TEST(a_synchronous_waker_elsewhere_does_not_take_the_previous_cpu)
{
	struct worker *w = worker_start();
	struct sched *s = any_start(any_open());

	/* the task's data is here, on CPU 0, with the waker, who will sleep */
	ANY_EXPECT_CHOICE_FLAGS(s, w, 0xfe, 5, WAKE_SYNC, 1 << 0);
	/* the same cache: its own CPU, if idle */
	ANY_EXPECT_CHOICE_FLAGS(s, w, 0xfe, 3, WAKE_SYNC, 1 << 3);
	sched_stop(s);
}
