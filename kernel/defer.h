/* SPDX-License-Identifier: GPL-2.0 */
/*
 * defer.h - work for a runqueue that cannot be done where it comes up, because it needs other
 * rq locks or calls back into the scheduler: direct dispatches to other CPUs' local queues and
 * re-enqueues.
 */
#ifndef _SCXKIT_DEFER_H
#define _SCXKIT_DEFER_H

#include "reenq.h"

/*
 * @rq has deferred work: have it done as soon as it can be. In a wakeup that is task_woken(),
 * inside balance a balance callback, else an irq_work. rq lock.
 */
void defer_request(struct rq *rq);

/* The performance target of @rq was set without its lock: tell cpufreq soon. Any context. */
void defer_cpuperf(struct rq *rq);

/* Is there any? rq lock. */
static inline bool defer_pending(struct rq *rq)
{
	return !list_empty(&rq->scx.deferred_locals) || reenq_pending(rq);
}

/* Do @rq's deferred work. Its lock is held, and dropped and retaken; interrupts are off. */
void defer_run(struct rq *rq);

/* @rq leaves balance for good and keeps its lock until it has switched. */
void defer_end_balance(struct rq *rq);

/*
 * The same if others are to balance yet: they may drop the lock, which nobody is to find with a
 * callback on it.
 */
void defer_end_balance_early(struct rq *rq);

void defer_init(struct rq *rq);

#endif /* _SCXKIT_DEFER_H */
