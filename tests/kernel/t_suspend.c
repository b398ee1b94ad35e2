// SPDX-License-Identifier: GPL-2.0
/* While the machine is suspended tasks bypass the scheduler. */
#include "rig.h"

TEST(a_suspend_is_spent_in_bypass)
{
	struct worker *w = worker_start();
	long long activated;
	struct sched *s;

	if (!file_exists("/sys/power/pm_test"))
		SKIP("this kernel does not suspend (KERNEL=distro does)");
	/* up to where processes are frozen, and back after five seconds */
	ASSERT_EQ(file_write("/sys/power/pm_test", "freezer"), 0);
	s = SCHED_START(rig_open(0));
	activated = sched_event("SCX_EV_BYPASS_ACTIVATE");
	ASSERT_EQ(file_write("/sys/power/state", "freeze"), 0);
	EXPECT_EQ(sched_event("SCX_EV_BYPASS_ACTIVATE"), activated + 1);
	/* and it is over */
	EXPECT_GT(sched_event("SCX_EV_BYPASS_DURATION"), 0);
	EXPECT_FALSE(LAB_DO(s, RQ_FLAGS, 0) & RQ_BYPASSING);
	worker_do(w, worker_nop);
	EXPECT_TRUE(journal_count(s, J_enqueue, w->pid));
	rig_stop(s);
}
