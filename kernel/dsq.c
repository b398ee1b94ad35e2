// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "dsq.h"
#include "call.h"
#include "exit.h"
#include "local.h"
#include "task.h"

static const struct rhashtable_params dsq_table_params = {
	.key_len = sizeof_field(struct scx_dispatch_q, id),
	.key_offset = offsetof(struct scx_dispatch_q, id),
	.head_offset = offsetof(struct scx_dispatch_q, hash_node),
};

/* Destroyed queues on their way to a context that may free them. */
static LLIST_HEAD(dsqs_to_free);

void dsq_init(struct scx_dispatch_q *dsq, u64 id)
{
	memset(dsq, 0, sizeof(*dsq));
	raw_spin_lock_init(&dsq->lock);
	INIT_LIST_HEAD(&dsq->list);
	dsq->priq = RB_ROOT;
	dsq->id = id;
}

/*
 * Most schedulers have a handful of queues and look one up several times per switch. A
 * direct-mapped table answers those; the hash table is the truth. A slot holds a queue that is
 * in the hash table: both change under the queue's lock.
 */
static struct scx_dispatch_q **dsq_slot(struct scx_sched *sch, u64 id)
{
	return &sch->dsq_slots[hash_64(id, SCX_DSQ_SLOT_BITS)];
}

int dsq_create(struct scx_sched *sch, u64 id, int node)
{
	struct scx_dispatch_q *dsq;
	int ret;

	if (id & SCX_DSQ_FLAG_BUILTIN)
		return -EINVAL;

	if (node != NUMA_NO_NODE && !node_state(node, N_MEMORY))
		node = NUMA_NO_NODE;
	dsq = kmalloc_node(sizeof(*dsq), GFP_KERNEL, node);
	if (!dsq)
		return -ENOMEM;
	dsq_init(dsq, id);

	guard(rcu)();
	ret = rhashtable_lookup_insert_fast(&sch->dsq_hash, &dsq->hash_node, dsq_table_params);
	if (ret) {
		kfree(dsq);
		return ret;
	}

	/* it may have been destroyed again already: dsq_destroy() has the other half */
	guard(raw_spinlock_irqsave)(&dsq->lock);
	/* for dsq_find(), which follows the pointer: who finds it there finds it whole */
	if (dsq->id == id)
		smp_store_release(dsq_slot(sch, id), dsq);
	return 0;
}

struct scx_dispatch_q *dsq_find(struct scx_sched *sch, u64 id)
{
	struct scx_dispatch_q *dsq = READ_ONCE(*dsq_slot(sch, id));

	if (likely(dsq && READ_ONCE(dsq->id) == id))
		return dsq;

	guard(rcu)();
	return rhashtable_lookup(&sch->dsq_hash, &id, dsq_table_params);
}

/*
 * A queue that a CPU is still to re-enqueue is on that CPU's list: let another period pass, and
 * one more, for a CPU that took it off the list just now.
 */
static void dsq_free_rcu(struct rcu_head *rcu)
{
	struct scx_dispatch_q *dsq = container_of(rcu, struct scx_dispatch_q, rcu);

	if (unlikely(atomic_read(&dsq->reenq_pending)))
		call_rcu(&dsq->rcu, dsq_free_rcu);
	else
		kfree_rcu(dsq, rcu);
}

/* call_rcu() may wake a kthread, which must not happen under the rq lock of a callback. */
static void dsq_free_irq_work(struct irq_work *work)
{
	struct llist_node *list = llist_del_all(&dsqs_to_free);
	struct scx_dispatch_q *dsq, *tmp;

	llist_for_each_entry_safe(dsq, tmp, list, free_node)
		call_rcu(&dsq->rcu, dsq_free_rcu);
}

static DEFINE_IRQ_WORK(dsq_free_work, dsq_free_irq_work);

void dsq_destroy(struct scx_sched *sch, u64 id)
{
	struct scx_dispatch_q *dsq;

	guard(rcu)();
	dsq = dsq_find(sch, id);
	if (!dsq)
		return;

	guard(raw_spinlock_irqsave)(&dsq->lock);
	if (dsq->nr) {
		scx_error(sch, "DSQ 0x%llx is destroyed while it has %u tasks", id, dsq->nr);
		return;
	}
	if (rhashtable_remove_fast(&sch->dsq_hash, &dsq->hash_node, dsq_table_params))
		return;

	/* who found it before and inserts late sees this under the lock */
	dsq->old_id = id;
	dsq->id = SCX_DSQ_INVALID;
	cmpxchg(dsq_slot(sch, id), dsq, NULL);
	if (llist_add(&dsq->free_node, &dsqs_to_free))
		irq_work_queue(&dsq_free_work);
}

int dsq_table_init(struct scx_sched *sch)
{
	return rhashtable_init(&sch->dsq_hash, &dsq_table_params);
}

static void dsq_table_free_one(void *ptr, void *arg)
{
	kfree(ptr);
}

void dsq_table_destroy(struct scx_sched *sch)
{
	rhashtable_free_and_destroy(&sch->dsq_hash, dsq_table_free_one, NULL);
}

struct scx_dispatch_q *__dsq_resolve(struct scx_sched *sch, u64 id, struct task_struct *p)
{
	struct scx_dispatch_q *dsq;

	if (dsq_id_is_local_on(id)) {
		s32 cpu = id & SCX_DSQ_LOCAL_CPU_MASK;

		if (!scx_cpu_valid(sch, cpu, "SCX_DSQ_LOCAL_ON"))
			return dsq_global(sch, p);
		return &cpu_rq(cpu)->scx.local_dsq;
	}

	dsq = id & SCX_DSQ_FLAG_BUILTIN ? NULL : dsq_find(sch, id);
	if (unlikely(!dsq)) {
		scx_error(sch, "non-existent DSQ 0x%llx for %s[%d]", id, p->comm, p->pid);
		return dsq_global(sch, p);
	}
	return dsq;
}

struct task_struct *dsq_next_task(struct scx_dispatch_q *dsq, struct scx_dsq_list_node *cur,
				  bool reverse)
{
	struct list_head *pos = cur ? &cur->node : &dsq->list;

	for (pos = reverse ? pos->prev : pos->next; pos != &dsq->list;
	     pos = reverse ? pos->prev : pos->next) {
		struct scx_dsq_list_node *node;

		node = container_of(pos, struct scx_dsq_list_node, node);
		if (likely(!(node->flags & SCX_DSQ_LNODE_ITER_CURSOR)))
			return container_of(node, struct task_struct, scx.dsq_list);
	}
	return NULL;
}

static bool dsq_vtime_less(struct rb_node *a, const struct rb_node *b)
{
	return time_before64(rb_entry(a, struct task_struct, scx.dsq_priq)->scx.dsq_vtime,
			     rb_entry(b, struct task_struct, scx.dsq_priq)->scx.dsq_vtime);
}

/* Equal keys go behind their elders: rb_add() descends to the right on equality. */
static void dsq_link_vtime(struct scx_sched *sch, struct scx_dispatch_q *dsq, struct task_struct *p)
{
	struct rb_node *prev;

	if (unlikely(dsq->nr && RB_EMPTY_ROOT(&dsq->priq)))
		scx_error(sch, "vtime insert of %s[%d] into DSQ 0x%llx, which has FIFO tasks",
			  p->comm, p->pid, dsq->id);

	rb_add(&p->scx.dsq_priq, &dsq->priq, dsq_vtime_less);
	prev = rb_prev(&p->scx.dsq_priq);
	if (prev) {
		list_add(&p->scx.dsq_list.node,
			 &rb_entry(prev, struct task_struct, scx.dsq_priq)->scx.dsq_list.node);
	} else {
		list_add(&p->scx.dsq_list.node, &dsq->list);
		rcu_assign_pointer(dsq->first_task, p);
	}
	p->scx.dsq_flags |= SCX_TASK_DSQ_ON_PRIQ;
}

static void dsq_link_fifo(struct scx_sched *sch, struct scx_dispatch_q *dsq, struct task_struct *p,
			  bool head)
{
	if (unlikely(!RB_EMPTY_ROOT(&dsq->priq)))
		scx_error(sch, "FIFO insert of %s[%d] into DSQ 0x%llx, which has vtime tasks",
			  p->comm, p->pid, dsq->id);

	if (head)
		list_add(&p->scx.dsq_list.node, &dsq->list);
	else
		list_add_tail(&p->scx.dsq_list.node, &dsq->list);
	if (head || !dsq->nr)
		rcu_assign_pointer(dsq->first_task, p);
}

/* What every insertion ends with. */
static __always_inline void dsq_linked(struct scx_dispatch_q *dsq, struct task_struct *p,
				       u64 enq_flags)
{
	WRITE_ONCE(dsq->nr, dsq->nr + 1);
	p->scx.dsq_seq = ++dsq->seq;
	p->scx.dsq = dsq;

	/* pairs with task_reclaim(): who sees NONE sees the task on its queue */
	if (enq_flags & SCX_ENQ_CLEAR_OPSS)
		atomic_long_set_release(&p->scx.ops_state, SCX_OPSS_NONE);
}

void dsq_unlink(struct scx_dispatch_q *dsq, struct task_struct *p)
{
	if (rcu_access_pointer(dsq->first_task) == p)
		rcu_assign_pointer(dsq->first_task, dsq_next_task(dsq, &p->scx.dsq_list, false));

	if (p->scx.dsq_flags & SCX_TASK_DSQ_ON_PRIQ) {
		rb_erase(&p->scx.dsq_priq, &dsq->priq);
		RB_CLEAR_NODE(&p->scx.dsq_priq);
		p->scx.dsq_flags &= ~SCX_TASK_DSQ_ON_PRIQ;
	}
	list_del_init(&p->scx.dsq_list.node);
	WRITE_ONCE(dsq->nr, dsq->nr - 1);
}

/* Local queues are FIFO, are not peeked at and need no lock of their own. */
void dsq_insert_local(struct scx_sched *sch, struct rq *rq, struct task_struct *p, u64 enq_flags)
{
	struct scx_dispatch_q *dsq = &rq->scx.local_dsq;

	dsq_assert_off(p);
	task_leave_custody(sch, rq, p, 0);

	if (unlikely(enq_flags & SCX_ENQ_DSQ_PRIQ))
		scx_error(sch, "vtime insert of %s[%d] into built-in DSQ 0x%llx", p->comm, p->pid,
			  dsq->id);

	if (unlikely(enq_flags & (SCX_ENQ_HEAD | SCX_ENQ_PREEMPT)))
		list_add(&p->scx.dsq_list.node, &dsq->list);
	else
		list_add_tail(&p->scx.dsq_list.node, &dsq->list);
	dsq_linked(dsq, p, enq_flags);

	local_inserted(rq, p, enq_flags);
}

void dsq_insert_shared(struct scx_sched *sch, struct rq *rq, struct scx_dispatch_q *dsq,
		       struct task_struct *p, u64 enq_flags)
{
	bool terminal = dsq_is_terminal(dsq);

	dsq_assert_off(p);
	if (terminal)
		task_leave_custody(sch, rq, p, 0);

	raw_spin_lock(&dsq->lock);
	if (unlikely(dsq->id == SCX_DSQ_INVALID)) {
		raw_spin_unlock(&dsq->lock);
		scx_error(sch, "insert of %s[%d] into DSQ 0x%llx, which was destroyed meanwhile",
			  p->comm, p->pid, dsq->old_id);
		dsq_insert_shared(sch, rq, dsq_global(sch, p), p, enq_flags & ~SCX_ENQ_DSQ_PRIQ);
		return;
	}

	if (unlikely((enq_flags & SCX_ENQ_DSQ_PRIQ) && terminal)) {
		scx_error(sch, "vtime insert of %s[%d] into built-in DSQ 0x%llx", p->comm, p->pid,
			  dsq->id);
		enq_flags &= ~SCX_ENQ_DSQ_PRIQ;
	}

	if (enq_flags & SCX_ENQ_DSQ_PRIQ)
		dsq_link_vtime(sch, dsq, p);
	else
		dsq_link_fifo(sch, dsq, p, enq_flags & (SCX_ENQ_HEAD | SCX_ENQ_PREEMPT));
	if (!terminal)
		p->scx.flags |= SCX_TASK_IN_CUSTODY;
	dsq_linked(dsq, p, enq_flags);
	raw_spin_unlock(&dsq->lock);
}

/* @p is on no queue: on a list of deferred inserts, or on its way out of the dispatch buffer. */
void __dsq_remove_off(struct task_struct *p)
{
	if (!list_empty(&p->scx.dsq_list.node))
		list_del_init(&p->scx.dsq_list.node);
	p->scx.holding_cpu = -1;
}

void __dsq_remove(struct task_struct *p)
{
	struct scx_dispatch_q *dsq = p->scx.dsq;

	lockdep_assert_rq_held(task_rq(p));

	scoped_guard(raw_spinlock, &dsq->lock) {
		if (p->scx.holding_cpu < 0)
			dsq_unlink(dsq, p);
		else
			p->scx.holding_cpu = -1;
	}
	p->scx.dsq = NULL;
}
