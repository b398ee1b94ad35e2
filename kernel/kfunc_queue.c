// SPDX-License-Identifier: GPL-2.0
/* kfunc_queue.c - looking into queues: length, head, iteration, and asking for a re-enqueue. */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "dsq.h"
#include "exit.h"
#include "move.h"
#include "reenq.h"

/* A user queue, or NULL with @sch ejected; @what names the caller. RCU. */
static struct scx_dispatch_q *user_dsq(struct scx_sched *sch, u64 dsq_id, const char *what)
{
	struct scx_dispatch_q *dsq = dsq_id & SCX_DSQ_FLAG_BUILTIN ? NULL : dsq_find(sch, dsq_id);

	if (unlikely(!dsq))
		scx_error(sch, "%s of DSQ 0x%llx, which is %s", what, dsq_id,
			  dsq_id & SCX_DSQ_FLAG_BUILTIN ? "built in" : "non-existent");
	return dsq;
}

__bpf_kfunc_start_defs();

/* Tasks on a local or user queue, or -ENOENT. */
__bpf_kfunc s32 scx_bpf_dsq_nr_queued(u64 dsq_id)
{
	struct scx_dispatch_q *dsq;
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;

	if (dsq_id == SCX_DSQ_LOCAL)
		return READ_ONCE(cpu_rq(raw_smp_processor_id())->scx.local_dsq.nr);
	if (dsq_id_is_local_on(dsq_id)) {
		s32 cpu = dsq_id & SCX_DSQ_LOCAL_CPU_MASK;

		if (!scx_cpu_valid(sch, cpu, "dsq_nr_queued"))
			return -ENOENT;
		return READ_ONCE(cpu_rq(cpu)->scx.local_dsq.nr);
	}
	dsq = dsq_id & SCX_DSQ_FLAG_BUILTIN ? NULL : dsq_find(sch, dsq_id);
	return dsq ? READ_ONCE(dsq->nr) : -ENOENT;
}

__bpf_kfunc void scx_bpf_destroy_dsq(u64 dsq_id)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch && !(dsq_id & SCX_DSQ_FLAG_BUILTIN))
		dsq_destroy(sch, dsq_id);
}

/* First task of a user queue, without a lock: it may be gone when you look. */
__bpf_kfunc struct task_struct *scx_bpf_dsq_peek(u64 dsq_id)
{
	struct scx_dispatch_q *dsq;
	struct scx_sched *sch = scx_sched_current();

	if (!sch)
		return NULL;
	dsq = user_dsq(sch, dsq_id, "peek");
	return dsq ? rcu_dereference_raw(dsq->first_task) : NULL;
}

/* Have the tasks of a local or user queue passed to ops.enqueue() again, soon. */
__bpf_kfunc void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags)
{
	struct scx_dispatch_q *dsq;
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return;
	if (reenq_flags & ~__SCX_REENQ_USER_MASK) {
		scx_error(sch, "invalid reenq_flags 0x%llx", reenq_flags);
		return;
	}

	if (dsq_id == SCX_DSQ_LOCAL) {
		reenq_request_local(cpu_rq(raw_smp_processor_id()));
	} else if (dsq_id_is_local_on(dsq_id)) {
		s32 cpu = dsq_id & SCX_DSQ_LOCAL_CPU_MASK;

		if (scx_cpu_valid(sch, cpu, "dsq_reenq"))
			reenq_request_local(cpu_rq(cpu));
	} else {
		dsq = user_dsq(sch, dsq_id, "re-enqueue");
		if (dsq)
			reenq_request_user(dsq);
	}
}

/* ops.cpu_release(): pass this CPU's local queue to ops.enqueue() again. How many tasks? */
__bpf_kfunc u32 scx_bpf_reenqueue_local(void)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch || !scx_kfunc_allowed(sch, KG_RELEASE, "a re-enqueue at once"))
		return 0;
	return reenq_local_now(sch, scx_call_current()->rq);
}

/* The same from anywhere, soon. */
__bpf_kfunc void scx_bpf_reenqueue_local___v2(void)
{
	struct scx_sched *sch;

	guard(rcu)();
	sch = scx_sched_current();
	if (sch)
		reenq_request_local(cpu_rq(raw_smp_processor_id()));
}

/* Iterate a user queue in dispatch order, or in reverse with SCX_DSQ_ITER_REV. */
__bpf_kfunc int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;
	struct scx_sched *sch;

	BUILD_BUG_ON(sizeof(struct dsq_iter) != sizeof(struct bpf_iter_scx_dsq));
	BUILD_BUG_ON(__alignof__(struct dsq_iter) != __alignof__(struct bpf_iter_scx_dsq));

	/* next and destroy are called even if we fail */
	kit->dsq = NULL;

	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	if (flags & ~(u64)__SCX_DSQ_ITER_USER_FLAGS)
		return -EINVAL;
	kit->dsq = dsq_id & SCX_DSQ_FLAG_BUILTIN ? NULL : dsq_find(sch, dsq_id);
	if (!kit->dsq)
		return -ENOENT;

	INIT_LIST_HEAD(&kit->cursor.node);
	kit->cursor.flags = SCX_DSQ_LNODE_ITER_CURSOR | flags;
	kit->cursor.priv = READ_ONCE(kit->dsq->seq);
	return 0;
}

__bpf_kfunc struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;
	struct scx_dsq_list_node *pos;
	struct task_struct *p;
	bool rev;

	if (!kit->dsq)
		return NULL;
	rev = kit->cursor.flags & SCX_DSQ_ITER_REV;

	guard(raw_spinlock_irqsave)(&kit->dsq->lock);

	pos = list_empty(&kit->cursor.node) ? NULL : &kit->cursor;
	do {
		p = dsq_next_task(kit->dsq, pos, rev);
		if (!p)
			return NULL;
		pos = &p->scx.dsq_list;
	} while (!dsq_iter_sees(kit, p));

	/* right past the task, so that it may leave */
	if (rev)
		list_move_tail(&kit->cursor.node, &p->scx.dsq_list.node);
	else
		list_move(&kit->cursor.node, &p->scx.dsq_list.node);
	return p;
}

__bpf_kfunc void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
	struct dsq_iter *kit = (struct dsq_iter *)it;

	if (!kit->dsq)
		return;
	if (!list_empty(&kit->cursor.node)) {
		guard(raw_spinlock_irqsave)(&kit->dsq->lock);
		list_del_init(&kit->cursor.node);
	}
	kit->dsq = NULL;
}

__bpf_kfunc_end_defs();
