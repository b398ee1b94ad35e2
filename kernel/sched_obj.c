// SPDX-License-Identifier: GPL-2.0
#include "seam.h"
#include "internal.h"
#include "sched_obj.h"
#include "dsq.h"
#include "dump.h"
#include "exit.h"
#include "sysfs.h"

static void free_global_dsqs(struct scx_sched *sch)
{
	int node;

	if (sch->global_dsqs)
		for_each_node(node)
			kfree(sch->global_dsqs[node]);
	kfree(sch->global_dsqs);
}

static int alloc_global_dsqs(struct scx_sched *sch)
{
	int node;

	sch->global_dsqs = kcalloc(nr_node_ids, sizeof(sch->global_dsqs[0]), GFP_KERNEL);
	if (!sch->global_dsqs)
		return -ENOMEM;
	for_each_node(node) {
		struct scx_dispatch_q *dsq;

		dsq = kmalloc_node(sizeof(*dsq), GFP_KERNEL,
				   node_state(node, N_MEMORY) ? node : NUMA_NO_NODE);
		if (!dsq)
			return -ENOMEM;
		dsq_init(dsq, SCX_DSQ_GLOBAL);
		sch->global_dsqs[node] = dsq;
	}
	return 0;
}

static void free_pcpu(struct scx_sched *sch)
{
	int cpu;

	if (sch->pcpu)
		for_each_possible_cpu(cpu)
			kvfree(per_cpu_ptr(sch->pcpu, cpu)->buf);
	free_percpu(sch->pcpu);
}

static int alloc_pcpu(struct scx_sched *sch)
{
	int cpu;

	sch->pcpu = alloc_percpu(struct scx_sched_cpu);
	if (!sch->pcpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct scx_sched_cpu *pc = per_cpu_ptr(sch->pcpu, cpu);

		dsq_init(&pc->bypass_dsq, SCX_DSQ_BYPASS);
		/* user space says how much: no memory for that is no reason to warn */
		pc->buf = kvzalloc_node(struct_size(pc->buf, ent, sch->dispatch_max_batch),
					GFP_KERNEL | __GFP_NOWARN, cpu_to_node(cpu));
		if (!pc->buf)
			return -ENOMEM;
	}
	return 0;
}

static void sched_obj_free(struct scx_sched *sch)
{
	if (!IS_ERR_OR_NULL(sch->helper))
		kthread_destroy_worker(sch->helper);
	scx_exit_info_destroy(sch->exit_info);
	free_pcpu(sch);
	free_global_dsqs(sch);
	dsq_table_destroy(sch);
	kfree(sch);
}

static void free_work(struct work_struct *work)
{
	sched_obj_free(container_of(to_rcu_work(work), struct scx_sched, free_work));
}

/* Last reference. Programs that found it through scx_root may still be looking at it. */
void sched_obj_release(struct kobject *kobj)
{
	struct scx_sched *sch = container_of(kobj, struct scx_sched, kobj);

	INIT_RCU_WORK(&sch->free_work, free_work);
	queue_rcu_work(system_unbound_wq, &sch->free_work);
}

void sched_obj_put(struct scx_sched *sch)
{
	kobject_put(&sch->kobj);
}

static void exit_irq_work(struct irq_work *work)
{
	struct scx_sched *sch = container_of(work, struct scx_sched, exit_irq_work);

	if (sch->exit_info->kind >= SCX_EXIT_ERROR)
		dump_for_exit(sch);
	kthread_queue_work(sch->helper, &sch->disable_work);
}

static void run_unload(struct kthread_work *work)
{
	struct scx_sched *sch = container_of(work, struct scx_sched, disable_work);
	int kind = atomic_read(&sch->exit_kind);

	/* a stray work item finds nothing to do, or that it has been done */
	do {
		if (kind == SCX_EXIT_NONE || kind == SCX_EXIT_DONE)
			return;
	} while (!atomic_try_cmpxchg(&sch->exit_kind, &kind, SCX_EXIT_DONE));

	sched_unload(sch);
}

static int create_helper(struct scx_sched *sch)
{
	sch->helper = kthread_create_worker(0, "scx_helper");
	if (IS_ERR(sch->helper))
		return PTR_ERR(sch->helper);
	sched_set_fifo(sch->helper->task);
	return 0;
}

struct scx_sched *sched_obj_create(const struct sched_ext_ops *ops, struct bpf_prog *const *progs)
{
	struct scx_sched *sch = kzalloc(sizeof(*sch), GFP_KERNEL);
	int ret;

	if (!sch)
		return ERR_PTR(-ENOMEM);

	sch->ops = *ops;
	sch->flags = ops->flags;
	memcpy(sch->all_progs, progs, sizeof(sch->all_progs));
	sch->preempt_ops = ops->cpu_acquire || ops->cpu_release;
	sch->dispatch_max_batch = ops->dispatch_max_batch ?: SCX_DSP_DFL_MAX_BATCH;
	sch->timeout = ops->timeout_ms ? msecs_to_jiffies(ops->timeout_ms) :
					 SCX_WATCHDOG_MAX_TIMEOUT;
	sch->ops.exit_dump_len = ops->exit_dump_len ?: SCX_EXIT_DUMP_DFL_LEN;
	atomic_set(&sch->exit_kind, SCX_EXIT_NONE);
	sch->exit_irq_work = IRQ_WORK_INIT_HARD(exit_irq_work);
	kthread_init_work(&sch->disable_work, run_unload);

	ret = dsq_table_init(sch);
	if (ret) {
		kfree(sch);
		return ERR_PTR(ret);
	}
	sch->exit_info = scx_exit_info_create(sch->ops.exit_dump_len);
	ret = sch->exit_info ? 0 : -ENOMEM;
	ret = ret ?: alloc_pcpu(sch);
	ret = ret ?: alloc_global_dsqs(sch);
	ret = ret ?: create_helper(sch);
	if (ret) {
		sched_obj_free(sch);
		return ERR_PTR(ret);
	}
	ret = sysfs_add(sch);
	if (ret) {
		sched_obj_put(sch);
		return ERR_PTR(ret);
	}
	return sch;
}

void sched_obj_callbacks_on(struct scx_sched *sch)
{
	int i;

	for (i = 0; i < SCX_OPI_NR; i++)
		WRITE_ONCE(sch->prog[i], sch->all_progs[i]);
}

void sched_obj_callbacks_off(struct scx_sched *sch)
{
	int i;

	for (i = 0; i < SCX_OPI_NR; i++)
		WRITE_ONCE(sch->prog[i], NULL);
}

/* Nothing that was asked of @rq may wait for the next scheduler. */
static void rq_forget(struct rq *rq)
{
	struct scx_dispatch_q *dsq, *tmp;
	unsigned long flags;

	irq_work_sync(&rq->scx.kick_work);
	irq_work_sync(&rq->scx.deferred_work);

	llist_for_each_entry_safe(dsq, tmp, llist_del_all(&rq->scx.reenq_dsqs), reenq_node)
		atomic_set(&dsq->reenq_pending, 0);

	raw_spin_rq_lock_irqsave(rq, flags);
	rq->scx.flags &= ~(SCX_RQ_BAL_PENDING | SCX_RQ_BAL_KEEP | SCX_RQ_WAIT_PENDING |
			   SCX_RQ_REENQ_IMMED | SCX_RQ_KICKED);
	cpumask_clear(rq->scx.wait_asked);
	rq->scx.cpu_released = false;
	WRITE_ONCE(rq->scx.reenq_asked, false);
	raw_spin_rq_unlock_irqrestore(rq, flags);
}

void sched_obj_drain(struct scx_sched *sch)
{
	int cpu;

	for_each_possible_cpu(cpu)
		rq_forget(cpu_rq(cpu));
}

void sched_obj_wait_unloaded(struct scx_sched *sch)
{
	/*
	 * The claimer may not have queued its irq_work yet, nor that the unload: wait until the
	 * unload has taken the end over, then until it is through.
	 */
	while (atomic_read(&sch->exit_kind) != SCX_EXIT_DONE) {
		irq_work_sync(&sch->exit_irq_work);
		kthread_flush_work(&sch->disable_work);
		schedule_timeout_uninterruptible(1);
	}
	kthread_flush_work(&sch->disable_work);
}
