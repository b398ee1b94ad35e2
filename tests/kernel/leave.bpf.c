// SPDX-License-Identifier: GPL-2.0
/* leave.bpf.c - a scheduler that ends itself in the callback it is told to. */
#include "lab.bpf.h"
#include "leave.h"

const volatile u32 leave_in;
const volatile u32 leave_how;

static __always_inline void leave(u32 op)
{
	if (leave_in != op)
		return;
	if (leave_how == LEAVE_BY_EXIT)
		scx_bpf_exit(LEAVE_CODE + op, "left in callback %u", op);
	else
		scx_bpf_error("failed in callback %u", op);
	if (leave_how == LEAVE_BY_BOTH) {
		scx_bpf_error("failed again");
		scx_bpf_exit(1, "and left");
	}
}

s32 BPF_STRUCT_OPS(leave_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	leave(LEAVE_select_cpu);
	return prev_cpu;
}

void BPF_STRUCT_OPS(leave_enqueue, struct task_struct *p, u64 enq_flags)
{
	leave(LEAVE_enqueue);
	scx_bpf_dsq_insert(p, 1, SCX_SLICE_DFL, enq_flags);
}

void BPF_STRUCT_OPS(leave_dequeue, struct task_struct *p, u64 deq_flags)
{
	leave(LEAVE_dequeue);
}

void BPF_STRUCT_OPS(leave_dispatch, s32 cpu, struct task_struct *prev)
{
	leave(LEAVE_dispatch);
	scx_bpf_dsq_move_to_local(1);
}

void BPF_STRUCT_OPS(leave_tick, struct task_struct *p)
{
	leave(LEAVE_tick);
}

void BPF_STRUCT_OPS(leave_runnable, struct task_struct *p, u64 enq_flags)
{
	leave(LEAVE_runnable);
}

void BPF_STRUCT_OPS(leave_running, struct task_struct *p)
{
	leave(LEAVE_running);
}

void BPF_STRUCT_OPS(leave_stopping, struct task_struct *p, bool runnable)
{
	leave(LEAVE_stopping);
}

void BPF_STRUCT_OPS(leave_quiescent, struct task_struct *p, u64 deq_flags)
{
	leave(LEAVE_quiescent);
}

bool BPF_STRUCT_OPS(leave_yield, struct task_struct *from, struct task_struct *to)
{
	leave(LEAVE_yield);
	return false;
}

void BPF_STRUCT_OPS(leave_set_weight, struct task_struct *p, u32 weight)
{
	leave(LEAVE_set_weight);
}

void BPF_STRUCT_OPS(leave_set_cpumask, struct task_struct *p, const struct cpumask *cpumask)
{
	leave(LEAVE_set_cpumask);
}

void BPF_STRUCT_OPS(leave_update_idle, s32 cpu, bool idle)
{
	leave(LEAVE_update_idle);
}

void BPF_STRUCT_OPS(leave_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
	leave(LEAVE_cpu_acquire);
}

void BPF_STRUCT_OPS(leave_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	leave(LEAVE_cpu_release);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(leave_init_task, struct task_struct *p,
			     struct scx_init_task_args *args)
{
	leave(LEAVE_init_task);
	return 0;
}

void BPF_STRUCT_OPS(leave_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	leave(LEAVE_exit_task);
}

void BPF_STRUCT_OPS(leave_enable, struct task_struct *p)
{
	leave(LEAVE_enable);
}

void BPF_STRUCT_OPS(leave_disable, struct task_struct *p)
{
	leave(LEAVE_disable);
}

void BPF_STRUCT_OPS(leave_dump, struct scx_dump_ctx *dctx)
{
	leave(LEAVE_dump);
}

void BPF_STRUCT_OPS(leave_dump_cpu, struct scx_dump_ctx *dctx, s32 cpu, bool idle)
{
	leave(LEAVE_dump_cpu);
}

void BPF_STRUCT_OPS(leave_dump_task, struct scx_dump_ctx *dctx, struct task_struct *p)
{
	leave(LEAVE_dump_task);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(leave_cgroup_init, struct cgroup *cgrp,
			     struct scx_cgroup_init_args *args)
{
	leave(LEAVE_cgroup_init);
	return 0;
}

void BPF_STRUCT_OPS_SLEEPABLE(leave_cgroup_exit, struct cgroup *cgrp)
{
	leave(LEAVE_cgroup_exit);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(leave_cgroup_prep_move, struct task_struct *p, struct cgroup *from,
			     struct cgroup *to)
{
	leave(LEAVE_cgroup_prep_move);
	return 0;
}

void BPF_STRUCT_OPS(leave_cgroup_move, struct task_struct *p, struct cgroup *from,
		    struct cgroup *to)
{
	leave(LEAVE_cgroup_move);
}

void BPF_STRUCT_OPS(leave_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	leave(LEAVE_cgroup_set_weight);
}

void BPF_STRUCT_OPS(leave_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
		    u64 burst_us)
{
	leave(LEAVE_cgroup_set_bandwidth);
}

void BPF_STRUCT_OPS(leave_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	leave(LEAVE_cgroup_set_idle);
}

void BPF_STRUCT_OPS_SLEEPABLE(leave_cpu_online, s32 cpu)
{
	leave(LEAVE_cpu_online);
}

void BPF_STRUCT_OPS_SLEEPABLE(leave_cpu_offline, s32 cpu)
{
	leave(LEAVE_cpu_offline);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(leave_init)
{
	leave(LEAVE_init);
	return scx_bpf_create_dsq(1, -1);
}

SCX_OPS_DEFINE(ops, .select_cpu = (void *)leave_select_cpu, .enqueue = (void *)leave_enqueue,
	       .dequeue = (void *)leave_dequeue, .dispatch = (void *)leave_dispatch,
	       .tick = (void *)leave_tick, .runnable = (void *)leave_runnable,
	       .running = (void *)leave_running, .stopping = (void *)leave_stopping,
	       .quiescent = (void *)leave_quiescent, .yield = (void *)leave_yield,
	       .set_weight = (void *)leave_set_weight, .set_cpumask = (void *)leave_set_cpumask,
	       .update_idle = (void *)leave_update_idle, .cpu_acquire = (void *)leave_cpu_acquire,
	       .cpu_release = (void *)leave_cpu_release, .init_task = (void *)leave_init_task,
	       .exit_task = (void *)leave_exit_task, .enable = (void *)leave_enable,
	       .disable = (void *)leave_disable, .dump = (void *)leave_dump,
	       .dump_cpu = (void *)leave_dump_cpu, .dump_task = (void *)leave_dump_task,
	       .cgroup_init = (void *)leave_cgroup_init, .cgroup_exit = (void *)leave_cgroup_exit,
	       .cgroup_set_bandwidth = (void *)leave_cgroup_set_bandwidth,
	       .cgroup_set_idle = (void *)leave_cgroup_set_idle,
	       .cgroup_prep_move = (void *)leave_cgroup_prep_move,
	       .cgroup_move = (void *)leave_cgroup_move,
	       .cgroup_set_weight = (void *)leave_cgroup_set_weight,
	       .cpu_online = (void *)leave_cpu_online, .cpu_offline = (void *)leave_cpu_offline,
	       .init = (void *)leave_init, LAB_EXIT, .name = "leave");
