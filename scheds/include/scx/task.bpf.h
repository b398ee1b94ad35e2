/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task.bpf.h - questions about tasks, and the clocks of a CPU.
 */
#ifndef __SCX_TASK_BPF_H
#define __SCX_TASK_BPF_H

/* In p->flags: a task of the kernel. Not in the kernel's BTF. */
#ifndef PF_KTHREAD
#define PF_KTHREAD 0x00200000
#endif

/* Members that only some kernels or configurations have. */
struct task_struct___mig {
	unsigned short migration_disabled;
} __attribute__((preserve_access_index));

struct rq___irq {
	u64 prev_irq_time;
} __attribute__((preserve_access_index));

struct rq___steal {
	u64 prev_steal_time_rq;
} __attribute__((preserve_access_index));

/*
 * Whether @p must stay on its CPU because it disabled migration.
 *
 * The trampoline that enters a BPF callback itself disables migration, on the
 * current task, where RCU is preemptible (on 6.12 everywhere). So one level on
 * the current task says nothing, and is taken for the trampoline's.
 */
static inline bool is_migration_disabled(const struct task_struct *p)
{
	const struct task_struct___mig *mig = (const void *)p;
	unsigned int depth;

	if (!bpf_core_field_exists(mig->migration_disabled))
		return false;
	depth = BPF_CORE_READ(mig, migration_disabled);
	if (depth == 1)
		return bpf_get_current_task_btf() != p;
	return depth;
}

/* Whether @p's affinity, and migration if it is disabled, let it run on @cpu. */
static inline bool task_may_run_on(struct task_struct *p, s32 cpu)
{
	if (is_migration_disabled(p) && scx_bpf_task_cpu(p) != cpu)
		return false;
	return bpf_cpumask_test_cpu(cpu, p->cpus_ptr);
}

/* Whether @p's affinity lets it run on every CPU that is online. */
static inline bool task_may_run_everywhere(const struct task_struct *p)
{
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	bool everywhere = bpf_cpumask_subset(online, p->cpus_ptr);

	scx_bpf_put_cpumask(online);
	return everywhere;
}

/* The runqueue of @cpu; NULL if @cpu is bad. */
static __always_inline struct rq *__scx_rq(s32 cpu)
{
	if (bpf_ksym_exists(scx_bpf_cpu_rq))
		return scx_bpf_cpu_rq(cpu);
	return bpf_ksym_exists(&runqueues) ? bpf_per_cpu_ptr(&runqueues, cpu) : NULL;
}

/*
 * Clocks of @cpu's runqueue, in ns, as of its last update:
 *
 *	scx_clock_task()	time, less that spent in interrupts and stolen
 *	scx_clock_pelt()	the same, scaled by capacity and frequency
 *	scx_clock_irq()		time spent in interrupts
 *	scx_clock_virt()	time the hypervisor took away
 *
 * 0 if the kernel was built without that kind of accounting. A bad @cpu reads 0, and is an EJECT on
 * kernels that have scx_bpf_cpu_rq().
 */
static inline u64 scx_clock_task(s32 cpu)
{
	struct rq *rq = __scx_rq(cpu);

	return rq ? rq->clock_task : 0;
}

static inline u64 scx_clock_pelt(s32 cpu)
{
	struct rq *rq = __scx_rq(cpu);

	return rq ? rq->clock_pelt - rq->lost_idle_time : 0;
}

static inline u64 scx_clock_irq(s32 cpu)
{
	struct rq___irq *rq = (void *)__scx_rq(cpu);

	if (!rq || !bpf_core_field_exists(rq->prev_irq_time))
		return 0;
	return BPF_CORE_READ(rq, prev_irq_time);
}

static inline u64 scx_clock_virt(s32 cpu)
{
	struct rq___steal *rq = (void *)__scx_rq(cpu);

	if (!rq || !bpf_core_field_exists(rq->prev_steal_time_rq))
		return 0;
	return BPF_CORE_READ(rq, prev_steal_time_rq);
}

#endif /* __SCX_TASK_BPF_H */
