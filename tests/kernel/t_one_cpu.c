// SPDX-License-Identifier: GPL-2.0
/* The class on a machine of one CPU, and (make check-up) in a kernel for one CPU. */
#include "rig.h"

TEST(a_task_goes_through_its_day)
{
	struct worker *w = worker_start();
	struct sched *s = SCHED_START(rig_open(0));
	u32 from = JOURNAL_NOW(s);

	worker_do(w, worker_nop);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "runnable(WAKEUP) enqueue(WAKEUP) running stopping(0) quiescent(SLEEP)");
	rig_stop(s);
}

TEST(an_immediate_insert_beside_a_higher_class_comes_back)
{
	struct worker *w = worker_start();
	struct lab_bpf *skel = rig_open(0);
	struct sched *s;
	u32 from;

	skel->bss->knobs.enqueue.flags = ENQ_IMMED;
	skel->bss->knobs.reenqueue = (struct knob){
		.how = HOW_FIFO,
		.dsq = DSQ_LOCAL,
		.slice = SLICE_ENDLESS,
	};
	s = SCHED_START(skel);
	from = JOURNAL_NOW(s);
	/* it is the test that has the CPU */
	worker_do(w, worker_nop);
	EXPECT_STORY_FROM(s, w->pid, from,
			  "runnable(WAKEUP) enqueue(WAKEUP) enqueue(REENQ:IMMED) running stopping(0) quiescent(SLEEP)");
	rig_stop(s);
}
