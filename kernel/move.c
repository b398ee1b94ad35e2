// SPDX-License-Identifier: GPL-2.0
/*
 * move.c - see move.h. The protocol that replaces a second rq lock is drawn in task.h, 3.
 *
 *	step	who holds what			what protects the task
 *	1	first rq, dsq lock		the dsq lock, or DISPATCHING
 *	2	first rq			holding_cpu, set in 1
 *	3	the task's rq			its rq lock, if holding_cpu is still ours
 *	4	the target rq			TASK_ON_RQ_MIGRATING, set in 3
 */
#include "seam.h"
#include "internal.h"
#include "move.h"
#include "call.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "local.h"
#include "task.h"

struct scx_dispatch_q *move_local_target(struct scx_sched *sch, struct task_struct *p,
					 struct rq *src, struct rq *dst)
{
	if (src == dst)
		return &dst->scx.local_dsq;

	if (unlikely(!task_may_run_on(p, dst))) {
		const char *why = "whose affinity excludes it";

		if (is_migration_disabled(p))
			why = "which may not migrate";
		scx_error(sch, "SCX_DSQ_LOCAL[_ON] of CPU %d is no place for %s[%d], %s",
			  cpu_of(dst), p->comm, p->pid, why);
		return dsq_global(sch, p);
	}
	if (unlikely(!rq_takes_tasks(dst))) {
		scx_add_event(sch, DISPATCH_LOCAL_DSQ_OFFLINE, 1);
		return dsq_global(sch, p);
	}
	return &dst->scx.local_dsq;
}

void move_to_local(struct scx_sched *sch, struct task_struct *p, u64 enq_flags, struct rq *src,
		   struct rq *dst)
{
	lockdep_assert_rq_held(src);

	if (src == dst) {
		dsq_insert_local(sch, dst, p, enq_flags);
		return;
	}

	task_leave_custody(sch, src, p, 0);
	deactivate_task(src, p, 0);
	set_task_cpu(p, cpu_of(dst));
	p->scx.sticky_cpu = cpu_of(dst);

	rq_lock_switch(src, dst);

	/* the class callback takes an int: the rest travels in the runqueue */
	dst->scx.extra_enq_flags = enq_flags & (SCX_ENQ_HEAD | ~(u64)U32_MAX);
	activate_task(dst, p, 0);
	dst->scx.extra_enq_flags = 0;
}

/*
 * Steps 2 to 4 for a task whose holding_cpu was set. False if it was dequeued meanwhile. Ends
 * with @rq's lock held in either case.
 */
static bool move_held_to_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			       struct rq *src, struct rq *dst, u64 enq_flags)
{
	struct rq *locked = src;
	bool ours;

	rq_lock_switch(rq, src);

	ours = p->scx.holding_cpu == raw_smp_processor_id();
	if (likely(ours)) {
		p->scx.holding_cpu = -1;
		p->scx.dsq = NULL;
		move_to_local(sch, p, enq_flags, src, dst);
		locked = dst;
	}

	rq_lock_return(locked, rq);
	return ours;
}

bool move_consume(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq, u64 enq_flags)
{
	struct task_struct *p;
retry:
	if (list_empty(&dsq->list))
		return false;

	raw_spin_lock(&dsq->lock);
	dsq_for_each_task(p, dsq) {
		struct rq *src = task_rq(p);

		/* a queue that BPF keeps refilling must not hold up an unload */
		if (unlikely(READ_ONCE(sch->aborting)) && !dsq_is_terminal(dsq))
			break;

		if (src == rq) {
			dsq_unlink(dsq, p);
			raw_spin_unlock(&dsq->lock);
			p->scx.dsq = NULL;
			dsq_insert_local(sch, rq, p, enq_flags);
			return true;
		}

		if (task_may_run_on(p, rq) && rq_takes_tasks(rq)) {
			dsq_unlink(dsq, p);
			p->scx.holding_cpu = raw_smp_processor_id();
			raw_spin_unlock(&dsq->lock);
			if (move_held_to_local(sch, rq, p, src, rq, enq_flags))
				return true;
			goto retry;
		}
	}
	raw_spin_unlock(&dsq->lock);
	return false;
}

void move_dispatched_to_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p,
			      struct rq *dst, u64 enq_flags)
{
	struct rq *src = task_rq(p);
	struct scx_dispatch_q *dsq;

	/* our own: the lock we hold is all we need */
	if (src == rq && dst == rq) {
		dsq_insert_local(sch, rq, p, enq_flags | SCX_ENQ_CLEAR_OPSS);
		return;
	}

	dsq = move_local_target(sch, p, src, dst);
	if (unlikely(!dsq_is_local(dsq))) {
		dsq_insert(sch, rq, dsq, p, enq_flags | SCX_ENQ_CLEAR_OPSS);
		return;
	}

	/* no rq lock may be taken while DISPATCHING: hand over to holding_cpu */
	p->scx.holding_cpu = raw_smp_processor_id();
	atomic_long_set_release(&p->scx.ops_state, SCX_OPSS_NONE);
	move_held_to_local(sch, rq, p, src, dst, enq_flags);
}

bool dsq_iter_take(struct dsq_iter *it, struct task_struct *p)
{
	guard(raw_spinlock)(&it->dsq->lock);

	if (p->scx.dsq != it->dsq || p->scx.holding_cpu >= 0 || !dsq_iter_sees(it, p))
		return false;
	dsq_unlink(it->dsq, p);
	p->scx.dsq = NULL;
	return true;
}

/*
 * Put @p, taken off a queue on @src, on queue @dsq_id, where LOCAL means @mine's. Returns the
 * runqueue that is locked then.
 */
static struct rq *move_taken(struct scx_sched *sch, struct rq *mine, struct rq *src,
			     struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	struct scx_dispatch_q *dsq = dsq_resolve(sch, mine, dsq_id, p);
	struct rq *dst;

	if (dsq_is_local(dsq)) {
		dst = dsq_local_rq(dsq);
		dsq = move_local_target(sch, p, src, dst);
		if (likely(dsq_is_local(dsq))) {
			move_to_local(sch, p, enq_flags, src, dst);
			return dst;
		}
	}
	dsq_insert(sch, src, dsq, p, enq_flags);
	return src;
}

bool move_iterated(struct scx_sched *sch, struct dsq_iter *it, struct task_struct *p, u64 dsq_id,
		   u64 enq_flags)
{
	struct scx_call *call = scx_call_current();
	struct rq *mine = call ? call->rq : NULL;
	u32 overrides = it->cursor.flags & (__SCX_DSQ_ITER_HAS_SLICE | __SCX_DSQ_ITER_HAS_VTIME);
	unsigned long irqflags;
	struct rq *src, *locked;
	bool moved;

	it->cursor.flags &= ~overrides;

	/* a scheduler that keeps moving tasks around must not hold up its unloading */
	if (unlikely(READ_ONCE(sch->aborting)))
		return false;

	local_irq_save(irqflags);
	locked = src = task_rq(p);
	if (mine)
		rq_lock_switch(mine, src);
	else
		raw_spin_rq_lock(src);
	if (src != mine)
		update_rq_clock(src);

	moved = task_rq(p) == src && dsq_iter_take(it, p);
	if (moved) {
		if (overrides & __SCX_DSQ_ITER_HAS_SLICE)
			p->scx.slice = it->slice;
		if (overrides & __SCX_DSQ_ITER_HAS_VTIME)
			p->scx.dsq_vtime = it->vtime;
		locked = move_taken(sch, mine ?: src, src, p, dsq_id, enq_flags);
	}

	if (mine)
		rq_lock_return(locked, mine);
	else
		raw_spin_rq_unlock(locked);
	local_irq_restore(irqflags);

	if (moved && mine)
		dispatch_buf(sch)->nr_moved++;
	return moved;
}
