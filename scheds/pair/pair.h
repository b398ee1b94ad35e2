/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pair.h - what scx_pair's two sides share.
 */
#ifndef __SCX_PAIR_H
#define __SCX_PAIR_H

enum pair_consts {
	PAIR_MAX_CGROUPS = 4096, /* a power of two */
	PAIR_NO_SLOT = PAIR_MAX_CGROUPS,
	PAIR_MAX_QUEUED = 65536, /* places in all cgroups' FIFOs, stale ones included */
};

enum pair_counter {
	PAIR_TOTAL,		/* tasks queued */
	PAIR_DISPATCHED,	/* tasks dispatched */
	PAIR_MISSING,		/* pids that were gone or stale */
	PAIR_PASSED_BY,		/* numbers taken so slowly that they were passed by */
	PAIR_MISMATCHES,	/* tasks that may not run on the CPU */
	PAIR_KICKS,		/* kicks of the other CPU */
	PAIR_PREEMPTIONS,	/* CPUs taken by a higher class */
	PAIR_EXPS,		/* batches found at their end */
	PAIR_EXP_WAITS,		/* of those, the other CPU was still at it */
	PAIR_EXP_EMPTY,		/* of those, no cgroup had tasks */
	PAIR_CGRP_NEXT,		/* cgroups chosen */
	PAIR_CGRP_COLL,		/* choices that came too late */
	PAIR_CGRP_EMPTY,	/* cgroups that ran out of tasks */
	NR_PAIR_COUNTERS,
};

#endif /* __SCX_PAIR_H */
