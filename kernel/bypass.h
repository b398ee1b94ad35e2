/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bypass.h - the mode in which the scheduler is not asked: while it is loaded, unloaded or
 * broken, and while the machine suspends.
 *
 *	depth 0 --bypass_begin()--> 1, 2, ... --bypass_end()--> 0
 *
 * On the edges every runqueue gets or loses SCX_RQ_BYPASSING under its lock and every waiting
 * task is queued anew, so that no task stays where only the scheduler would find it. While it
 * is on, tasks wait on the bypass queue of their CPU and run in turn for short slices.
 */
#ifndef _SCXKIT_BYPASS_H
#define _SCXKIT_BYPASS_H

/* Nest. Process context; may be called while a broken scheduler starves everybody. */
void bypass_begin(void);
void bypass_end(void);

/* Slice in ns that the class itself hands out: SCX_SLICE_DFL, or less while bypassing. */
extern u64 scx_slice_dfl;

static inline struct scx_dispatch_q *bypass_dsq(struct scx_sched *sch, int cpu)
{
	return &per_cpu_ptr(sch->pcpu, cpu)->bypass_dsq;
}

#endif /* _SCXKIT_BYPASS_H */
