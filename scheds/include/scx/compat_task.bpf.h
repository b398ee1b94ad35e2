/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat_task.bpf.h - tasks, runqueues, clocks and counters, where kernels
 * differ. Included by compat.bpf.h, which says how this works.
 */
#ifndef __SCX_COMPAT_TASK_BPF_H
#define __SCX_COMPAT_TASK_BPF_H

/*
 * Slice and vtime of a task. Up to 7.x a scheduler may also assign
 * p->scx.slice and p->scx.dsq_vtime, which costs less than a call; the
 * functions (6.19) check that the task is the scheduler's own.
 */
bool scx_bpf_task_set_slice___new(struct task_struct *p, u64 slice) __ksym __weak;
bool scx_bpf_task_set_dsq_vtime___new(struct task_struct *p, u64 vtime) __ksym __weak;

/* Set the slice of @p, in ns. False if @p is another scheduler's. */
static __always_inline bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice)
{
	if (bpf_ksym_exists(scx_bpf_task_set_slice___new))
		return scx_bpf_task_set_slice___new(p, slice);
	p->scx.slice = slice;
	return true;
}

/* Set the vtime of @p. It takes effect with the next vtime insert. */
static __always_inline bool scx_bpf_task_set_dsq_vtime(struct task_struct *p, u64 vtime)
{
	if (bpf_ksym_exists(scx_bpf_task_set_dsq_vtime___new))
		return scx_bpf_task_set_dsq_vtime___new(p, vtime);
	p->scx.dsq_vtime = vtime;
	return true;
}

/*
 * First task of a user DSQ, or NULL. The caller is in an RCU section, as every
 * callback is that may not sleep. Before 7.1 the kernel's own peek could return
 * a task that was queued no more, so there the DSQ is iterated.
 */
struct task_struct *scx_bpf_dsq_peek___new(u64 dsq_id) __ksym __weak;

static __always_inline struct task_struct *scx_bpf_dsq_peek(u64 dsq_id)
{
	struct task_struct *p = NULL;
	struct bpf_iter_scx_dsq it;

	if (bpf_ksym_exists(scx_bpf_dsq_peek___new) && bpf_ksym_exists(scx_bpf_dsq_reenq___new))
		return scx_bpf_dsq_peek___new(dsq_id);
	if (!bpf_iter_scx_dsq_new(&it, dsq_id, 0))
		p = bpf_iter_scx_dsq_next(&it);
	bpf_iter_scx_dsq_destroy(&it);
	return p;
}

/*
 * Runqueues (6.18). scx_bpf_cpu_rq() is deprecated since: it gives a runqueue
 * whose lock may not be held. After 7.2 it is gone; what it gave are the
 * elements of the per-CPU variable.
 */
struct rq *scx_bpf_cpu_rq(s32 cpu) __ksym __weak;
extern struct rq runqueues __ksym __weak;
struct rq *scx_bpf_locked_rq(void) __ksym __weak;
struct task_struct *scx_bpf_cpu_curr(s32 cpu) __ksym __weak;

/* The task that @cpu runs; in an RCU section. NULL if @cpu is bad. */
static __always_inline struct task_struct *__COMPAT_scx_bpf_cpu_curr(s32 cpu)
{
	struct rq *rq;

	if (bpf_ksym_exists(scx_bpf_cpu_curr))
		return scx_bpf_cpu_curr(cpu);
	rq = scx_bpf_cpu_rq(cpu);
	return rq ? rq->curr : NULL;
}

/*
 * The cgroup of @p as the CPU controller sees it, acquired; release it with
 * bpf_cgroup_release(). Only for the task that a callback is about. NULL on a
 * kernel without cgroup support in the class.
 */
struct cgroup *scx_bpf_task_cgroup(struct task_struct *p) __ksym __weak;

#define __COMPAT_scx_bpf_task_cgroup(p) \
	(bpf_ksym_exists(scx_bpf_task_cgroup) ? scx_bpf_task_cgroup((p)) : NULL)

/*
 * A clock in ns that is cheap in callbacks and never goes back on one CPU
 * (6.14; before, the monotonic clock).
 */
u64 scx_bpf_now___new(void) __ksym __weak;

static __always_inline u64 scx_bpf_now(void)
{
	return bpf_ksym_exists(scx_bpf_now___new) ? scx_bpf_now___new() : bpf_ktime_get_ns();
}

/*
 * Event counters of the class (6.15): sums over all CPUs, all 0 before.
 *
 *	struct scx_event_stats events;
 *
 *	__COMPAT_scx_bpf_events(&events, sizeof(events));
 *	n = scx_read_event(&events, SCX_EV_ENQ_SKIP_EXITING);
 */
struct scx_event_stats;
void scx_bpf_events(struct scx_event_stats *events, size_t events__sz) __ksym __weak;

#define __COMPAT_scx_bpf_events(events, size)             \
	({                                                \
		__builtin_memset((events), 0, (size));    \
		if (bpf_ksym_exists(scx_bpf_events))      \
			scx_bpf_events((events), (size)); \
	})

/* One counter of *@events; 0 where the kernel has no such counter. */
#define scx_read_event(events, name) (bpf_core_field_exists((events)->name) ? (events)->name : 0)

#endif /* __SCX_COMPAT_TASK_BPF_H */
