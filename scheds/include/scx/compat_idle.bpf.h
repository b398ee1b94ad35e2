/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat_idle.bpf.h - idle tracking and CPU choice, where kernels differ.
 * Included by compat.bpf.h, which says how this works.
 */
#ifndef __SCX_COMPAT_IDLE_BPF_H
#define __SCX_COMPAT_IDLE_BPF_H

struct __scx_select_cpu_and_args {
	s32 prev_cpu;
	u64 wake_flags;
	u64 flags;
};

s32 __scx_bpf_select_cpu_and___new(struct task_struct *p, const struct cpumask *cpus_allowed,
				   struct __scx_select_cpu_and_args *args) __ksym __weak;
s32 scx_bpf_select_cpu_and___old(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
				 const struct cpumask *cpus_allowed, u64 flags) __ksym __weak;

/*
 * The built-in CPU choice, within @cpus_allowed. Returns a claimed idle CPU or
 * -EBUSY. In select_cpu, enqueue, and where no rq lock is held.
 *
 * Before 6.16 only @prev_cpu is tried, as there the choice can't be confined:
 * fewer idle CPUs are found, never a wrong one.
 */
static __always_inline s32 scx_bpf_select_cpu_and(struct task_struct *p, s32 prev_cpu,
						  u64 wake_flags,
						  const struct cpumask *cpus_allowed, u64 flags)
{
	if (bpf_ksym_exists(__scx_bpf_select_cpu_and___new)) {
		struct __scx_select_cpu_and_args args = {
			.prev_cpu = prev_cpu,
			.wake_flags = wake_flags,
			.flags = flags,
		};

		return __scx_bpf_select_cpu_and___new(p, cpus_allowed, &args);
	}
	if (bpf_ksym_exists(scx_bpf_select_cpu_and___old))
		return scx_bpf_select_cpu_and___old(p, prev_cpu, wake_flags, cpus_allowed, flags);
	if (bpf_cpumask_test_cpu(prev_cpu, cpus_allowed) &&
	    bpf_cpumask_test_cpu(prev_cpu, p->cpus_ptr) &&
	    scx_bpf_test_and_clear_cpu_idle(prev_cpu))
		return prev_cpu;
	return -EBUSY;
}
#define __COMPAT_scx_bpf_select_cpu_and scx_bpf_select_cpu_and

/*
 * Whether the core asked select_cpu about the wakeup of @enq_flags. If not, the
 * scheduler may look for an idle CPU in enqueue. Where the kernel doesn't say,
 * it is taken to have asked.
 */
static __always_inline bool __COMPAT_is_enq_cpu_selected(u64 enq_flags)
{
	if (SCX_ENUM_EXISTS(scx_enq_flags, SCX_ENQ_CPU_SELECTED))
		return enq_flags & SCX_ENQ_CPU_SELECTED;
	return true;
}

/*
 * NUMA (6.15). On kernels without, the machine looks like one node.
 */
u32 scx_bpf_nr_node_ids(void) __ksym __weak;
s32 scx_bpf_cpu_node(s32 cpu) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_cpumask_node(s32 node) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_smtmask_node(s32 node) __ksym __weak;
s32 scx_bpf_pick_idle_cpu_node(const struct cpumask *cpus_allowed, s32 node,
			       u64 flags) __ksym __weak;
s32 scx_bpf_pick_any_cpu_node(const struct cpumask *cpus_allowed, s32 node,
			      u64 flags) __ksym __weak;

/* One more than the largest possible node number. */
static __always_inline u32 __COMPAT_scx_bpf_nr_node_ids(void)
{
	return bpf_ksym_exists(scx_bpf_nr_node_ids) ? scx_bpf_nr_node_ids() : 1;
}

/* The node of @cpu. */
static __always_inline s32 __COMPAT_scx_bpf_cpu_node(s32 cpu)
{
	return bpf_ksym_exists(scx_bpf_cpu_node) ? scx_bpf_cpu_node(cpu) : 0;
}

/*
 * Idle CPUs, and wholly idle cores, of @node; give back with
 * scx_bpf_put_idle_cpumask(). Needs SCX_OPS_BUILTIN_IDLE_PER_NODE, where there
 * is such a flag.
 */
static __always_inline const struct cpumask *__COMPAT_scx_bpf_get_idle_cpumask_node(s32 node)
{
	return bpf_ksym_exists(scx_bpf_get_idle_cpumask_node) ?
		       scx_bpf_get_idle_cpumask_node(node) :
		       scx_bpf_get_idle_cpumask();
}

static __always_inline const struct cpumask *__COMPAT_scx_bpf_get_idle_smtmask_node(s32 node)
{
	return bpf_ksym_exists(scx_bpf_get_idle_smtmask_node) ?
		       scx_bpf_get_idle_smtmask_node(node) :
		       scx_bpf_get_idle_smtmask();
}

/* As the functions without _node, trying @node first, then the near ones. */
static __always_inline s32 __COMPAT_scx_bpf_pick_idle_cpu_node(const struct cpumask *cpus_allowed,
							       s32 node, u64 flags)
{
	return bpf_ksym_exists(scx_bpf_pick_idle_cpu_node) ?
		       scx_bpf_pick_idle_cpu_node(cpus_allowed, node, flags) :
		       scx_bpf_pick_idle_cpu(cpus_allowed, flags);
}

static __always_inline s32 __COMPAT_scx_bpf_pick_any_cpu_node(const struct cpumask *cpus_allowed,
							      s32 node, u64 flags)
{
	return bpf_ksym_exists(scx_bpf_pick_any_cpu_node) ?
		       scx_bpf_pick_any_cpu_node(cpus_allowed, node, flags) :
		       scx_bpf_pick_any_cpu(cpus_allowed, flags);
}

#endif /* __SCX_COMPAT_IDLE_BPF_H */
