// SPDX-License-Identifier: GPL-2.0
/* kfunc_dispatch.c - what ops.dispatch() may do besides inserting, and moves by iterator. */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "kfunc.h"
#include "move.h"

/* The ops.dispatch() in progress, or NULL with the scheduler ejected. */
static struct scx_call *dispatching_call(void)
{
	struct scx_call *call = scx_call_current();
	struct scx_sched *sch;

	if (likely(call && (call->groups & KG_DISPATCH)))
		return call;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch)
		scx_kfunc_allowed(sch, KG_DISPATCH, "a dispatch to this CPU");
	return NULL;
}

static bool move_to_local_dsq(u64 dsq_id, u64 enq_flags)
{
	struct scx_call *call = dispatching_call();
	struct scx_dispatch_q *dsq;

	if (unlikely(!call))
		return false;
	if (!kfunc_enq_flags_ok(call->sch, SCX_DSQ_LOCAL, &enq_flags))
		return false;

	dispatch_flush(call->sch, call->rq);

	dsq = dsq_id & SCX_DSQ_FLAG_BUILTIN ? NULL : dsq_find(call->sch, dsq_id);
	if (unlikely(!dsq)) {
		scx_error(call->sch, "move to local from DSQ 0x%llx, which is %s", dsq_id,
			  dsq_id & SCX_DSQ_FLAG_BUILTIN ? "built in" : "non-existent");
		return false;
	}
	if (!READ_ONCE(dsq->nr) || !move_consume(call->sch, call->rq, dsq, enq_flags))
		return false;

	dispatch_buf(call->sch)->nr_moved++;
	return true;
}

static bool move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id, u64 enq_flags,
		 u64 order)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !kit->dsq || !scx_kfunc_allowed(sch, KG_MOVE, "a move between DSQs") ||
	    !kfunc_enq_flags_ok(sch, dsq_id, &enq_flags))
		return false;
	return move_iterated(sch, kit, p, dsq_id, enq_flags | order);
}

static void override_slice(struct bpf_iter_scx_dsq *it, u64 slice)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;

	kit->slice = slice;
	kit->cursor.flags |= __SCX_DSQ_ITER_HAS_SLICE;
}

static void override_vtime(struct bpf_iter_scx_dsq *it, u64 vtime)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;

	kit->vtime = vtime;
	kit->cursor.flags |= __SCX_DSQ_ITER_HAS_VTIME;
}

__bpf_kfunc_start_defs();

/* How many more inserts fit into the buffer. */
__bpf_kfunc u32 scx_bpf_dispatch_nr_slots(void)
{
	struct scx_call *call = dispatching_call();

	return call ? call->sch->dispatch_max_batch - dispatch_buf(call->sch)->nr : 0;
}

/* Forget the last insert that has not been carried out. */
__bpf_kfunc void scx_bpf_dispatch_cancel(void)
{
	struct scx_call *call = dispatching_call();
	struct scx_dispatch_buf *buf;

	if (!call)
		return;
	buf = dispatch_buf(call->sch);
	if (buf->nr)
		buf->nr--;
	else
		scx_error(call->sch, "dispatch_cancel with no insert pending");
}

/* Carry out pending inserts, then bring the first fitting task of a user queue to this CPU. */
__bpf_kfunc bool scx_bpf_dsq_move_to_local___v2(u64 dsq_id, u64 enq_flags)
{
	return move_to_local_dsq(dsq_id, enq_flags);
}

__bpf_kfunc bool scx_bpf_dsq_move_to_local(u64 dsq_id)
{
	return move_to_local_dsq(dsq_id, 0);
}

__bpf_kfunc bool scx_bpf_consume(u64 dsq_id)
{
	return move_to_local_dsq(dsq_id, 0);
}

/* Slice, and vtime, for the next move through this iterator only. */
__bpf_kfunc void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it__iter, u64 slice)
{
	override_slice(it__iter, slice);
}

__bpf_kfunc void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it__iter, u64 vtime)
{
	override_vtime(it__iter, vtime);
}

__bpf_kfunc void scx_bpf_dispatch_from_dsq_set_slice(struct bpf_iter_scx_dsq *it__iter, u64 slice)
{
	override_slice(it__iter, slice);
}

__bpf_kfunc void scx_bpf_dispatch_from_dsq_set_vtime(struct bpf_iter_scx_dsq *it__iter, u64 vtime)
{
	override_vtime(it__iter, vtime);
}

/* Move @p from the iterated queue to any queue, FIFO. False if it is not there any more. */
__bpf_kfunc bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p,
				  u64 dsq_id, u64 enq_flags)
{
	return move(it__iter, p, dsq_id, enq_flags, 0);
}

/* The same in vtime order; user queues only. */
__bpf_kfunc bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p,
					u64 dsq_id, u64 enq_flags)
{
	return move(it__iter, p, dsq_id, enq_flags, SCX_ENQ_DSQ_PRIQ);
}

__bpf_kfunc bool scx_bpf_dispatch_from_dsq(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p,
					   u64 dsq_id, u64 enq_flags)
{
	return move(it__iter, p, dsq_id, enq_flags, 0);
}

__bpf_kfunc bool scx_bpf_dispatch_vtime_from_dsq(struct bpf_iter_scx_dsq *it__iter,
						 struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	return move(it__iter, p, dsq_id, enq_flags, SCX_ENQ_DSQ_PRIQ);
}

__bpf_kfunc_end_defs();
