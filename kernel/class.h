/* SPDX-License-Identifier: GPL-2.0 */
/* class.h - the scheduling class, as far as other parts of the class need it. */
#ifndef _SCXKIT_CLASS_H
#define _SCXKIT_CLASS_H

/*
 * Decide where @p, which became runnable on @rq, waits: ask ops.enqueue() or apply one of the
 * rules that go before it. @sticky: the CPU it is being moved to by the class itself, or -1.
 * @p is on no queue; rq lock.
 */
void class_do_enqueue(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags,
		      int sticky);

/* Ask again about @p, taken off a local or user queue: class_do_enqueue() with @reason, SCX_TASK_REENQ_*. */
void class_reenqueue(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u32 reason);

/*
 * Dequeue and enqueue every task waiting on @rq, so that each is queued anew under the rules
 * that hold now. rq lock.
 */
void class_cycle_tasks(struct rq *rq);

#endif /* _SCXKIT_CLASS_H */
