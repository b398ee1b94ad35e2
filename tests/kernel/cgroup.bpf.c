// SPDX-License-Identifier: GPL-2.0
/*
 * cgroup.bpf.c - a scheduler that writes down what it is told about cgroups, fails when it is told
 * to, and asks in every callback that is about a task which cgroup the task is in.
 */
#include "lab.bpf.h"
#include "cgroup.h"

struct cgroup_knobs knobs;
struct cgroup_told told[MAX_TOLD];
u32 nr_told;
u32 nr_preps;

/* Of which task, and by callback (enum journal_op) what scx_bpf_task_cgroup() said last. */
s32 watched_pid;
u64 seen_cgroup[64];

static struct cgroup_told *tell(u32 op, struct cgroup *cgrp)
{
	u32 nr = __sync_fetch_and_add(&nr_told, 1);

	if (nr >= MAX_TOLD)
		return NULL;
	told[nr].op = op;
	told[nr].id = cgrp->kn->id;
	return &told[nr];
}

static void tell_move(u32 op, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	struct cgroup_told *t = tell(op, from);

	if (!t)
		return;
	t->pid = p->pid;
	t->to = to->kn->id;
}

static __noinline void see(u32 op, struct task_struct *p __arg_trusted)
{
	struct cgroup *cgrp;

	if (p->pid != watched_pid)
		return;
	cgrp = scx_bpf_task_cgroup(p);
	seen_cgroup[op & 63] = cgrp->kn->id;
	bpf_cgroup_release(cgrp);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(cgroup_cgroup_init, struct cgroup *cgrp,
			     struct scx_cgroup_init_args *args)
{
	struct cgroup_told *t = tell(J_cgroup_init, cgrp);

	if (t) {
		t->weight = args->weight;
		t->period_us = args->bw_period_us;
		t->quota_us = args->bw_quota_us;
		t->burst_us = args->bw_burst_us;
	}
	return knobs.fail ? knobs.init_ret : 0;
}

void BPF_STRUCT_OPS_SLEEPABLE(cgroup_cgroup_exit, struct cgroup *cgrp)
{
	tell(J_cgroup_exit, cgrp);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(cgroup_cgroup_prep_move, struct task_struct *p, struct cgroup *from,
			     struct cgroup *to)
{
	tell_move(J_cgroup_prep_move, p, from, to);
	return ++nr_preps == knobs.prep_fails_at ? knobs.prep_ret : 0;
}

void BPF_STRUCT_OPS(cgroup_cgroup_move, struct task_struct *p, struct cgroup *from,
		    struct cgroup *to)
{
	see(J_cgroup_move, p);
	JOURNAL_TASK(cgroup_move, p, 0, 0);
	tell_move(J_cgroup_move, p, from, to);
}

void BPF_STRUCT_OPS(cgroup_cgroup_cancel_move, struct task_struct *p, struct cgroup *from,
		    struct cgroup *to)
{
	tell_move(J_cgroup_cancel_move, p, from, to);
}

void BPF_STRUCT_OPS(cgroup_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	struct cgroup_told *t = tell(J_cgroup_set_weight, cgrp);

	if (t)
		t->weight = weight;
}

void BPF_STRUCT_OPS(cgroup_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
		    u64 burst_us)
{
	struct cgroup_told *t = tell(J_cgroup_set_bandwidth, cgrp);

	if (!t)
		return;
	t->period_us = period_us;
	t->quota_us = quota_us;
	t->burst_us = burst_us;
}

void BPF_STRUCT_OPS(cgroup_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	struct cgroup_told *t = tell(J_cgroup_set_idle, cgrp);

	if (t)
		t->idle = idle;
}

/*
 * Callbacks about tasks
 */

s32 BPF_STRUCT_OPS(cgroup_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	see(J_select_cpu, p);
	return prev_cpu;
}

void BPF_STRUCT_OPS(cgroup_enqueue, struct task_struct *p, u64 enq_flags)
{
	see(J_enqueue, p);
	JOURNAL_TASK(enqueue, p, enq_flags, 0);
	scx_bpf_dsq_insert(p, 1, SCX_SLICE_DFL, enq_flags);
}

void BPF_STRUCT_OPS(cgroup_dequeue, struct task_struct *p, u64 deq_flags)
{
	see(J_dequeue, p);
	JOURNAL_TASK(dequeue, p, deq_flags, 0);
}

void BPF_STRUCT_OPS(cgroup_dispatch, s32 cpu, struct task_struct *prev)
{
	scx_bpf_dsq_move_to_local(1);
}

void BPF_STRUCT_OPS(cgroup_tick, struct task_struct *p)
{
	see(J_tick, p);
}

void BPF_STRUCT_OPS(cgroup_runnable, struct task_struct *p, u64 enq_flags)
{
	see(J_runnable, p);
	JOURNAL_TASK(runnable, p, enq_flags, 0);
}

void BPF_STRUCT_OPS(cgroup_running, struct task_struct *p)
{
	see(J_running, p);
	JOURNAL_TASK(running, p, 0, 0);
}

void BPF_STRUCT_OPS(cgroup_stopping, struct task_struct *p, bool runnable)
{
	see(J_stopping, p);
	JOURNAL_TASK(stopping, p, runnable, 0);
}

void BPF_STRUCT_OPS(cgroup_quiescent, struct task_struct *p, u64 deq_flags)
{
	see(J_quiescent, p);
	JOURNAL_TASK(quiescent, p, deq_flags, 0);
}

bool BPF_STRUCT_OPS(cgroup_yield, struct task_struct *from, struct task_struct *to)
{
	see(J_yield, from);
	return false;
}

void BPF_STRUCT_OPS(cgroup_set_weight, struct task_struct *p, u32 weight)
{
	see(J_set_weight, p);
}

void BPF_STRUCT_OPS(cgroup_set_cpumask, struct task_struct *p, const struct cpumask *cpumask)
{
	see(J_set_cpumask, p);
}

void BPF_STRUCT_OPS(cgroup_enable, struct task_struct *p)
{
	see(J_enable, p);
}

void BPF_STRUCT_OPS(cgroup_disable, struct task_struct *p)
{
	see(J_disable, p);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(cgroup_init_task, struct task_struct *p,
			     struct scx_init_task_args *args)
{
	JOURNAL_TASK(init_task, p, args->fork, args->cgroup->kn->id);
	if (!knobs.hold_pid || p->pid != knobs.hold_pid)
		return 0;
	JOURNAL(note, p->pid, 0);
	WAIT_WHILE(READ_ONCE(knobs.hold_pid));
	return knobs.task_ret;
}

void BPF_STRUCT_OPS(cgroup_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	see(J_exit_task, p);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(cgroup_init)
{
	return scx_bpf_create_dsq(1, -1);
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)cgroup_select_cpu, .enqueue = (void *)cgroup_enqueue,
	       .dequeue = (void *)cgroup_dequeue, .dispatch = (void *)cgroup_dispatch,
	       .tick = (void *)cgroup_tick, .runnable = (void *)cgroup_runnable,
	       .running = (void *)cgroup_running, .stopping = (void *)cgroup_stopping,
	       .quiescent = (void *)cgroup_quiescent, .yield = (void *)cgroup_yield,
	       .set_weight = (void *)cgroup_set_weight, .set_cpumask = (void *)cgroup_set_cpumask,
	       .enable = (void *)cgroup_enable, .disable = (void *)cgroup_disable,
	       .init_task = (void *)cgroup_init_task, .exit_task = (void *)cgroup_exit_task,
	       .cgroup_init = (void *)cgroup_cgroup_init, .cgroup_exit = (void *)cgroup_cgroup_exit,
	       .cgroup_prep_move = (void *)cgroup_cgroup_prep_move,
	       .cgroup_move = (void *)cgroup_cgroup_move,
	       .cgroup_cancel_move = (void *)cgroup_cgroup_cancel_move,
	       .cgroup_set_weight = (void *)cgroup_cgroup_set_weight,
	       .cgroup_set_bandwidth = (void *)cgroup_cgroup_set_bandwidth,
	       .cgroup_set_idle = (void *)cgroup_cgroup_set_idle, .init = (void *)cgroup_init,
	       LAB_EXIT, .name = "cgroup");
