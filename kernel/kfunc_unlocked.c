// SPDX-License-Identifier: GPL-2.0
/* kfunc_unlocked.c - creating queues, and choosing a CPU. */
#include "seam.h"
#include "internal.h"
#include "call.h"
#include "dsq.h"
#include "exit.h"
#include "idle.h"
#include "kfunc.h"
#include "task.h"

/* Locks held by the caller, or by us: the task's own wakeup or enqueue, or its pi_lock. */
static s32 select_locked(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			 const struct cpumask *allowed, u64 flags)
{
	if (p->nr_cpus_allowed == 1 || task_migration_disabled(p)) {
		if (!cpumask_test_cpu(prev_cpu, p->cpus_ptr) ||
		    (allowed && !cpumask_test_cpu(prev_cpu, allowed)))
			return -EBUSY;
		return idle_claim(prev_cpu) ? prev_cpu : -EBUSY;
	}
	return idle_select_cpu(p, prev_cpu, wake_flags, allowed, flags);
}

static s32 select_cpu(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		      const struct cpumask *allowed, u64 flags)
{
	struct scx_sched *sch;
	unsigned long irqflags;
	s32 cpu;

	guard(rcu)();
	sch = scx_sched_current();
	if (!sch)
		return -ENODEV;
	if (!scx_cpu_valid(sch, prev_cpu, "prev_cpu of select_cpu"))
		return -EINVAL;
	if (!kfunc_idle_tracked(sch))
		return -EBUSY;
	if (!scx_kfunc_allowed(sch, KG_SELECT, "a choice of CPU"))
		return -EPERM;

	if (scx_call_current())
		return select_locked(p, prev_cpu, wake_flags, allowed, flags);

	raw_spin_lock_irqsave(&p->pi_lock, irqflags);
	cpu = select_locked(p, prev_cpu, wake_flags, allowed, flags);
	raw_spin_unlock_irqrestore(&p->pi_lock, irqflags);
	return cpu;
}

__bpf_kfunc_start_defs();

/* Create a user queue on NUMA @node, -1 for any. 0 or -errno. */
__bpf_kfunc s32 scx_bpf_create_dsq(u64 dsq_id, s32 node)
{
	struct scx_sched *sch;

	if (node < NUMA_NO_NODE || node >= (s32)nr_node_ids || (node >= 0 && !node_possible(node)))
		return -EINVAL;

	/* sleeps: what keeps the scheduler is the callback we are in, or a reference */
	rcu_read_lock();
	sch = scx_sched_current();
	if (sch && !kobject_get_unless_zero(&sch->kobj))
		sch = NULL;
	rcu_read_unlock();
	if (sch) {
		s32 ret = dsq_create(sch, dsq_id, node);

		kobject_put(&sch->kobj);
		return ret;
	}
	return -ENODEV;
}

/* The default choice for @p. An idle CPU and true, or @prev_cpu and false. */
__bpf_kfunc s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				       bool *is_idle)
{
	s32 cpu = select_cpu(p, prev_cpu, wake_flags, NULL, 0);

	*is_idle = cpu >= 0;
	if (cpu >= 0 || cpu == -ENODEV)
		return cpu;
	return prev_cpu;
}

/* The default choice among @cpus_allowed: an idle CPU, or -EBUSY. */
__bpf_kfunc s32 __scx_bpf_select_cpu_and(struct task_struct *p, const struct cpumask *cpus_allowed,
					 struct scx_bpf_select_cpu_and_args *args)
{
	return select_cpu(p, args->prev_cpu, args->wake_flags, cpus_allowed, args->flags);
}

__bpf_kfunc s32 scx_bpf_select_cpu_and(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				       const struct cpumask *cpus_allowed, u64 flags)
{
	return select_cpu(p, prev_cpu, wake_flags, cpus_allowed, flags);
}

__bpf_kfunc_end_defs();
