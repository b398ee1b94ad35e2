/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kfuncs.bpf.h - kernel functions that look the same on every kernel that has
 * them.
 *
 * Those of the class that changed name or shape since 6.12 are in compat.bpf.h
 * and nowhere else. A strong declaration here is one that 6.12 has; a weak one
 * is to be tested with bpf_ksym_exists().
 *
 * "EJECT" is what the class does with a scheduler that misuses a function: it
 * is unloaded with an error message, and its tasks go back to the fair class.
 */
#ifndef __SCX_KFUNCS_BPF_H
#define __SCX_KFUNCS_BPF_H

/*
 * Dispatch queues
 */

/*
 * Create user DSQ @dsq_id (bit 63 clear) with its memory on NUMA node @node, -1
 * for no preference. Sleepable callbacks only. 0, -EINVAL, -EEXIST, -ENOMEM.
 */
s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym;

/* Destroy user DSQ @dsq_id. EJECT if it holds tasks; unknown is ignored. */
void scx_bpf_destroy_dsq(u64 dsq_id) __ksym;

/* Number of tasks on a local or user DSQ, or -ENOENT. */
s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym;

/* Free entries of this CPU's dispatch buffer. Only in dispatch. */
u32 scx_bpf_dispatch_nr_slots(void) __ksym;

/* Take back the last insert of this dispatch. EJECT if there is none. */
void scx_bpf_dispatch_cancel(void) __ksym;

/* Behind bpf_for_each(scx_dsq, p, dsq_id, flags): the tasks of a user DSQ. */
int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym __weak;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym __weak;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym __weak;

/*
 * CPUs and idle tracking
 */

/*
 * The built-in CPU choice. If it claims an idle CPU, returns that and sets
 * *@is_idle; otherwise @prev_cpu. 6.12 allows it in select_cpu only.
 */
s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			   bool *is_idle) __ksym;

/*
 * Make @cpu reschedule, after the callback. SCX_KICK_IDLE: only if it idles.
 * SCX_KICK_PREEMPT: end its task's slice. SCX_KICK_WAIT: wait until it has
 * switched. EJECT on a bad @cpu, and on IDLE together with another.
 */
void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym;

/* Live masks of idle CPUs and of wholly idle cores; give them back with put. */
const struct cpumask *scx_bpf_get_idle_cpumask(void) __ksym;
const struct cpumask *scx_bpf_get_idle_smtmask(void) __ksym;
void scx_bpf_put_idle_cpumask(const struct cpumask *idle_mask) __ksym;

/* Claim @cpu if it is idle; whether it was. */
bool scx_bpf_test_and_clear_cpu_idle(s32 cpu) __ksym;

/* Claim an idle CPU of @cpus_allowed. -EBUSY if there is none. */
s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags) __ksym;

/* The same, and if none is idle any CPU of @cpus_allowed. */
s32 scx_bpf_pick_any_cpu(const struct cpumask *cpus_allowed, u64 flags) __ksym;

/* One more than the largest possible CPU number. */
u32 scx_bpf_nr_cpu_ids(void) __ksym __weak;

/* Possible and online CPUs; give them back with put. */
const struct cpumask *scx_bpf_get_possible_cpumask(void) __ksym __weak;
const struct cpumask *scx_bpf_get_online_cpumask(void) __ksym __weak;
void scx_bpf_put_cpumask(const struct cpumask *cpumask) __ksym __weak;

/* Whether @p is on a CPU now, and the CPU it is or was last on. */
bool scx_bpf_task_running(const struct task_struct *p) __ksym;
s32 scx_bpf_task_cpu(const struct task_struct *p) __ksym;

/* Performance, 0..1024: highest possible, current, and wanted. */
u32 scx_bpf_cpuperf_cap(s32 cpu) __ksym __weak;
u32 scx_bpf_cpuperf_cur(s32 cpu) __ksym __weak;
void scx_bpf_cpuperf_set(s32 cpu, u32 perf) __ksym __weak;

/*
 * Of BPF itself
 */
void bpf_rcu_read_lock(void) __ksym __weak;
void bpf_rcu_read_unlock(void) __ksym __weak;

/* Tasks: references, and the one with number @pid (NULL if gone). */
struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
void bpf_task_release(struct task_struct *p) __ksym;

/* Cgroups: references, by id, and the ancestor of @cgrp at @level (0: root). */
struct cgroup *bpf_cgroup_acquire(struct cgroup *cgrp) __ksym;
struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) __ksym;
struct cgroup *bpf_cgroup_from_id(u64 cgid) __ksym;
void bpf_cgroup_release(struct cgroup *cgrp) __ksym;

struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *cpumask) __ksym;
void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;
u32 bpf_cpumask_first(const struct cpumask *cpumask) __ksym;
u32 bpf_cpumask_first_zero(const struct cpumask *cpumask) __ksym;
u32 bpf_cpumask_first_and(const struct cpumask *src1, const struct cpumask *src2) __ksym;
void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
void bpf_cpumask_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;
bool bpf_cpumask_test_and_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
bool bpf_cpumask_test_and_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
void bpf_cpumask_setall(struct bpf_cpumask *cpumask) __ksym;
void bpf_cpumask_clear(struct bpf_cpumask *cpumask) __ksym;
bool bpf_cpumask_and(struct bpf_cpumask *dst, const struct cpumask *src1,
		     const struct cpumask *src2) __ksym;
void bpf_cpumask_or(struct bpf_cpumask *dst, const struct cpumask *src1,
		    const struct cpumask *src2) __ksym;
void bpf_cpumask_xor(struct bpf_cpumask *dst, const struct cpumask *src1,
		     const struct cpumask *src2) __ksym;
bool bpf_cpumask_equal(const struct cpumask *src1, const struct cpumask *src2) __ksym;
bool bpf_cpumask_intersects(const struct cpumask *src1, const struct cpumask *src2) __ksym;
bool bpf_cpumask_subset(const struct cpumask *src1, const struct cpumask *src2) __ksym;
bool bpf_cpumask_empty(const struct cpumask *cpumask) __ksym;
bool bpf_cpumask_full(const struct cpumask *cpumask) __ksym;
void bpf_cpumask_copy(struct bpf_cpumask *dst, const struct cpumask *src) __ksym;
u32 bpf_cpumask_any_distribute(const struct cpumask *cpumask) __ksym;
u32 bpf_cpumask_any_and_distribute(const struct cpumask *src1, const struct cpumask *src2) __ksym;
u32 bpf_cpumask_weight(const struct cpumask *cpumask) __ksym;

/* A struct bpf_cpumask as the struct cpumask that most functions take. */
static __always_inline const struct cpumask *cast_mask(struct bpf_cpumask *mask)
{
	return (const struct cpumask *)mask;
}

#endif /* __SCX_KFUNCS_BPF_H */
