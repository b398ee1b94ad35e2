// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "local.h"
#include "bypass.h"
#include "call.h"
#include "defer.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "kick.h"
#include "move.h"
#include "reenq.h"
#include "server.h"

void task_touch_core_sched(struct rq *rq, struct task_struct *p)
{
#ifdef CONFIG_SCHED_CORE
	if (sched_core_enabled(rq))
		p->scx.core_sched_at = sched_clock_cpu(cpu_of(rq));
#endif
}

void task_refill_slice(struct scx_sched *sch, struct task_struct *p)
{
	p->scx.slice = READ_ONCE(scx_slice_dfl);
	task_touch_core_sched(task_rq(p), p);
	scx_add_event(sch, REFILL_SLICE_DFL, 1);
}

void local_update_curr(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	s64 delta = update_curr_common(rq);

	if (delta <= 0)
		return;
	server_ran(rq, curr, delta);
	if (curr->scx.slice == SCX_SLICE_INF)
		return;
	curr->scx.slice -= min_t(u64, curr->scx.slice, delta);
	if (!curr->scx.slice)
		task_touch_core_sched(rq, curr);
}

/* Does a task of a higher class want @rq's CPU? Those that fair has yet to dequeue do not. */
static bool is_outranked(struct rq *rq)
{
	return rq->nr_running - rq->cfs.h_nr_delayed - server_queued(rq) > rq->scx.nr_running;
}

bool local_is_open(struct rq *rq, bool preempt)
{
	struct task_struct *curr = rq->curr;

	if (is_outranked(rq))
		return false;
	if (rq->scx.flags & SCX_RQ_IN_BALANCE)
		return true;
	if (curr->sched_class != &ext_sched_class)
		return !sched_class_above(curr->sched_class, &ext_sched_class);
	return preempt || !(curr->scx.flags & SCX_TASK_QUEUED);
}

void local_inserted(struct rq *rq, struct task_struct *p, u64 enq_flags)
{
	struct task_struct *curr = rq->curr;
	bool preempt = enq_flags & SCX_ENQ_PREEMPT;

	if (unlikely((enq_flags & SCX_ENQ_IMMED) || (p->scx.flags & SCX_TASK_IMMED))) {
		p->scx.flags |= SCX_TASK_IMMED;
		rq->scx.nr_immed++;
		if (rq->scx.local_dsq.nr > 1 || !local_is_open(rq, preempt))
			reenq_request_immed(rq);
	}

	/* balance looks at the queue before it is done */
	if (rq->scx.flags & SCX_RQ_IN_BALANCE)
		return;

	if (curr->sched_class == &ext_sched_class) {
		if (!preempt || curr == p)
			return;
		curr->scx.slice = 0;
		kick_locked(rq);
	} else if (sched_class_above(&ext_sched_class, curr->sched_class)) {
		kick_locked(rq);
	}
}

static inline bool consume(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq)
{
	return READ_ONCE(dsq->nr) && move_consume(sch, rq, dsq, 0);
}

/* @prev may go on: it is still runnable and has slice left. */
static bool prev_goes_on(struct rq *rq, struct task_struct *prev)
{
	if (!(prev->scx.flags & SCX_TASK_QUEUED) || !prev->scx.slice ||
	    (rq->scx.flags & SCX_RQ_BYPASSING))
		return false;
	rq->scx.flags |= SCX_RQ_BAL_KEEP;
	return true;
}

static bool dispatch_round(struct scx_sched *sch, struct rq *rq, struct task_struct *prev)
{
	struct scx_dispatch_q *global = local_global_dsq(sch, rq);
	struct scx_dispatch_buf *buf = dispatch_buf(sch);
	int loops = SCX_DSP_MAX_LOOPS;

	if (consume(sch, rq, global))
		return true;
	if (rq->scx.flags & SCX_RQ_BYPASSING)
		return consume(sch, rq, bypass_dsq(sch, cpu_of(rq)));
	/* on its way out a CPU gets no new tasks, but those that it has may need to run for that */
	if (!scx_has_op(sch, dispatch) || !(rq->scx.flags & SCX_RQ_ONLINE))
		return false;

	do {
		buf->nr_moved = 0;
		scx_call(sch, dispatch, rq, NULL, NULL, cpu_of(rq), prev);
		dispatch_flush(sch, rq);

		/* bypass may have begun while the lock was dropped */
		if (unlikely(rq->scx.flags & SCX_RQ_BYPASSING))
			return rq->scx.local_dsq.nr || consume(sch, rq, global) ||
			       consume(sch, rq, bypass_dsq(sch, cpu_of(rq)));
		/* the callback may have given @prev more time */
		if (prev && prev_goes_on(rq, prev))
			return true;
		if (rq->scx.local_dsq.nr)
			return true;
		if (consume(sch, rq, global))
			return true;
		if (!buf->nr_moved)
			return false;
		/* moves drop the lock: it may have been made a task of another class */
		if (prev && prev->sched_class != &ext_sched_class)
			prev = NULL;
	} while (--loops);

	/* it moves tasks, but none that this CPU may run: let interrupts in, then try again */
	kick_cpu(cpu_of(rq), 0);
	return false;
}

static bool local_find(struct scx_sched *sch, struct rq *rq, struct task_struct *prev)
{
	if (prev) {
		if (prev->scx.flags & SCX_TASK_QUEUED)
			local_update_curr(rq);
		if (prev_goes_on(rq, prev))
			return true;
	}
	if (rq->scx.local_dsq.nr)
		return true;
	/* what others insert while the lock is dropped counts as found */
	if (dispatch_round(sch, rq, prev) || rq->scx.local_dsq.nr)
		return true;

	/* nobody else wants the CPU: @prev runs on, unless the scheduler wants to be asked */
	if (prev && (prev->scx.flags & SCX_TASK_QUEUED) &&
	    (!(sch->flags & SCX_OPS_ENQ_LAST) || (rq->scx.flags & SCX_RQ_BYPASSING))) {
		rq->scx.flags |= SCX_RQ_BAL_KEEP;
		scx_add_event(sch, DISPATCH_KEEP_LAST, 1);
		return true;
	}
	return false;
}

bool local_balance(struct rq *rq, struct task_struct *prev)
{
	struct scx_sched *sch = scx_root_locked();
	bool found;

	lockdep_assert_rq_held(rq);

	rq->scx.flags &= ~(SCX_RQ_BAL_PENDING | SCX_RQ_BAL_KEEP | SCX_RQ_KICKED);
	rq->scx.flags |= SCX_RQ_IN_BALANCE;

	/*
	 * A higher class may take the CPU from @prev right now, or keep it, if this is for a
	 * sibling under core scheduling.
	 */
	if (unlikely(rq->scx.cpu_released) && (!is_outranked(rq) || server_queued(rq)))
		kick_cpu_acquired(sch, rq);

	found = local_find(sch, rq, prev->sched_class == &ext_sched_class ? prev : NULL);

	local_end_balance(rq);

	if (unlikely(rq->scx.nr_immed) &&
	    (rq->scx.local_dsq.nr > 1 || (rq->scx.flags & SCX_RQ_BAL_KEEP)))
		reenq_request_immed(rq);
	return found;
}

void local_end_balance(struct rq *rq)
{
	rq->scx.flags &= ~SCX_RQ_IN_BALANCE;
	/* the resched that a kick asked for was lost on the task that ran */
	if (unlikely(rq->scx.flags & SCX_RQ_KICKED)) {
		rq->scx.flags &= ~SCX_RQ_KICKED;
		kick_cpu(cpu_of(rq), 0);
	}
}

void local_balance_early(struct rq *rq, struct rq_flags *rf)
{
	rq_unpin_lock(rq, rf);
	local_balance(rq, rq->donor);
	defer_end_balance_early(rq);
	rq_repin_lock(rq, rf);
}
