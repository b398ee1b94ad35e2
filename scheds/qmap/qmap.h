/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmap.h - what scx_qmap's two sides share.
 */
#ifndef __SCX_QMAP_H
#define __SCX_QMAP_H

enum qmap_consts {
	QMAP_NR_LEVELS = 5,
	QMAP_FIFO_LEN = 4096,
	QMAP_HIGHPRI_WEIGHT = 8668, /* that of nice -20 */
};

/* Ways to misuse dispatch queues on purpose. */
enum qmap_bad_dsq {
	QMAP_BAD_NONE,
	QMAP_BAD_MISSING,	/* insert into a DSQ that nobody created */
	QMAP_BAD_VTIME_LOCAL,	/* vtime insert into a built-in DSQ */
	QMAP_BAD_MIX,		/* FIFO and vtime inserts into one DSQ */
	QMAP_BAD_CPU,		/* insert for a CPU that can't exist */
	QMAP_BAD_DESTROY,	/* destroy a DSQ that holds a task */
	QMAP_NR_BAD,
};

enum qmap_counter {
	QMAP_ENQ,		/* enqueue callbacks */
	QMAP_DSP,		/* pids taken from a FIFO and dispatched */
	QMAP_REENQ,		/* tasks re-enqueued when a CPU was released */
	QMAP_DEQ,		/* dequeue callbacks */
	QMAP_CORE,		/* of those, picked by core scheduling */
	QMAP_ENQ_DDSP,		/* enqueues straight to an idle CPU */
	QMAP_EXP_LOCAL,		/* highpri tasks moved to the moving CPU */
	QMAP_EXP_REMOTE,	/* highpri tasks moved to another CPU */
	QMAP_EXP_TIMER,		/* of those moved, by the timer */
	QMAP_EXP_LOST,		/* highpri tasks gone before they were moved */
	QMAP_CGRP_MOVES,	/* tasks moved between cgroups */
	NR_QMAP_COUNTERS,
};

/* Of the frequencies of all online CPUs, 0..1024. */
struct qmap_range {
	u32 min;
	u32 avg;
	u32 max;
};

#endif /* __SCX_QMAP_H */
