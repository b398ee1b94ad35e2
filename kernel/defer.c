// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "defer.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "kick.h"
#include "move.h"
#include "reenq.h"
#include "server.h"
#include "task.h"

void defer_request(struct rq *rq)
{
	lockdep_assert_rq_held(rq);

	/* task_woken() is called on SMP only */
	if (IS_ENABLED(CONFIG_SMP) && (rq->scx.flags & SCX_RQ_IN_WAKEUP))
		return;
	if (rq->scx.flags & SCX_RQ_IN_BALANCE)
		rq->scx.flags |= SCX_RQ_BAL_CB_PENDING;
	else
		irq_work_queue(&rq->scx.deferred_work);
}

void defer_end_balance(struct rq *rq)
{
	if (likely(!(rq->scx.flags & SCX_RQ_BAL_CB_PENDING)))
		return;
	rq->scx.flags &= ~SCX_RQ_BAL_CB_PENDING;

	/*
	 * A sibling's runqueue does not switch now, a CPU on its way out runs no callbacks, and a
	 * kernel for one CPU has none.
	 */
	if (IS_ENABLED(CONFIG_SMP) && rq == this_rq() && cpu_active(cpu_of(rq)))
		queue_balance_callback(rq, &rq->scx.deferred_cb, defer_run);
	else
		irq_work_queue(&rq->scx.deferred_work);
}

void defer_end_balance_early(struct rq *rq)
{
	if (rq->scx.flags & SCX_RQ_BAL_CB_PENDING) {
		rq->scx.flags &= ~SCX_RQ_BAL_CB_PENDING;
		irq_work_queue(&rq->scx.deferred_work);
	}
}

/* A task whose direct dispatch names another CPU, see dispatch_direct(). */
static void run_deferred_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p)
{
	struct scx_dispatch_q *dsq = dsq_resolve(sch, rq, p->scx.ddsp_dsq_id, p);
	u64 enq_flags = p->scx.ddsp_enq_flags;

	dispatch_clear_direct(p);

	if (dsq_is_local(dsq))
		dsq = move_local_target(sch, p, rq, dsq_local_rq(dsq));

	if (dsq_is_local(dsq)) {
		struct rq *dst = dsq_local_rq(dsq);

		move_to_local(sch, p, enq_flags, rq, dst);
		rq_lock_return(dst, rq);
	} else {
		dsq_insert(sch, rq, dsq, p, enq_flags);
		/* nobody is on the way to look there */
		kick_cpu(cpu_of(rq), SCX_KICK_IDLE);
	}
}

void defer_run(struct rq *rq)
{
	struct scx_sched *sch = scx_root_locked();
	struct task_struct *p;

	lockdep_assert_rq_held(rq);

	if (!sch)
		return;

	while ((p = list_first_entry_or_null(&rq->scx.deferred_locals, struct task_struct,
					     scx.dsq_list.node))) {
		list_del_init(&p->scx.dsq_list.node);
		run_deferred_local(sch, rq, p);
	}

	if (unlikely(reenq_pending(rq)))
		reenq_run(sch, rq);
}

void defer_cpuperf(struct rq *rq)
{
	WRITE_ONCE(rq->scx.cpuperf_asked, true);
	irq_work_queue(&rq->scx.deferred_work);
}

static void defer_irq_work(struct irq_work *work)
{
	struct rq *rq = container_of(work, struct rq, scx.deferred_work);
	unsigned long flags;

	raw_spin_rq_lock_irqsave(rq, flags);
	update_rq_clock(rq);
	if (READ_ONCE(rq->scx.cpuperf_asked)) {
		WRITE_ONCE(rq->scx.cpuperf_asked, false);
		cpufreq_update_util(rq, 0);
	}
	server_start(rq);
	defer_run(rq);
	raw_spin_rq_unlock_irqrestore(rq, flags);
}

void defer_init(struct rq *rq)
{
	INIT_LIST_HEAD(&rq->scx.deferred_locals);
	init_llist_head(&rq->scx.reenq_dsqs);
	rq->scx.deferred_work = IRQ_WORK_INIT_HARD(defer_irq_work);
}
