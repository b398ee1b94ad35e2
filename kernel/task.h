/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task.h - a task as the class sees it: its life, who owns it while it is runnable, and the
 * list of all tasks.
 *
 * 1. Life, p->scx.flags & SCX_TASK_STATE_MASK, written under the rq lock; INIT without, by who
 *    made the task known, before anybody else can look
 *
 *            task_init()           task_ready()           task_enable()
 *     NONE ---------------> INIT ---------------> READY <---------------> ENABLED
 *      ^                     |                      |     task_disable()     |
 *      +---------------------+----------------------+------------------------+
 *             task_exit(), which passes through READY if it was ENABLED
 *
 *     NONE     the scheduler does not know the task
 *     INIT     ops.init_task() succeeded; a fork may still fail and cancel it
 *     READY    known, but on another class; no callback but exit_task() is made
 *     ENABLED  on this class, between ops.enable() and ops.disable()
 *
 * 2. Ownership while runnable, p->scx.ops_state: low two bits a state, the rest the task's
 *    sequence number, which tells one time of being queued from the next
 *
 *     NONE ----------> QUEUEING ----------> QUEUED ----------> DISPATCHING
 *      ^   enqueue        |     enqueue      |  |     a dispatcher   |
 *      |  (before op)     |   (after op)     |  |     (cmpxchg)      |
 *      +------------------+------------------+--+--------------------+
 *        direct dispatch       dequeue (cmpxchg)     queued, or on its way to a local queue
 *
 *     NONE         the core's: on a queue, running, or not runnable
 *     QUEUEING     ops.enqueue() runs; seen only by other dispatchers, who spin
 *     QUEUED       the BPF side's: any dispatcher may claim it, once per sequence number
 *     DISPATCHING  a dispatcher's; whoever dequeues the task spins, holding its rq lock, so
 *                  the dispatcher must not take an rq lock before it let go
 *
 * 3. On the way between runqueues. A mover takes a task off a queue without holding its rq
 *    lock: it unlinks it under the queue's lock, leaves p->scx.dsq as it is and sets
 *    holding_cpu to its own CPU. Then it takes the rq lock and looks again. A dequeue that
 *    comes first resets holding_cpu to -1; the mover sees it and forgets the task.
 *
 * 4. Custody, SCX_TASK_IN_CUSTODY. From the end of ops.enqueue() without a direct dispatch,
 *    or from the insertion into a user queue, until the task is put on a terminal queue
 *    (local, global, bypass), picked directly or dequeued, the BPF scheduler answers for it.
 *    Each such period ends with exactly one ops.dequeue().
 */
#ifndef _SCXKIT_TASK_H
#define _SCXKIT_TASK_H

#include "call.h"

static inline u32 task_state(const struct task_struct *p)
{
	return p->scx.flags & SCX_TASK_STATE_MASK;
}

/* "none", "init", "ready" or "enabled". */
const char *task_state_name(u32 state);

/*
 * Make @p known to @sch: ops.init_task(). @fork: it is being forked. Returns 0, or -errno of
 * the callback with @p still NONE. May sleep, no locks. The caller makes the transition to
 * READY with task_ready().
 */
int task_init(struct scx_sched *sch, struct task_struct *p, struct task_group *tg, bool fork);

/* INIT -> READY. rq lock. */
void task_ready(struct task_struct *p);

/* READY -> ENABLED: ops.enable(), set_weight(), set_cpumask(). rq lock; @p not queued yet. */
void task_enable(struct scx_sched *sch, struct rq *rq, struct task_struct *p);

/* ENABLED -> READY: ops.disable(). rq lock; @p not queued any more. */
void task_disable(struct scx_sched *sch, struct rq *rq, struct task_struct *p);

/* Any -> NONE: ops.disable() if due, then ops.exit_task(). rq lock; @p not queued. */
void task_exit(struct scx_sched *sch, struct rq *rq, struct task_struct *p);

/* The scale of the BPF interface, 1..10000 with 100 for nice 0, from @p's load weight. */
u32 task_weight(const struct task_struct *p);

/* Put @p on the list of all tasks, take it off. Any context but NMI. */
void task_list_add(struct task_struct *p);
void task_list_del(struct task_struct *p);

/*
 * Call @fn(p, arg) for every task that is not gone, idle tasks excepted, in batches so that big
 * systems do not stall. Stops at and returns the first nonzero result. May sleep; the caller
 * keeps new tasks away if it must see them all. @fn runs with a reference on @p, no lock.
 */
int for_each_task_batched(int (*fn)(struct task_struct *p, void *arg), void *arg);

/* Wait until no task on the list is known to a scheduler, those that are being freed included. */
void task_list_wait_exited(void);

/*
 * Custody ends: tell ops.dequeue(). @rq: the runqueue whose lock is held, not necessarily
 * @p's. No dsq lock is held. Nothing happens if @p is not in custody.
 */
void __task_leave_custody(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			  u64 deq_flags);

static inline void task_leave_custody(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
				      u64 deq_flags)
{
	if (p->scx.flags & SCX_TASK_IN_CUSTODY)
		__task_leave_custody(sch, rq, p, deq_flags);
}

/*
 * Take @p back from whoever owns it by ops_state; afterwards it is NONE. @p's rq lock is
 * held, which keeps new owners away. The caller settles custody.
 */
static inline void task_reclaim(struct task_struct *p)
{
	unsigned long state = atomic_long_read_acquire(&p->scx.ops_state);

	for (;;) {
		switch (state & SCX_OPSS_STATE_MASK) {
		case SCX_OPSS_NONE:
			return;
		case SCX_OPSS_QUEUED:
			if (atomic_long_try_cmpxchg(&p->scx.ops_state, (long *)&state,
						    SCX_OPSS_NONE))
				return;
			break;
		default:
			/* DISPATCHING; QUEUEING cannot be seen with the rq lock held */
			cpu_relax();
			state = atomic_long_read_acquire(&p->scx.ops_state);
		}
	}
}

/*
 * Is @p barred from leaving its CPU, as a program that runs now should see it? One level of
 * the current task is the program's own, see call.h.
 */
static inline bool task_migration_disabled(struct task_struct *p)
{
#ifdef CONFIG_SMP
	struct scx_call *call = scx_call_current();

	if (unlikely(p->migration_disabled)) {
		if (p == current && (!call || scx_call_pins_current(call)))
			return p->migration_disabled > 1;
		return true;
	}
#endif
	return false;
}

/* May the scheduler send @p, which is on another CPU's runqueue, to @rq? rq lock of either. */
bool task_may_run_on(struct task_struct *p, struct rq *rq);

#endif /* _SCXKIT_TASK_H */
