// SPDX-License-Identifier: GPL-2.0
/* A machine with a CPU that the scheduler domains do without. */
#include <errno.h>

#include "rig.h"

TEST(with_isolated_cpus_no_scheduler_is_loaded)
{
	struct lab_bpf *skel = rig_open(0);
	struct worker *w = worker_start();
	struct sched *s;

	ASSERT_EQ(SCHED_LOAD(skel), 0);
	s = SCHED_VIEW(skel);
	EXPECT_EQ(sched_attach(s), -EINVAL);
	EXPECT_TRUE(scx_state_is("disabled"));
	EXPECT_EQ(JOURNAL_NOW(s), 0);
	worker_do(w, worker_nop);
}
