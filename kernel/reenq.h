/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reenq.h - taking tasks off a queue and asking ops.enqueue() about them again.
 *
 * The callback sees SCX_ENQ_REENQ, and why in the SCX_TASK_REENQ_* bits of p->scx.flags.
 */
#ifndef _SCXKIT_REENQ_H
#define _SCXKIT_REENQ_H

/* Ask for a pass over the immediate tasks on @rq's local queue. rq lock. */
void reenq_request_immed(struct rq *rq);

/*
 * Ask for a pass over @rq's local queue, or over user queue @dsq. Requests coalesce. Any
 * context, any rq lock held.
 */
void reenq_request_local(struct rq *rq);
void reenq_request_user(struct scx_dispatch_q *dsq);

/* Has any pass been asked for on @rq? rq lock. */
static inline bool reenq_pending(struct rq *rq)
{
	return (rq->scx.flags & SCX_RQ_REENQ_IMMED) || READ_ONCE(rq->scx.reenq_asked) ||
	       !llist_empty(&rq->scx.reenq_dsqs);
}

/* Do what was asked for. @rq's lock is held, and dropped and retaken. */
void reenq_run(struct scx_sched *sch, struct rq *rq);

/* Pass every task now on @rq's local queue to ops.enqueue(). Returns how many. rq lock. */
u32 reenq_local_now(struct scx_sched *sch, struct rq *rq);

#endif /* _SCXKIT_REENQ_H */
