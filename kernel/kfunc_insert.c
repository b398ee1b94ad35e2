// SPDX-License-Identifier: GPL-2.0
/* kfunc_insert.c - inserts: from ops.select_cpu(), ops.enqueue() and ops.dispatch(). */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "dispatch.h"
#include "dsq.h"
#include "exit.h"
#include "kfunc.h"

bool kfunc_enq_flags_ok(struct scx_sched *sch, u64 dsq_id, u64 *enq_flags)
{
	bool local = dsq_id == SCX_DSQ_LOCAL || dsq_id_is_local_on(dsq_id);

	if (unlikely(*enq_flags & __SCX_ENQ_INTERNAL_MASK)) {
		scx_error(sch, "invalid enq_flags 0x%llx: bits 56-63 are internal", *enq_flags);
		return false;
	}
	if (unlikely((*enq_flags & SCX_ENQ_IMMED) && !local)) {
		scx_error(sch, "SCX_ENQ_IMMED with DSQ 0x%llx: only local DSQs run at once",
			  dsq_id);
		return false;
	}
	if (local && unlikely(sch->flags & SCX_OPS_ALWAYS_ENQ_IMMED))
		*enq_flags |= SCX_ENQ_IMMED;
	return true;
}

static noinline bool insert_not_allowed(void)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch)
		scx_kfunc_allowed(sch, KG_INSERT, "an insert into a DSQ");
	return false;
}

static noinline bool insert_of_nobody(struct scx_sched *sch, u64 dsq_id)
{
	scx_error(sch, "insert of a NULL task into DSQ 0x%llx", dsq_id);
	return false;
}

/* @order: 0 or SCX_ENQ_DSQ_PRIQ. */
static __always_inline bool insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags,
				   u64 order)
{
	struct scx_call *call = scx_call_current();

	if (unlikely(!call || !(call->groups & KG_INSERT)))
		return insert_not_allowed();
	if (unlikely(!p))
		return insert_of_nobody(call->sch, dsq_id);
	if (!kfunc_enq_flags_ok(call->sch, dsq_id, &enq_flags) ||
	    !dispatch_verdict(call, p, dsq_id, enq_flags | order))
		return false;

	/* 0 keeps what is left, and never leaves it at nothing */
	p->scx.slice = slice ?: p->scx.slice ?: 1;
	return true;
}

static bool insert_fifo(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	return insert(p, dsq_id, slice, enq_flags, 0);
}

static bool insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime, u64 enq_flags)
{
	if (!insert(p, dsq_id, slice, enq_flags, SCX_ENQ_DSQ_PRIQ))
		return false;
	p->scx.dsq_vtime = vtime;
	return true;
}

__bpf_kfunc_start_defs();

/* Insert @p into queue @dsq_id with @slice ns to run (0: what it has left). Accepted? */
__bpf_kfunc bool scx_bpf_dsq_insert___v2(struct task_struct *p, u64 dsq_id, u64 slice,
					 u64 enq_flags)
{
	return insert_fifo(p, dsq_id, slice, enq_flags);
}

__bpf_kfunc void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	insert_fifo(p, dsq_id, slice, enq_flags);
}

__bpf_kfunc void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	insert_fifo(p, dsq_id, slice, enq_flags);
}

/* The same in the order of @vtime; user queues only. */
__bpf_kfunc bool __scx_bpf_dsq_insert_vtime(struct task_struct *p,
					    struct scx_bpf_dsq_insert_vtime_args *args)
{
	return insert_vtime(p, args->dsq_id, args->slice, args->vtime, args->enq_flags);
}

__bpf_kfunc void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
					  u64 enq_flags)
{
	insert_vtime(p, dsq_id, slice, vtime, enq_flags);
}

__bpf_kfunc void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
					u64 enq_flags)
{
	insert_vtime(p, dsq_id, slice, vtime, enq_flags);
}

__bpf_kfunc_end_defs();
