// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "dispatch.h"
#include "call.h"
#include "defer.h"
#include "dsq.h"
#include "exit.h"
#include "move.h"

static bool verdict_direct(struct scx_call *call, struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	if (unlikely(call->subject[0] != p)) {
		scx_error(call->sch, "direct dispatch of %s[%d], but the callback is about %s[%d]",
			  p->comm, p->pid, call->subject[0]->comm, call->subject[0]->pid);
		return false;
	}
	if (unlikely(dispatch_is_direct(p))) {
		scx_error(call->sch,
			  "%s[%d] is dispatched a second time: to DSQ 0x%llx after 0x%llx", p->comm,
			  p->pid, dsq_id, p->scx.ddsp_dsq_id);
		return false;
	}

	/* the id that stands for "none on record" names no queue: treat it like any such id */
	if (unlikely(dsq_id == SCX_DSQ_INVALID)) {
		scx_error(call->sch, "non-existent DSQ 0x%llx for %s[%d]", dsq_id, p->comm, p->pid);
		dsq_id = SCX_DSQ_GLOBAL;
		enq_flags &= ~SCX_ENQ_DSQ_PRIQ;
	}

	p->scx.ddsp_dsq_id = dsq_id;
	p->scx.ddsp_enq_flags = enq_flags;
	return true;
}

static bool verdict_buffered(struct scx_call *call, struct task_struct *p, u64 dsq_id,
			     u64 enq_flags)
{
	struct scx_dispatch_buf *buf = dispatch_buf(call->sch);

	if (unlikely(buf->nr >= call->sch->dispatch_max_batch)) {
		scx_error(call->sch, "dispatch buffer overflow: more than %u inserts pending",
			  call->sch->dispatch_max_batch);
		return false;
	}

	buf->ent[buf->nr++] = (struct scx_pending_insert){
		.task = p,
		.qseq = atomic_long_read(&p->scx.ops_state) & ~SCX_OPSS_STATE_MASK,
		.dsq_id = dsq_id,
		.enq_flags = enq_flags,
	};
	return true;
}

bool dispatch_verdict(struct scx_call *call, struct task_struct *p, u64 dsq_id, u64 enq_flags)
{
	if (call->groups & KG_DISPATCH)
		return verdict_buffered(call, p, dsq_id, enq_flags);
	return verdict_direct(call, p, dsq_id, enq_flags);
}

void dispatch_direct(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags)
{
	struct scx_dispatch_q *dsq = dsq_resolve(sch, rq, p->scx.ddsp_dsq_id, p);

	enq_flags |= p->scx.ddsp_enq_flags;

	/* another CPU's lock cannot be had here: the record stays and is carried out later */
	if (unlikely(dsq_is_local(dsq) && dsq != &rq->scx.local_dsq)) {
		p->scx.ddsp_enq_flags = enq_flags;
		list_add_tail(&p->scx.dsq_list.node, &rq->scx.deferred_locals);
		defer_request(rq);
		return;
	}

	dispatch_clear_direct(p);
	dsq_insert(sch, rq, dsq, p, enq_flags);
}

/* Claim @ent's task from the BPF side: QUEUED, and for the same time as when BPF saw it. */
static bool claim_queued(const struct scx_pending_insert *ent)
{
	struct task_struct *p = ent->task;
	long state = atomic_long_read_acquire(&p->scx.ops_state);

	for (;;) {
		switch (state & SCX_OPSS_STATE_MASK) {
		case SCX_OPSS_QUEUED:
			if ((state & ~SCX_OPSS_STATE_MASK) != ent->qseq)
				return false;
			if (atomic_long_try_cmpxchg(&p->scx.ops_state, &state,
						    SCX_OPSS_DISPATCHING))
				return true;
			break;
		case SCX_OPSS_QUEUEING:
			/* its ops.enqueue() is about to return on another CPU */
			cpu_relax();
			state = atomic_long_read_acquire(&p->scx.ops_state);
			break;
		default:
			return false;
		}
	}
}

static void finish_insert(struct scx_sched *sch, struct rq *rq,
			  const struct scx_pending_insert *ent)
{
	struct task_struct *p = ent->task;
	struct scx_dispatch_q *dsq;

	/* stale verdicts are part of the interface: BPF need not track every dequeue */
	if (!claim_queued(ent))
		return;

	dsq = dsq_resolve(sch, rq, ent->dsq_id, p);
	if (dsq_is_local(dsq))
		move_dispatched_to_local(sch, rq, p, dsq_local_rq(dsq), ent->enq_flags);
	else
		dsq_insert(sch, rq, dsq, p, ent->enq_flags | SCX_ENQ_CLEAR_OPSS);
}

void __dispatch_flush(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_buf *buf)
{
	u32 i;

	for (i = 0; i < buf->nr; i++)
		finish_insert(sch, rq, &buf->ent[i]);
	buf->nr_moved += buf->nr;
	buf->nr = 0;
}
