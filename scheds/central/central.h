/* SPDX-License-Identifier: GPL-2.0 */
/*
 * central.h - what scx_central's two sides share.
 */
#ifndef __SCX_CENTRAL_H
#define __SCX_CENTRAL_H

enum central_counter {
	CENTRAL_TOTAL,		/* enqueues */
	CENTRAL_LOCALS,		/* of those, per-CPU kernel threads */
	CENTRAL_OVERFLOWS,	/* of those, that found the queue full */
	CENTRAL_LOSTS,		/* pids whose task was gone */
	CENTRAL_DISPATCHES,	/* tasks given to a CPU */
	CENTRAL_MISMATCHES,	/* tasks that may not run where one was wanted */
	CENTRAL_RETRIES,	/* rounds that ran out of dispatch slots */
	NR_CENTRAL_COUNTERS,
};

#endif /* __SCX_CENTRAL_H */
