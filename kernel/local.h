/* SPDX-License-Identifier: GPL-2.0 */
/*
 * local.h - a CPU's own queue: what runs next, for how long, and what an insert does to what
 * runs now.
 */
#ifndef _SCXKIT_LOCAL_H
#define _SCXKIT_LOCAL_H

/*
 * May tasks be sent to @rq? It is up and not about to go down. Without the rq lock the answer
 * holds until interrupts are enabled: a CPU that goes down stops being active, then waits for
 * an RCU grace period, and only then has its runqueue vacated.
 */
static inline bool rq_takes_tasks(struct rq *rq)
{
	return likely(READ_ONCE(rq->scx.flags) & SCX_RQ_ONLINE) && likely(cpu_active(cpu_of(rq)));
}

/* @p was put on @rq's local queue with @enq_flags: reschedule as needed. rq lock. */
void local_inserted(struct rq *rq, struct task_struct *p, u64 enq_flags);

/*
 * Would an immediate task at the head of @rq's local queue run at once? @preempt: it may take
 * the CPU from another task of the class. rq lock.
 */
bool local_is_open(struct rq *rq, bool preempt);

/*
 * Make something available to run on @rq, asking the scheduler if need be. True if there is
 * something: @prev, which then has SCX_RQ_BAL_KEEP set, or a task on the local queue. The rq
 * lock is held and may be dropped and retaken.
 */
bool local_balance(struct rq *rq, struct task_struct *prev);

/*
 * The same ahead of the pass through all classes that @rq's pick begins with: other classes have
 * their turn afterwards. rq lock, pinned by @rf.
 */
void local_balance_early(struct rq *rq, struct rq_flags *rf);

/* @rq's CPU is no longer inside balance: repeat a resched that was lost meanwhile. rq lock. */
void local_end_balance(struct rq *rq);

/* The global queue that @rq's CPU takes from. */
static inline struct scx_dispatch_q *local_global_dsq(struct scx_sched *sch, struct rq *rq)
{
	return sch->global_dsqs[cpu_to_node(cpu_of(rq))];
}

/* Charge the current task of @rq, which is of the class, for the time it ran. rq lock. */
void local_update_curr(struct rq *rq);

/* Give @p a fresh slice of the default length. rq lock. */
void task_refill_slice(struct scx_sched *sch, struct task_struct *p);

/* Remember when @p began to wait, for core scheduling. rq lock. */
void task_touch_core_sched(struct rq *rq, struct task_struct *p);

#endif /* _SCXKIT_LOCAL_H */
