// SPDX-License-Identifier: GPL-2.0
/*
 * verify.bpf.c - programs for the verifier: t_verify puts one of them into the table at a time.
 * Those called good_ must be accepted, those called bad_ refused.
 */
#include "lab.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} storage SEC(".maps");

u64 sink;

#define SLEEPABLE_VARIANT(name, args...) \
	SEC("?struct_ops.s/" #name)      \
	BPF_PROG(name, ##args)

/*
 * Writes to a task
 */

void BPF_STRUCT_OPS_VARIANT(good_write_slice, struct task_struct *p)
{
	p->scx.slice = 1000;
}

void BPF_STRUCT_OPS_VARIANT(good_write_vtime, struct task_struct *p)
{
	p->scx.dsq_vtime = 1000;
}

s32 BPF_STRUCT_OPS_VARIANT(good_write_disallow, struct task_struct *p)
{
	p->scx.disallow = true;
	return 0;
}

void BPF_STRUCT_OPS_VARIANT(good_write_half_slice, struct task_struct *p)
{
	*((u32 *)&p->scx.slice + 1) = 1;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_weight, struct task_struct *p)
{
	p->scx.weight = 100;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_flags, struct task_struct *p)
{
	p->scx.flags = 0;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_prio, struct task_struct *p)
{
	p->prio = 120;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_policy, struct task_struct *p)
{
	p->policy = 0;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_ddsp, struct task_struct *p)
{
	p->scx.ddsp_dsq_id = 0;
}

/* eight bytes where the flag has one */
void BPF_STRUCT_OPS_VARIANT(bad_write_past_disallow, struct task_struct *p)
{
	*(volatile u64 *)&p->scx.disallow = 0;
}

void BPF_STRUCT_OPS_VARIANT(bad_write_across_slice, struct task_struct *p)
{
	*(volatile u64 *)((char *)&p->scx.slice - 4) = 0;
}

/* not even through another path to a task */
void BPF_STRUCT_OPS_VARIANT(bad_write_other_type, struct task_struct *p)
{
	p->mm->pinned_vm.counter = 0;
}

SEC("?struct_ops/bad_write_context")
int bad_write_context(u64 *ctx)
{
	ctx[0] = 0;
	return 0;
}

SEC("?struct_ops/bad_read_third_argument")
int bad_read_third_argument(u64 *ctx)
{
	sink = ctx[2];
	return 0;
}

/*
 * Arguments that may be NULL
 */

void BPF_STRUCT_OPS_VARIANT(good_prev_checked, s32 cpu, struct task_struct *prev)
{
	if (prev)
		sink = prev->pid;
}

void BPF_STRUCT_OPS_VARIANT(bad_prev_unchecked, s32 cpu, struct task_struct *prev)
{
	sink = prev->pid;
}

void BPF_STRUCT_OPS_VARIANT(bad_prev_written_unchecked, s32 cpu, struct task_struct *prev)
{
	prev->scx.slice = 1000;
}

bool BPF_STRUCT_OPS_VARIANT(good_to_checked, struct task_struct *from, struct task_struct *to)
{
	sink = from->pid;
	return to && to->pid;
}

bool BPF_STRUCT_OPS_VARIANT(bad_to_unchecked, struct task_struct *from, struct task_struct *to)
{
	return to->pid;
}

/*
 * References and NULL results
 */

void BPF_STRUCT_OPS_VARIANT(good_masks_put, struct task_struct *p)
{
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	const struct cpumask *idle = scx_bpf_get_idle_cpumask();

	sink = bpf_cpumask_intersects(online, idle);
	scx_bpf_put_idle_cpumask(idle);
	scx_bpf_put_cpumask(online);
}

void BPF_STRUCT_OPS_VARIANT(bad_mask_kept, struct task_struct *p)
{
	sink = bpf_cpumask_first(scx_bpf_get_online_cpumask());
}

void BPF_STRUCT_OPS_VARIANT(bad_idle_mask_kept, struct task_struct *p)
{
	sink = bpf_cpumask_first(scx_bpf_get_idle_cpumask());
}

void BPF_STRUCT_OPS_VARIANT(bad_mask_put_unowned, struct task_struct *p)
{
	scx_bpf_put_cpumask(p->cpus_ptr);
}

void BPF_STRUCT_OPS_VARIANT(good_cgroup_released, struct task_struct *p)
{
	struct cgroup *cgrp = scx_bpf_task_cgroup(p);

	sink = cgrp->kn->id;
	bpf_cgroup_release(cgrp);
}

void BPF_STRUCT_OPS_VARIANT(bad_cgroup_kept, struct task_struct *p)
{
	sink = scx_bpf_task_cgroup(p)->kn->id;
}

void BPF_STRUCT_OPS_VARIANT(good_rq_checked, struct task_struct *p)
{
	struct rq *rq = scx_bpf_locked_rq();

	if (rq)
		sink = rq->nr_running;
}

void BPF_STRUCT_OPS_VARIANT(bad_rq_unchecked, struct task_struct *p)
{
	sink = scx_bpf_locked_rq()->nr_running;
}

void BPF_STRUCT_OPS_VARIANT(good_curr_passed_on, struct task_struct *p)
{
	struct task_struct *curr = scx_bpf_cpu_curr(0);

	/* good enough for functions that want a task that cannot go away now */
	if (curr)
		sink = scx_bpf_task_cpu(curr) + scx_bpf_task_running(curr);
}

void BPF_STRUCT_OPS_VARIANT(bad_curr_unchecked, struct task_struct *p)
{
	sink = scx_bpf_cpu_curr(0)->pid;
}

void BPF_STRUCT_OPS_VARIANT(good_peeked_passed_on, struct task_struct *p)
{
	struct task_struct *first = __COMPAT_scx_bpf_dsq_peek(1);
	u64 *value;

	if (!first)
		return;
	sink = scx_bpf_task_cpu(first) + first->scx.weight;
	value = bpf_task_storage_get(&storage, first, NULL, 0);
	if (value)
		sink = *value;
}

void BPF_STRUCT_OPS_VARIANT(bad_peeked_unchecked, struct task_struct *p)
{
	sink = scx_bpf_dsq_peek___new(1)->pid;
}

/*
 * In a program that may sleep RCU has to be asked for.
 */

s32 SLEEPABLE_VARIANT(good_peek_in_rcu)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	p = scx_bpf_dsq_peek___new(1);
	if (p)
		sink = scx_bpf_task_cpu(p);
	bpf_rcu_read_unlock();
	return 0;
}

s32 SLEEPABLE_VARIANT(bad_peek_without_rcu)
{
	struct task_struct *p = scx_bpf_dsq_peek___new(1);

	return p ? 1 : 0;
}

s32 SLEEPABLE_VARIANT(bad_peeked_after_rcu)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	p = scx_bpf_dsq_peek___new(1);
	bpf_rcu_read_unlock();
	return p ? scx_bpf_task_cpu(p) : 0;
}

s32 SLEEPABLE_VARIANT(bad_curr_without_rcu)
{
	struct task_struct *p = scx_bpf_cpu_curr(0);

	return p ? 1 : 0;
}

s32 SLEEPABLE_VARIANT(bad_iterate_without_rcu)
{
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, 1, 0)
		sink++;
	return 0;
}

/* new and next, but no destroy */
void BPF_STRUCT_OPS_VARIANT(bad_iterator_left_open, s32 cpu, struct task_struct *prev)
{
	struct bpf_iter_scx_dsq it;

	bpf_iter_scx_dsq_new(&it, 1, 0);
	sink = !!bpf_iter_scx_dsq_next(&it);
}

void BPF_STRUCT_OPS_VARIANT(bad_next_without_new, s32 cpu, struct task_struct *prev)
{
	struct bpf_iter_scx_dsq it = {};

	sink = !!bpf_iter_scx_dsq_next(&it);
}

s32 BPF_STRUCT_OPS_VARIANT(bad_create_dsq_atomic)
{
	return scx_bpf_create_dsq(1, -1);
}

/*
 * Pointers
 */

void BPF_STRUCT_OPS_VARIANT(bad_untrusted_task, struct task_struct *p)
{
	/* nothing says that it is still there */
	sink = scx_bpf_task_cpu(p->last_wakee);
}

void BPF_STRUCT_OPS_VARIANT(bad_insert_of_null, struct task_struct *p, u64 enq_flags)
{
	scx_bpf_dsq_insert(NULL, SCX_DSQ_GLOBAL, 0, 0);
}

void BPF_STRUCT_OPS_VARIANT(good_task_storage, struct task_struct *p)
{
	u64 *value = bpf_task_storage_get(&storage, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (value)
		*value = 1;
	bpf_task_storage_delete(&storage, p);
}

SCX_OPS_DEFINE(ops, LAB_EXIT, .name = "verify");
