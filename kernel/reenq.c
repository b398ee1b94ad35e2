// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "reenq.h"
#include "class.h"
#include "defer.h"
#include "dsq.h"
#include "exit.h"
#include "local.h"
#include "move.h"
#include "task.h"

void reenq_request_immed(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!(rq->scx.flags & SCX_RQ_REENQ_IMMED)) {
		rq->scx.flags |= SCX_RQ_REENQ_IMMED;
		defer_request(rq);
	}
}

void reenq_request_local(struct rq *rq)
{
	WRITE_ONCE(rq->scx.reenq_asked, true);
	irq_work_queue(&rq->scx.deferred_work);
}

void reenq_request_user(struct scx_dispatch_q *dsq)
{
	guard(irqsave)();
	if (!atomic_xchg(&dsq->reenq_pending, 1)) {
		struct rq *rq = this_rq();

		llist_add(&dsq->reenq_node, &rq->scx.reenq_dsqs);
		irq_work_queue(&rq->scx.deferred_work);
	}
}

/* Must this task on the local queue go? @immed: only if a promise to it cannot be kept. */
static u32 reenq_reason(struct rq *rq, struct task_struct *p, bool immed)
{
	if (!immed)
		return SCX_TASK_REENQ_KFUNC;
	if (!(p->scx.flags & SCX_TASK_IMMED))
		return SCX_TASK_REENQ_NONE;
	/* a task of the class without slice is about to make way */
	if (p == dsq_local_first(rq) && local_is_open(rq, !rq->curr->scx.slice))
		return SCX_TASK_REENQ_NONE;
	return SCX_TASK_REENQ_IMMED;
}

/*
 * One pass over what is on the local queue now; what comes back to it while the pass is under
 * way is not looked at again, so the pass ends. Tasks that the core is about to migrate stay.
 */
static u32 reenq_local_pass(struct scx_sched *sch, struct rq *rq, bool immed)
{
	struct scx_dispatch_q *dsq = &rq->scx.local_dsq;
	u32 start = dsq->seq, left = dsq->nr, nr = 0;
	struct task_struct *p, *next;

	lockdep_assert_rq_held(rq);

	for (p = dsq_local_first(rq); p && left; p = next, left--) {
		u32 reason = reenq_reason(rq, p, immed);

		next = dsq_next_task(dsq, &p->scx.dsq_list, false);
		if ((s32)(p->scx.dsq_seq - start) > 0 || p->migration_pending || !reason)
			continue;

		dsq_remove(p);
		if (reason == SCX_TASK_REENQ_IMMED)
			scx_add_event(sch, REENQ_IMMED, 1);
		class_reenqueue(sch, rq, p, reason);
		nr++;
	}
	return nr;
}

u32 reenq_local_now(struct scx_sched *sch, struct rq *rq)
{
	return reenq_local_pass(sch, rq, false);
}

/*
 * Re-enqueued tasks may land here again and break a promise again. A scheduler that has not
 * found another place after so many rounds never will.
 */
static void reenq_local(struct scx_sched *sch, struct rq *rq)
{
	u32 round;

	for (round = 0; READ_ONCE(rq->scx.reenq_asked) || (rq->scx.flags & SCX_RQ_REENQ_IMMED);
	     round++) {
		bool all = rq->scx.reenq_asked;

		WRITE_ONCE(rq->scx.reenq_asked, false);
		rq->scx.flags &= ~SCX_RQ_REENQ_IMMED;
		if (rq->scx.flags & SCX_RQ_BYPASSING)
			return;
		if (round) {
			scx_add_event(sch, REENQ_LOCAL_REPEAT, 1);
			if (unlikely(round > SCX_REENQ_LOCAL_MAX_REPEAT)) {
				scx_error(sch,
					  "re-enqueue loop on the local DSQ of CPU %d: still repeating after %u rounds",
					  cpu_of(rq), round);
				return;
			}
		}
		reenq_local_pass(sch, rq, !all);
	}
}

/* Take the next task behind @cursor off @dsq, with the lock of its rq. NULL at the end. */
static struct task_struct *take_next(struct scx_dispatch_q *dsq, struct dsq_iter *it,
				     struct rq **locked)
{
	for (;;) {
		struct task_struct *p;
		struct rq *src;

		scoped_guard(raw_spinlock, &dsq->lock) {
			do {
				p = dsq_next_task(dsq, &it->cursor, false);
				if (p)
					list_move(&it->cursor.node, &p->scx.dsq_list.node);
			} while (p && !dsq_iter_sees(it, p));
		}
		if (!p)
			return NULL;

		/* interrupts are off, so p cannot be freed before we looked at it again */
		src = task_rq(p);
		rq_lock_switch(*locked, src);
		*locked = src;
		if (task_rq(p) == src && dsq_iter_take(it, p))
			return p;
	}
}

static void reenq_user_dsq(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq)
{
	struct dsq_iter it = {
		.cursor.flags = SCX_DSQ_LNODE_ITER_CURSOR,
		.dsq = dsq,
	};
	struct rq *locked = rq;
	struct task_struct *p;

	scoped_guard(raw_spinlock, &dsq->lock) {
		it.cursor.priv = dsq->seq;
		list_add(&it.cursor.node, &dsq->list);
	}

	while (!READ_ONCE(sch->aborting) && (p = take_next(dsq, &it, &locked))) {
		update_rq_clock(locked);
		class_reenqueue(sch, locked, p, SCX_TASK_REENQ_KFUNC);
	}

	scoped_guard(raw_spinlock, &dsq->lock)
		list_del(&it.cursor.node);
	rq_lock_switch(locked, rq);
}

static void reenq_user_dsqs(struct scx_sched *sch, struct rq *rq)
{
	struct llist_node *list = llist_del_all(&rq->scx.reenq_dsqs);
	struct scx_dispatch_q *dsq, *tmp;

	llist_for_each_entry_safe(dsq, tmp, list, reenq_node) {
		atomic_set(&dsq->reenq_pending, 0);
		if (!(rq->scx.flags & SCX_RQ_BYPASSING))
			reenq_user_dsq(sch, rq, dsq);
	}
}

void reenq_run(struct scx_sched *sch, struct rq *rq)
{
	reenq_local(sch, rq);
	reenq_user_dsqs(sch, rq);
}
