/* SPDX-License-Identifier: GPL-2.0 */
/* rig.h - lab.bpf.c set up as most tests want it. */
#ifndef TESTS_KERNEL_RIG_H
#define TESTS_KERNEL_RIG_H

#include "lab.h"
#include "lab.bpf.skel.h"
#include "worker.h"

/*
 * lab.bpf.c open: it rules over workers only, and a task that is enqueued goes to the local queue
 * of its CPU with an endless slice. @nr_dsqs user queues, 1 to @nr_dsqs. The test itself stays on
 * CPU 0, to be in nobody's way: it is of a higher class.
 */
static inline struct lab_bpf *rig_open(u32 nr_dsqs)
{
	struct lab_bpf *skel = SCHED_OPEN(lab_bpf);

	pin_self(0);
	skel->struct_ops.ops->flags = SCX_OPS_SWITCH_PARTIAL;
	skel->rodata->nr_dsqs = nr_dsqs;
	skel->bss->knobs.select_cpu.cpu = -1;
	skel->bss->knobs.dispatch.cpu = -1;
	skel->bss->knobs.enqueue = (struct knob){
		.how = HOW_FIFO,
		.dsq = DSQ_LOCAL,
		.slice = SLICE_ENDLESS,
	};
	return skel;
}

/* sched_stop(), and the journal, which must be complete, makes sense. */
static inline void rig_stop(struct sched *s)
{
	sched_stop(s);
	journal_check(s);
}

#endif /* TESTS_KERNEL_RIG_H */
