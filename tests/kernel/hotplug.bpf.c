// SPDX-License-Identifier: GPL-2.0
/*
 * hotplug.bpf.c - a scheduler with a queue for each CPU, which it makes when the CPU comes and
 * destroys when it goes, as only a callback that may sleep can. It can take its time while it
 * loads, and leave when a CPU comes or goes.
 */
#include "lab.bpf.h"

/* scx_bpf_exit() with this code when a CPU comes or goes, unless 0. */
s64 leave_code;

/*
 * Task whose ops.init_task() does not return while "hold" is set; in_init: it is there, on CPU
 * hold_cpu, which it cannot leave.
 */
s32 hold_pid;
volatile bool hold;
volatile bool in_init;
s32 hold_cpu;

static u64 queue_of(s32 cpu)
{
	return 0x100 + cpu;
}

void BPF_STRUCT_OPS(hotplug_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 cpu = scx_bpf_task_cpu(p);
	u64 dsq_id = queue_of(cpu);

	JOURNAL_TASK(enqueue, p, enq_flags, cpu);
	/* a task may be quicker than the callback that makes the queue */
	if (scx_bpf_dsq_nr_queued(dsq_id) < 0)
		dsq_id = SCX_DSQ_LOCAL;
	scx_bpf_dsq_insert(p, dsq_id, 2000000, enq_flags);
}

void BPF_STRUCT_OPS(hotplug_dispatch, s32 cpu, struct task_struct *prev)
{
	if (scx_bpf_dsq_nr_queued(queue_of(cpu)) > 0)
		scx_bpf_dsq_move_to_local(queue_of(cpu));
}

void BPF_STRUCT_OPS(hotplug_running, struct task_struct *p)
{
	JOURNAL_TASK(running, p, scx_bpf_task_cpu(p), 0);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(hotplug_init_task, struct task_struct *p,
			     struct scx_init_task_args *args)
{
	if (p->pid != hold_pid)
		return 0;
	hold_cpu = bpf_get_smp_processor_id();
	in_init = true;
	WAIT_WHILE(hold);
	in_init = false;
	return 0;
}

void BPF_STRUCT_OPS_SLEEPABLE(hotplug_cpu_online, s32 cpu)
{
	JOURNAL(cpu_online, cpu, scx_bpf_create_dsq(queue_of(cpu), -1));
	if (leave_code)
		scx_bpf_exit(leave_code, "CPU %d has come", cpu);
}

void BPF_STRUCT_OPS_SLEEPABLE(hotplug_cpu_offline, s32 cpu)
{
	JOURNAL(cpu_offline, cpu, scx_bpf_dsq_nr_queued(queue_of(cpu)));
	scx_bpf_destroy_dsq(queue_of(cpu));
	if (leave_code)
		scx_bpf_exit(leave_code, "CPU %d has gone", cpu);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(hotplug_init)
{
	const struct cpumask *online = scx_bpf_get_online_cpumask();
	s32 cpu, ret = 0;

	bpf_for(cpu, 0, (s32)scx_bpf_nr_cpu_ids()) {
		if (!bpf_cpumask_test_cpu(cpu, online))
			continue;
		ret = scx_bpf_create_dsq(queue_of(cpu), -1);
		if (ret)
			break;
	}
	scx_bpf_put_cpumask(online);
	return ret;
}

SCX_OPS_DEFINE(ops, .enqueue = (void *)hotplug_enqueue, .dispatch = (void *)hotplug_dispatch,
	       .running = (void *)hotplug_running, .init_task = (void *)hotplug_init_task,
	       .cpu_online = (void *)hotplug_cpu_online, .cpu_offline = (void *)hotplug_cpu_offline,
	       .init = (void *)hotplug_init, LAB_EXIT, .timeout_ms = 30000, .name = "hotplug");
