/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kick.h - making a CPU go through the scheduler, and who has a CPU: this class or a higher one.
 */
#ifndef _SCXKIT_KICK_H
#define _SCXKIT_KICK_H

/*
 * Make @cpu reschedule, soon. @flags: SCX_KICK_IDLE, or any of PREEMPT and WAIT. Any context,
 * any rq lock held.
 */
void kick_cpu(s32 cpu, u64 flags);

/* Make the CPU of @target reschedule, as kick_cpu() does, now. Its rq lock. */
void kick_locked(struct rq *target);

/*
 * The class has @rq again: ops.cpu_acquire(). rq lock, inside balance, or in a pick that went
 * without.
 */
void kick_cpu_acquired(struct scx_sched *sch, struct rq *rq);

/*
 * @next runs on @rq now, whose CPU may do without the tick: does it need it, to use up its slice or
 * to take turns while bypassing? Where a pick sees to it, scx_picked() does. rq lock.
 */
void kick_update_tick(struct rq *rq, struct task_struct *next);

void kick_init(struct rq *rq);

#endif /* _SCXKIT_KICK_H */
